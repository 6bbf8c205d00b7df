//! API keys that end by themselves.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::long_null;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0017_key_expiry"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let more = Table::alter()
            .table(Alias::new("api_key"))
            .add_column(long_null("expires_us"))
            .to_owned();
        manager.alter_table(more).await?;
        let by_end = Index::create()
            .name("api_key_expires")
            .table(Alias::new("api_key"))
            .col(Alias::new("expires_us"))
            .to_owned();
        manager.create_index(by_end).await
    }
}
