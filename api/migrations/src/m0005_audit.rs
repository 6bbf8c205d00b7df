//! What happened, and for how long it is kept.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{int, key, long, table, text, truth};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0005_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let event = vec![
            key("id"),
            text("organization_id"),
            long("created_us"),
            text("kind"),
            text("service"),
            text("method"),
            text("subject"),
            text("resource_type"),
            text("resource_name"),
            text("operation"),
            text("principal"),
            text("key_id"),
            text("mechanism"),
            text("address"),
            text("request"),
            text("result"),
            text("error_code"),
        ];
        manager.create_table(table("audit_event", event)).await?;
        let settings = vec![
            key("organization_id"),
            int("retention_days"),
            truth("legal_hold"),
            long("updated_us"),
        ];
        manager.create_table(table("audit_settings", settings)).await?;
        let by_time = Index::create()
            .name("audit_event_time")
            .table(Alias::new("audit_event"))
            .col(Alias::new("organization_id"))
            .col(Alias::new("created_us"))
            .col(Alias::new("id"))
            .to_owned();
        manager.create_index(by_time).await
    }
}
