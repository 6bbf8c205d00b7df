use api_client::Path;

use crate::ctx::Kind;
use crate::output::Column;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("EMAIL", "/email"),
    Column::new("STATUS", "/status"),
    Column::new("USER", "/user/id"),
    Column::new("EXPIRES", "/expires_at"),
    Column::wide("CREATOR", "/creator/id"),
    Column::wide("ACCEPTED", "/accepted_at"),
];

/// With the link, which only the answer that made the invitation has.
pub(super) const NEW_COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("EMAIL", "/email"),
    Column::new("USER", "/user/id"),
    Column::new("EXPIRES", "/expires_at"),
    Column::new("LINK", "/link"),
];

pub(super) const KIND: Kind<'static> =
    Kind { noun: "invitation", prefix: "i-", list: "weir invitation list" };

pub(super) fn collection() -> Path {
    Path::new("/iam/v2/invitations")
}

pub(super) fn all() -> Path {
    collection().query("page_size", "100")
}
