use api_client::Path;
use serde_json::Value;

use crate::output::{Column, text_of};

pub(super) const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("NAME", "/spec/display_name"),
    Column::new("TIER", "/spec/config/kind"),
    Column::new("CLOUD", "/spec/cloud"),
    Column::new("REGION", "/spec/region"),
    Column::new("STATUS", "/status/phase"),
    Column::new("BOOTSTRAP", "/spec/kafka_bootstrap_endpoint"),
    Column::wide("AVAILABILITY", "/spec/availability"),
    Column::wide("REST", "/spec/http_endpoint"),
    Column::wide("PROTECTED", "/spec/deletion_protection"),
    Column::wide("CREATED", "/metadata/created_at"),
];

pub(super) fn collection() -> Path {
    Path::new("/cmk/v2/clusters")
}

pub(super) fn one(id: &str, environment: &str) -> Path {
    collection().segment(id).query("environment", environment)
}

pub(super) fn phase(cluster: &Value) -> String {
    text_of(cluster.pointer("/status/phase"))
}
