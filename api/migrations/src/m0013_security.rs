//! What rules over the audit log found, and what they remember.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{key, long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0013_security"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let finding = vec![
            key("id"),
            text("organization_id"),
            text("rule"),
            text("subject"),
            text("resource"),
            text("detail"),
            long("last_us"),
            text("state"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("security_finding", finding)).await?;
        let seen = vec![
            key("id"),
            text("organization_id"),
            text("key_id"),
            text("address"),
            long("first_us"),
        ];
        manager.create_table(table("security_address", seen)).await?;
        let cursor = vec![key("organization_id"), long("at_us")];
        manager.create_table(table("security_cursor", cursor)).await?;
        for (table, columns) in [
            ("security_finding", ["organization_id", "created_us", "id"].as_slice()),
            ("security_address", &["organization_id", "key_id"]),
        ] {
            let mut index = Index::create();
            index.name(format!("{table}_order")).table(Alias::new(table));
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
