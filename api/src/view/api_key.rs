use api_app::{Endpoints, model};
use api_types::{ApiKey, ApiKeySpec, ObjectRef, rfc3339};
use common_types::crn;

use super::meta;

/// A key; `secret` only in the answer that made it.
pub(crate) fn api_key(endpoints: &Endpoints, row: model::ApiKey, secret: Option<String>) -> ApiKey {
    let path = format!("/iam/v2/api-keys/{}", row.id);
    let organization = crn::organization(&row.organization_id);
    let name = format!("{organization}/api-key={}", row.id);
    let resource = resource_ref(endpoints, &row.organization_id, row.scope);
    ApiKey {
        api_version: "iam/v2".to_owned(),
        kind: "ApiKey".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        spec: ApiKeySpec {
            secret,
            display_name: row.display_name,
            description: row.description,
            expires_at: row.expires_us.map(rfc3339),
            owner: owner_ref(endpoints, &organization, row.owner_id),
            resources: vec![resource.clone()],
            resource,
        },
    }
}

pub(super) fn owner_ref(endpoints: &Endpoints, organization: &str, id: String) -> ObjectRef {
    let account = id.starts_with("sa-");
    let (kind, plural, word) = if account {
        ("ServiceAccount", "service-accounts", "service-account")
    } else {
        ("User", "users", "user")
    };
    ObjectRef {
        related: format!("{}/iam/v2/{plural}/{id}", endpoints.api_base_url),
        resource_name: format!("{organization}/{word}={id}"),
        api_version: Some("iam/v2".to_owned()),
        kind: Some(kind.to_owned()),
        environment: None,
        id,
    }
}

fn resource_ref(endpoints: &Endpoints, organization_id: &str, scope: model::KeyScope) -> ObjectRef {
    let base = &endpoints.api_base_url;
    match scope {
        model::KeyScope::Cloud => ObjectRef {
            id: "cloud".to_owned(),
            environment: None,
            related: base.clone(),
            resource_name: crn::organization(organization_id),
            api_version: Some("iam/v2".to_owned()),
            kind: Some("Cloud".to_owned()),
        },
        model::KeyScope::Cluster { cluster_id, environment_id } => ObjectRef {
            related: format!("{base}/cmk/v2/clusters/{cluster_id}"),
            resource_name: crn::cloud_cluster(organization_id, &environment_id, &cluster_id),
            environment: Some(environment_id),
            api_version: Some("cmk/v2".to_owned()),
            kind: Some("Cluster".to_owned()),
            id: cluster_id,
        },
    }
}
