//! How fast principals may use clusters.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{key, long, long_null, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0009_client_quota"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let quota = vec![
            key("id"),
            text("organization_id"),
            text("environment_id"),
            text("cluster_id"),
            text("display_name"),
            text("description"),
            text("principals"),
            long_null("ingress"),
            long_null("egress"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("client_quota", quota)).await?;
        let by_cluster = Index::create()
            .name("client_quota_cluster")
            .table(Alias::new("client_quota"))
            .col(Alias::new("cluster_id"))
            .col(Alias::new("created_us"))
            .to_owned();
        manager.create_index(by_cluster).await
    }
}
