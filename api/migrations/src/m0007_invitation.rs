//! People who are asked to join.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{bytes, key, long, long_null, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0007_invitation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let invitation = vec![
            key("id"),
            text("organization_id"),
            text("email"),
            text("auth_type"),
            text("person_id"),
            text("creator_id"),
            bytes("verifier"),
            long("pepper_version"),
            long("expires_us"),
            long_null("accepted_us"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("invitation", invitation)).await?;
        for (name, columns) in [
            ("invitation_age", &["organization_id", "created_us", "id"][..]),
            ("invitation_person", &["organization_id", "person_id"][..]),
        ] {
            let mut index = Index::create().name(name).table(Alias::new("invitation")).to_owned();
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
