use api_app::{Endpoints, model};
use api_types::{IdentityPool, IdentityProvider, Jwks, JwksKey, JwksSpec, JwksStatus, rfc3339};
use common_types::crn;

use super::meta;

/// Neither of them can be put aside: whoever is not wanted is deleted.
const ENABLED: &str = "ENABLED";

pub(crate) fn identity_provider(
    endpoints: &Endpoints,
    row: model::IdentityProvider,
) -> IdentityProvider {
    let path = format!("/iam/v2/identity-providers/{}", row.id);
    let name = format!("{}/identity-provider={}", crn::organization(&row.organization_id), row.id);
    let key = |key: model::IdentityKey| JwksKey {
        kid: key.kid,
        kty: key.kty,
        alg: key.alg.unwrap_or_default(),
    };
    IdentityProvider {
        api_version: "iam/v2".to_owned(),
        kind: "IdentityProvider".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        display_name: row.display_name,
        description: row.description,
        issuer: row.issuer,
        jwks_uri: row.jwks_uri,
        identity_claim: Some(row.identity_claim).filter(|claim| !claim.is_empty()),
        state: ENABLED.to_owned(),
        keys: row.keys.into_iter().map(key).collect(),
    }
}

pub(crate) fn jwks(row: &model::IdentityProvider) -> Jwks {
    let wanted = model::KeySetStatus::Refreshed.as_str().to_owned();
    Jwks {
        api_version: "iam/v2".to_owned(),
        kind: "Jwks".to_owned(),
        spec: JwksSpec { jwks_status: Some(wanted) },
        status: JwksStatus {
            jwks_status: row.keys_status.as_str().to_owned(),
            jwks_last_refresh_at: (row.keys_us > 0).then(|| rfc3339(row.keys_us)),
        },
    }
}

pub(crate) fn identity_pool(endpoints: &Endpoints, row: model::IdentityPool) -> IdentityPool {
    let provider = &row.provider_id;
    let path = format!("/iam/v2/identity-providers/{provider}/identity-pools/{}", row.id);
    let organization = crn::organization(&row.organization_id);
    let name = format!("{organization}/identity-provider={provider}/identity-pool={}", row.id);
    IdentityPool {
        api_version: "iam/v2".to_owned(),
        kind: "IdentityPool".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        principal: row.id.clone(),
        id: row.id,
        display_name: row.display_name,
        description: row.description,
        identity_claim: row.identity_claim,
        filter: row.filter,
        state: ENABLED.to_owned(),
    }
}
