//! Second factors of people.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{bytes, key, long, long_null, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0008_second_factor"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let factor = vec![
            key("person_id"),
            text("organization_id"),
            bytes("secret"),
            bytes("recovery"),
            long("pepper_version"),
            long("last_step"),
            long("created_us"),
            long_null("confirmed_us"),
        ];
        manager.create_table(table("second_factor", factor)).await
    }
}
