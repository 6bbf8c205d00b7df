//! Access control lists.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{Alias, Index};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{long, table, text};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0002_acl"
    }
}

/// What makes a list the one it is.
const IDENTITY: [&str; 8] = [
    "cluster_id",
    "principal",
    "resource_type",
    "resource_name",
    "pattern",
    "host",
    "operation",
    "permission",
];

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut columns: Vec<_> = IDENTITY.iter().map(|name| text(name)).collect();
        columns.push(long("created_us"));
        let mut acl = table("acl", columns);
        let mut identity = Index::create();
        for name in IDENTITY {
            identity.col(Alias::new(name));
        }
        acl.primary_key(&mut identity);
        manager.create_table(acl).await?;
        let of_principal = Index::create()
            .name("acl_principal")
            .table(Alias::new("acl"))
            .col(Alias::new("principal"))
            .to_owned();
        manager.create_index(of_principal).await
    }
}
