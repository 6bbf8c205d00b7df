use api_app::{Endpoints, model};
use api_types::{ServiceAccount, User};
use common_types::crn;

use super::meta;

pub(crate) fn service_account(endpoints: &Endpoints, row: model::ServiceAccount) -> ServiceAccount {
    let path = format!("/iam/v2/service-accounts/{}", row.id);
    let name = format!("{}/service-account={}", crn::organization(&row.organization_id), row.id);
    ServiceAccount {
        api_version: "iam/v2".to_owned(),
        kind: "ServiceAccount".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        display_name: row.display_name,
        description: row.description,
    }
}

pub(crate) fn user(endpoints: &Endpoints, row: model::User) -> User {
    let path = format!("/iam/v2/users/{}", row.id);
    let name = format!("{}/user={}", crn::organization(&row.organization_id), row.id);
    User {
        api_version: "iam/v2".to_owned(),
        kind: "User".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        email: row.email,
        full_name: row.full_name,
        auth_type: row.auth_type.as_str().to_owned(),
    }
}
