//! People who are signed in.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{bytes, key, long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0006_session"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let session = vec![
            key("id"),
            text("organization_id"),
            text("person_id"),
            bytes("verifier"),
            long("pepper_version"),
            long("created_us"),
            long("expires_us"),
            long("used_us"),
        ];
        manager.create_table(table("session", session)).await?;
        for (name, columns) in [
            ("session_person", &["organization_id", "person_id", "created_us"][..]),
            ("session_age", &["created_us"][..]),
        ] {
            let mut index = Index::create().name(name).table(Alias::new("session")).to_owned();
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
