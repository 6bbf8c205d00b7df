//! The table that a person sees when Weir is up.

use serde_json::{Value, json};

use super::Instance;
use super::admin_file::AdminFile;
use crate::output::Column;

pub(crate) const COLUMNS: &[Column] =
    &[Column::new("WHAT", "/what"), Column::new("VALUE", "/value")];

/// Addresses, and on a first start the keys.
pub(crate) fn rows(instance: &Instance) -> Value {
    let mut rows = vec![
        row("REST", &instance.api),
        row("Console", &format!("{}/", instance.api)),
        row("Kafka", &format!("{} (SASL_PLAINTEXT)", instance.kafka)),
        row("Kafka TLS", &format!("{} (SASL_SSL)", instance.kafka_tls)),
        row("Registry", &format!("{} (reserved)", instance.registry)),
        row("CA", &instance.ca_cert_path.display().to_string()),
        row("Data", &instance.data_dir.display().to_string()),
        row("Environment", &instance.environment_id),
        row("Cluster", &instance.cluster_id),
        row("Process", &format!("{} (weir {})", instance.pid, instance.version)),
    ];
    if instance.fsync != "always" {
        let warning = format!("fsync={}: acknowledged records can be lost", instance.fsync);
        rows.push(row("Durability", &warning));
    }
    json!({"kind": "AddressList", "data": rows})
}

/// The table with the secrets of a first start.
pub(super) fn rows_with_secrets(instance: &Instance, admin: &AdminFile) -> Value {
    let mut list = rows(instance);
    let mut secrets = vec![
        row("Cloud key", &pair(&admin.api_key, admin.api_secret.reveal())),
        row("Kafka key", &pair(&admin.kafka_api_key, admin.kafka_api_secret.reveal())),
    ];
    if let Some(password) = &admin.login_password {
        secrets.push(row("Sign in", &pair(&admin.login_email, password.reveal())));
    }
    if let Some(data) = list.get_mut("data").and_then(Value::as_array_mut) {
        data.extend(secrets);
    }
    list
}

fn pair(name: &str, secret: &str) -> String {
    format!("{name} {secret}")
}

fn row(what: &str, value: &str) -> Value {
    json!({"what": what, "value": value})
}
