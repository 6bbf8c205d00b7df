use api_client::Path;

use crate::ctx::Kind;
use crate::output::Column;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("NAME", "/display_name"),
    Column::new("GOVERNANCE", "/stream_governance_config/package"),
    Column::wide("CREATED", "/metadata/created_at"),
    Column::wide("CRN", "/metadata/resource_name"),
];

pub(super) const KIND: Kind<'static> =
    Kind { noun: "environment", prefix: "env-", list: "weir env list" };

pub(super) fn collection() -> Path {
    Path::new("/org/v2/environments")
}

pub(super) fn all() -> Path {
    collection().query("page_size", "100")
}
