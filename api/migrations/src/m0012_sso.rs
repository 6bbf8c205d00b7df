//! Where people of organisations sign in, and who they are there.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{bytes, key, long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0012_sso"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = vec![
            key("organization_id"),
            text("issuer"),
            text("client_id"),
            bytes("secret"),
            long("pepper_version"),
            text("scopes"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("sso_connection", connection)).await?;
        let domain = vec![key("domain"), text("organization_id")];
        manager.create_table(table("sso_domain", domain)).await?;
        let columns = vec![
            text("organization_id"),
            text("issuer"),
            text("subject"),
            text("person_id"),
            long("created_us"),
        ];
        let link = table("sso_link", columns)
            .primary_key(
                Index::create()
                    .col(Alias::new("organization_id"))
                    .col(Alias::new("issuer"))
                    .col(Alias::new("subject")),
            )
            .to_owned();
        manager.create_table(link).await?;
        let one_each = Index::create()
            .name("sso_link_person")
            .table(Alias::new("sso_link"))
            .col(Alias::new("organization_id"))
            .col(Alias::new("person_id"))
            .col(Alias::new("issuer"))
            .unique()
            .to_owned();
        manager.create_index(one_each).await?;
        let claims = Table::alter()
            .table(Alias::new("session"))
            .add_column(text("claims").default(""))
            .to_owned();
        manager.alter_table(claims).await
    }
}
