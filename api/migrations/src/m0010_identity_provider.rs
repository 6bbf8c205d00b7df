//! Whose tokens are taken in place of keys, and who is meant by them.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{key, long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0010_identity_provider"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let provider = vec![
            key("id"),
            text("organization_id"),
            text("display_name"),
            text("description"),
            text("issuer"),
            text("jwks_uri"),
            text("identity_claim"),
            text("keys"),
            text("keys_status"),
            long("keys_us"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("identity_provider", provider)).await?;
        let pool = vec![
            key("id"),
            text("organization_id"),
            text("provider_id"),
            text("display_name"),
            text("description"),
            text("identity_claim"),
            text("filter"),
            text("owner_id"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("identity_pool", pool)).await?;
        for (table, parent) in
            [("identity_provider", "organization_id"), ("identity_pool", "provider_id")]
        {
            let names = Index::create()
                .name(format!("{table}_name"))
                .table(Alias::new(table))
                .col(Alias::new(parent))
                .col(Alias::new("display_name"))
                .unique()
                .to_owned();
            manager.create_index(names).await?;
        }
        let identity = Table::alter()
            .table(Alias::new("audit_event"))
            .add_column(text("identity").default(""))
            .to_owned();
        manager.alter_table(identity).await
    }
}
