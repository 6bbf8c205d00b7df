use api_client::Path;

use crate::ctx::Kind;
use crate::output::Column;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("EMAIL", "/email"),
    Column::new("NAME", "/full_name"),
    Column::wide("AUTH", "/auth_type"),
    Column::wide("CREATED", "/metadata/created_at"),
];

pub(super) const KIND: Kind<'static> = Kind { noun: "user", prefix: "u-", list: "weir user list" };

pub(super) fn collection() -> Path {
    Path::new("/iam/v2/users")
}

pub(super) fn all() -> Path {
    collection().query("page_size", "100")
}
