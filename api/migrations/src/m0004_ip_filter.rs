//! From where an organisation may be asked.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{key, long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0004_ip_filter"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let group = vec![
            key("id"),
            text("organization_id"),
            text("group_name"),
            text("cidr_blocks"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("ip_group", group)).await?;
        let filter = vec![
            key("id"),
            text("organization_id"),
            text("filter_name"),
            text("resource_group"),
            text("resource_scope"),
            text("operation_groups"),
            text("ip_group_ids"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("ip_filter", filter)).await?;
        for (table, column) in [("ip_group", "group_name"), ("ip_filter", "filter_name")] {
            let names = Index::create()
                .name(format!("{table}_name"))
                .table(Alias::new(table))
                .col(Alias::new("organization_id"))
                .col(Alias::new(column))
                .unique()
                .to_owned();
            manager.create_index(names).await?;
        }
        Ok(())
    }
}
