//! The topic that an organisation's audit log is also written to, and what is still to be written there.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{key, long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0015_audit_topic"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_nobody = text("topic_cluster_id").default("").to_owned();
        let settings =
            Table::alter().table(Alias::new("audit_settings")).add_column(of_nobody).to_owned();
        manager.alter_table(settings).await?;
        let queue = vec![key("id"), text("organization_id"), long("due_us")];
        manager.create_table(table("audit_topic_queue", queue)).await?;
        let by_time = Index::create()
            .name("audit_topic_queue_time")
            .table(Alias::new("audit_topic_queue"))
            .col(Alias::new("organization_id"))
            .col(Alias::new("due_us"))
            .col(Alias::new("id"))
            .to_owned();
        manager.create_index(by_time).await
    }
}
