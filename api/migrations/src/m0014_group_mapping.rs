//! Groups of people who sign in at an identity provider.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{key, long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0014_group_mapping"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mapping = vec![
            key("id"),
            text("organization_id"),
            text("display_name"),
            text("description"),
            text("filter"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("group_mapping", mapping)).await?;
        let names = Index::create()
            .name("group_mapping_name")
            .table(Alias::new("group_mapping"))
            .col(Alias::new("organization_id"))
            .col(Alias::new("display_name"))
            .unique()
            .to_owned();
        manager.create_index(names).await
    }
}
