use api_app::model::{IdentityPool, IdentityProvider};

use super::{from_json, read, to_json};
use crate::entity::{identity_pool, identity_provider};
use crate::errors::Fault;

pub(crate) fn identity_provider(row: identity_provider::Model) -> Result<IdentityProvider, Fault> {
    Ok(IdentityProvider {
        keys: from_json("keys", &row.keys)?,
        keys_status: read("keys_status", &row.keys_status)?,
        id: row.id,
        organization_id: row.organization_id,
        display_name: row.display_name,
        description: row.description,
        issuer: row.issuer,
        jwks_uri: row.jwks_uri,
        identity_claim: row.identity_claim,
        keys_us: row.keys_us,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn identity_provider_row(it: IdentityProvider) -> identity_provider::Model {
    identity_provider::Model {
        id: it.id,
        organization_id: it.organization_id,
        display_name: it.display_name,
        description: it.description,
        issuer: it.issuer,
        jwks_uri: it.jwks_uri,
        identity_claim: it.identity_claim,
        keys: to_json(&it.keys),
        keys_status: it.keys_status.as_str().to_owned(),
        keys_us: it.keys_us,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn identity_pool(row: identity_pool::Model) -> IdentityPool {
    IdentityPool {
        id: row.id,
        organization_id: row.organization_id,
        provider_id: row.provider_id,
        display_name: row.display_name,
        description: row.description,
        identity_claim: row.identity_claim,
        filter: row.filter,
        owner_id: row.owner_id,
        created_us: row.created_us,
        updated_us: row.updated_us,
    }
}

pub(crate) fn identity_pool_row(it: IdentityPool) -> identity_pool::Model {
    identity_pool::Model {
        id: it.id,
        organization_id: it.organization_id,
        provider_id: it.provider_id,
        display_name: it.display_name,
        description: it.description,
        identity_claim: it.identity_claim,
        filter: it.filter,
        owner_id: it.owner_id,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}
