//! The first tables: organisation, environments, clusters, identities, keys, work.

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_migration::sea_query::{
    Alias, ConditionalStatement, Expr, ExprTrait, Index, IndexCreateStatement, TableCreateStatement,
};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::columns::{
    bytes, int, int_null, key, long, long_null, serial, single, table, text, text_null, truth,
};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0001_first"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // SQLite is not wrapped in a transaction unless it is asked for.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let mut tables = resources();
    tables.extend(identities());
    tables.extend(machinery());
    tables
}

fn resources() -> Vec<TableCreateStatement> {
    let environment = vec![
        key("id"),
        text("organization_id"),
        text("display_name"),
        text_null("governance"),
        long("generation"),
        long_null("deletion_requested_us"),
        long_null("deleted_us"),
        long("created_us"),
        long("updated_us"),
    ];
    let cluster = vec![
        key("id"),
        text("organization_id"),
        text("environment_id"),
        text("display_name"),
        text("availability"),
        text("cloud"),
        text("region"),
        text("kind"),
        int_null("max_ecku"),
        int_null("cku"),
        text_null("encryption_key"),
        text_null("zones"),
        text_null("release_priority"),
        text_null("network_id"),
        text_null("byok_id"),
        truth("deletion_protection"),
        text("placement"),
        text("phase"),
        text_null("message"),
        long("generation"),
        long("observed_generation"),
        long_null("deletion_requested_us"),
        long_null("deleted_us"),
        long("created_us"),
        long("updated_us"),
    ];
    let mut desired_topic = table(
        "desired_topic",
        vec![
            text("cluster_id"),
            text("name"),
            int_null("partitions"),
            int_null("replication_factor"),
            text("configs"),
            text_null("failure"),
            long("created_us"),
        ],
    );
    desired_topic
        .primary_key(Index::create().col(Alias::new("cluster_id")).col(Alias::new("name")));
    let registry = vec![
        key("id"),
        text("environment_id"),
        text("cloud"),
        text("region"),
        long("created_us"),
        long("updated_us"),
    ];
    vec![
        table("environment", environment),
        table("cluster", cluster),
        desired_topic,
        table("registry", registry),
    ]
}

fn identities() -> Vec<TableCreateStatement> {
    let organization = vec![
        key("id"),
        text("display_name"),
        truth("jit_enabled"),
        long("created_us"),
        long("updated_us"),
    ];
    let person = vec![
        key("id"),
        text("organization_id"),
        text("email"),
        text("full_name"),
        text("auth_type"),
        text_null("password_hash"),
        long("created_us"),
        long("updated_us"),
    ];
    let service_account = vec![
        key("id"),
        text("organization_id"),
        text("display_name"),
        text("description"),
        long("created_us"),
        long("updated_us"),
    ];
    let role_binding = vec![
        key("id"),
        text("organization_id"),
        text("principal"),
        text("role"),
        text("crn_pattern"),
        long("created_us"),
        long("updated_us"),
    ];
    let api_key = vec![
        key("id"),
        text("organization_id"),
        text("owner_id"),
        text("resource_id"),
        text_null("environment_id"),
        text("display_name"),
        text("description"),
        bytes("verifier"),
        long("pepper_version"),
        long("created_us"),
        long("updated_us"),
    ];
    vec![
        table("organization", organization),
        table("person", person),
        table("service_account", service_account),
        table("role_binding", role_binding),
        table("api_key", api_key),
    ]
}

fn machinery() -> Vec<TableCreateStatement> {
    let store_format = vec![single("id"), int("version")];
    let installation = vec![
        single("id"),
        text("organization_id"),
        text("environment_id"),
        text("cluster_id"),
        text("user_id"),
        long("created_us"),
    ];
    let counter = vec![key("name"), long("value")];
    let work = vec![
        key("uid"),
        text("kind"),
        text("executor"),
        long("due_us"),
        int("priority"),
        int("attempts"),
        long("wake_seq"),
        text_null("lease_owner"),
        long_null("lease_until_us"),
        long("lease_epoch"),
        text_null("last_error"),
    ];
    let event = vec![
        serial("id"),
        long("at_us"),
        text("resource_id"),
        long("generation"),
        text("actor"),
        text("reason"),
        text("message"),
    ];
    vec![
        table("store_format", store_format),
        table("installation", installation),
        table("counter", counter),
        table("work", work),
        table("event", event),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let mut environment_name =
        unique("environment_name_live", "environment", &["organization_id", "display_name"]);
    environment_name.and_where(Expr::col(Alias::new("deletion_requested_us")).is_null());
    vec![
        environment_name,
        unique("person_email", "person", &["email"]),
        unique("service_account_name", "service_account", &["organization_id", "display_name"]),
        unique("role_binding_content", "role_binding", &["principal", "role", "crn_pattern"]),
        unique("registry_environment", "registry", &["environment_id"]),
        plain("cluster_environment", "cluster", &["environment_id", "created_us", "id"]),
        plain("api_key_owner", "api_key", &["owner_id"]),
        plain("api_key_resource", "api_key", &["resource_id"]),
        plain("role_binding_scope", "role_binding", &["crn_pattern"]),
        plain("work_due", "work", &["executor", "due_us"]),
        plain("event_resource", "event", &["resource_id", "id"]),
    ]
}

fn unique(name: &str, table: &str, columns: &[&str]) -> IndexCreateStatement {
    plain(name, table, columns).unique().to_owned()
}

fn plain(name: &str, table: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(Alias::new(table)).to_owned();
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}
