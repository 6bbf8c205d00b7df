//! Who is told of what happens, and what is on its way to them.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index, IndexCreateStatement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{bytes, int, key, long, long_null, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0011_notification"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let integration = vec![
            key("id"),
            text("organization_id"),
            text("display_name"),
            text("description"),
            text("kind"),
            bytes("target"),
            int("pepper_version"),
            long("last_us"),
            text("last_error"),
            long_null("failing_since_us"),
            text("disabled"),
            long("dropped"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("notification_integration", integration)).await?;
        let subscription = vec![
            key("id"),
            text("organization_id"),
            text("notice_type"),
            text("integration_ids"),
            text("state"),
            long("created_us"),
            long("updated_us"),
        ];
        manager.create_table(table("notification_subscription", subscription)).await?;
        let delivery = vec![
            key("id"),
            text("organization_id"),
            text("notification_id"),
            text("integration_id"),
            text("notice_type"),
            text("resource"),
            text("title"),
            text("message"),
            long("at_us"),
            text("state"),
            int("attempts"),
            long("due_us"),
            long("ended_us"),
            text("error"),
            long("created_us"),
        ];
        manager.create_table(table("notification_delivery", delivery)).await?;
        let mark = vec![key("id"), text("organization_id"), long("created_us")];
        manager.create_table(table("notification_mark", mark)).await?;
        let names = index("notification_integration", "name", &["organization_id", "display_name"])
            .unique()
            .to_owned();
        manager.create_index(names).await?;
        for (name, columns) in [
            ("due", ["state", "due_us"].as_slice()),
            ("log", &["organization_id", "created_us", "id"]),
            ("waiting", &["integration_id", "state"]),
        ] {
            manager.create_index(index("notification_delivery", name, columns)).await?;
        }
        let types = index("notification_subscription", "type", &["organization_id", "notice_type"]);
        manager.create_index(types).await
    }
}

fn index(table: &str, name: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{name}")).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}
