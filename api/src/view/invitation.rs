use api_app::{Endpoints, NewInvitation, model};
use api_types::{Invitation, ObjectRef, rfc3339};
use common_types::crn;
use common_types::id::Prefix;

use super::meta;

/// An invitation as it is at `now_us`: the status of one that nobody accepts changes by itself.
pub(crate) fn invitation(endpoints: &Endpoints, row: model::Invitation, now_us: i64) -> Invitation {
    let path = format!("/iam/v2/invitations/{}", row.id);
    let organization = crn::organization(&row.organization_id);
    let identity = |id: &str| {
        let (kind, name, list) = if id.starts_with(Prefix::ServiceAccount.as_str()) {
            ("ServiceAccount", "service-account", "service-accounts")
        } else {
            ("User", "user", "users")
        };
        ObjectRef {
            id: id.to_owned(),
            environment: None,
            related: format!("{}/iam/v2/{list}/{id}", endpoints.api_base_url),
            resource_name: format!("{organization}/{name}={id}"),
            api_version: Some("iam/v2".to_owned()),
            kind: Some(kind.to_owned()),
        }
    };
    Invitation {
        api_version: "iam/v2".to_owned(),
        kind: "Invitation".to_owned(),
        metadata: meta(
            endpoints,
            &path,
            format!("{organization}/invitation={}", row.id),
            row.created_us,
            row.updated_us,
        ),
        status: row.status(now_us).as_str().to_owned(),
        accepted_at: row.accepted_us.map(rfc3339),
        expires_at: rfc3339(row.expires_us),
        user: identity(&row.person_id),
        creator: identity(&row.creator_id),
        link: None,
        id: row.id,
        email: row.email,
        auth_type: row.auth_type.as_str().to_owned(),
    }
}

/// The one answer that holds the link.
pub(crate) fn new_invitation(
    endpoints: &Endpoints,
    made: NewInvitation,
    now_us: i64,
) -> Invitation {
    Invitation { link: Some(made.link), ..invitation(endpoints, made.invitation, now_us) }
}
