use api_client::Path;

use crate::output::Column;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("KEY", "/id"),
    Column::new("DESCRIPTION", "/spec/description"),
    Column::new("OWNER", "/spec/owner/id"),
    Column::new("RESOURCE", "/spec/resource/id"),
    Column::wide("NAME", "/spec/display_name"),
    Column::wide("CREATED", "/metadata/created_at"),
    Column::wide("EXPIRES", "/spec/expires_at"),
];

/// The one time that a secret is shown.
pub(super) const CREATED: &[Column] = &[
    Column::new("KEY", "/id"),
    Column::new("SECRET", "/spec/secret"),
    Column::new("OWNER", "/spec/owner/id"),
    Column::new("RESOURCE", "/spec/resource/id"),
];

pub(super) fn collection() -> Path {
    Path::new("/iam/v2/api-keys")
}
