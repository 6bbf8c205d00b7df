use serde_json::{Value, json};

use crate::config::Context;
use crate::output::Column;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("NAME", "/name"),
    Column::new("CURRENT", "/current"),
    Column::new("ENDPOINT", "/endpoint"),
    Column::new("ENVIRONMENT", "/environment_id"),
    Column::new("CLUSTER", "/cluster_id"),
    Column::wide("KEY", "/api_key"),
    Column::wide("SIGNED IN", "/signed_in"),
    Column::wide("KAFKA", "/kafka_bootstrap"),
    Column::wide("KAFKA TLS", "/kafka_tls_bootstrap"),
];

/// A context as JSON. Secrets stay in the file.
pub(super) fn of(name: &str, context: &Context, current: bool) -> Value {
    json!({
        "name": name,
        "current": current,
        "endpoint": context.endpoint,
        "organization_id": context.organization_id,
        "environment_id": context.environment_id,
        "cluster_id": context.cluster_id,
        "api_key": context.api_key,
        "signed_in": context.session.as_ref().map(|session| &session.email),
        "kafka_bootstrap": context.kafka_bootstrap,
        "kafka_tls_bootstrap": context.kafka_tls_bootstrap,
        "ca_cert_path": context.ca_cert_path,
        "data_dir": context.data_dir,
        "kafka_keys": context.kafka_keys.iter().map(|(cluster, key)| (cluster.clone(), json!(key.key))).collect::<serde_json::Map<_, _>>(),
    })
}
