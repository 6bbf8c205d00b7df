//! What was deleted and can be brought back until its undo window is over.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{key, long, long_null, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0016_undo"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let undo = vec![
            key("id"),
            text("organization_id"),
            text("environment_id"),
            text("deleted_with"),
            text("display_name"),
            text("deleted_by"),
            text("taken"),
            long("created_us"),
            long("until_us"),
        ];
        manager.create_table(table("undo", undo)).await?;
        for (name, columns) in [
            ("undo_list", ["organization_id", "created_us", "id"].as_slice()),
            ("undo_until", &["until_us"]),
            ("undo_with", &["deleted_with"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(Alias::new("undo"));
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        for name in ["cluster", "environment"] {
            let more = Table::alter()
                .table(Alias::new(name))
                .add_column(long_null("kept_until_us"))
                .to_owned();
            manager.alter_table(more).await?;
        }
        Ok(())
    }
}
