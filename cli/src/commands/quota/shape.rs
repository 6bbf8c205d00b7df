use api_client::Path;
use serde_json::Value;

use crate::output::Column;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("NAME", "/spec/display_name"),
    Column::new("INGRESS", "/spec/throughput/ingress_byte_rate"),
    Column::new("EGRESS", "/spec/throughput/egress_byte_rate"),
    Column::new("PRINCIPAL", "/spec/principals/0/id"),
    Column::wide("PRINCIPALS", "/spec/principals"),
    Column::wide("CLUSTER", "/spec/cluster/id"),
    Column::wide("DESCRIPTION", "/spec/description"),
    Column::wide("CREATED", "/metadata/created_at"),
];

pub(super) fn collection() -> Path {
    Path::new("/kafka-quotas/v1/client-quotas")
}

pub(super) fn principals(ids: &[String]) -> Value {
    ids.iter().map(|id| serde_json::json!({"id": id})).collect()
}
