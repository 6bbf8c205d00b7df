//! What requests under a key of their own were answered.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{bytes, int, long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0003_receipt"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            text("organization_id"),
            text("principal_id"),
            text("key_digest"),
            bytes("request_digest"),
            int("status"),
            bytes("answer"),
            long("pepper_version"),
            long("created_us"),
        ];
        let mut receipt = table("receipt", columns);
        receipt.primary_key(
            Index::create()
                .col(Alias::new("organization_id"))
                .col(Alias::new("principal_id"))
                .col(Alias::new("key_digest")),
        );
        manager.create_table(receipt).await?;
        let by_age = Index::create()
            .name("receipt_age")
            .table(Alias::new("receipt"))
            .col(Alias::new("created_us"))
            .to_owned();
        manager.create_index(by_age).await
    }
}
