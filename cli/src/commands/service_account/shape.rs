use api_client::Path;

use crate::ctx::Kind;
use crate::output::Column;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("NAME", "/display_name"),
    Column::new("DESCRIPTION", "/description"),
    Column::wide("CREATED", "/metadata/created_at"),
];

pub(super) const KIND: Kind<'static> =
    Kind { noun: "service account", prefix: "sa-", list: "weir service-account list" };

pub(super) fn collection() -> Path {
    Path::new("/iam/v2/service-accounts")
}

pub(super) fn all() -> Path {
    collection().query("page_size", "100")
}
