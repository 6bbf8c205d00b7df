use api_app::Endpoints;
use api_types::{ObjectMeta, rfc3339};

/// Links and times of an object.
pub(super) fn meta(
    endpoints: &Endpoints,
    path: &str,
    resource_name: String,
    created_us: i64,
    updated_us: i64,
) -> ObjectMeta {
    ObjectMeta {
        self_url: format!("{}{path}", endpoints.api_base_url),
        resource_name,
        created_at: Some(rfc3339(created_us)),
        updated_at: Some(rfc3339(updated_us)),
        deleted_at: None,
    }
}
