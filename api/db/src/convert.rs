//! Rows to records and back. A stored text that no member has is corruption, or a newer Weir.

mod identity;
mod notification;
mod sso;
mod undo;

use std::str::FromStr;

use api_app::model::{
    ApiKey, Cluster, ClusterConfig, DesiredTopic, Environment, Invitation, IpFilter, KeyScope,
    Organization, Registry, RoleBinding, SecondFactor, ServiceAccount, Session, User,
};
use common_types::acl::Acl;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entity::{
    acl, api_key, cluster, desired_topic, environment, invitation, ip_filter, organization, person,
    registry, role_binding, second_factor, service_account, session,
};
use crate::errors::Fault;

pub(crate) use identity::{
    identity_pool, identity_pool_row, identity_provider, identity_provider_row,
};
pub(crate) use notification::{
    delivery, delivery_row, notification_integration, notification_integration_row,
    notification_subscription, notification_subscription_row,
};
pub(crate) use sso::{
    group_mapping, group_mapping_row, sso_connection, sso_connection_row, sso_link_row,
};
pub(crate) use undo::{Taken, deleted};

/// How the scope of a Cloud key is stored.
pub(crate) const CLOUD: &str = "cloud";

pub(crate) fn read<T: FromStr>(what: &str, text: &str) -> Result<T, Fault>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Fault::Corrupt(format!("{what}: {error}")))
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Corrupt(format!("{what}: {error}")))
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("lists of texts have no keys and no numbers to fail on")
}

pub(crate) fn organization(row: organization::Model) -> Organization {
    Organization {
        id: row.id,
        display_name: row.display_name,
        jit_enabled: row.jit_enabled,
        created_us: row.created_us,
        updated_us: row.updated_us,
    }
}

pub(crate) fn organization_row(it: Organization) -> organization::Model {
    organization::Model {
        id: it.id,
        display_name: it.display_name,
        jit_enabled: it.jit_enabled,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn environment(row: environment::Model) -> Result<Environment, Fault> {
    Ok(Environment {
        governance: row.governance.as_deref().map(|t| read("governance", t)).transpose()?,
        id: row.id,
        organization_id: row.organization_id,
        display_name: row.display_name,
        generation: row.generation,
        deletion_requested_us: row.deletion_requested_us,
        deleted_us: row.deleted_us,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn environment_row(it: Environment) -> environment::Model {
    environment::Model {
        id: it.id,
        organization_id: it.organization_id,
        display_name: it.display_name,
        governance: it.governance.map(|package| package.as_str().to_owned()),
        generation: it.generation,
        deletion_requested_us: it.deletion_requested_us,
        deleted_us: it.deleted_us,
        // Only of what reads as gone, and that is not written as a whole.
        kept_until_us: None,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn cluster(row: cluster::Model) -> Result<Cluster, Fault> {
    Ok(Cluster {
        availability: read("availability", &row.availability)?,
        phase: read("phase", &row.phase)?,
        config: ClusterConfig {
            kind: read("kind", &row.kind)?,
            max_ecku: row.max_ecku,
            cku: row.cku,
            encryption_key: row.encryption_key,
            zones: row.zones.as_deref().map(|t| from_json("zones", t)).transpose()?,
            release_priority: row.release_priority,
        },
        id: row.id,
        organization_id: row.organization_id,
        environment_id: row.environment_id,
        display_name: row.display_name,
        cloud: row.cloud,
        region: row.region,
        network_id: row.network_id,
        byok_id: row.byok_id,
        deletion_protection: row.deletion_protection,
        placement: row.placement,
        message: row.message,
        generation: row.generation,
        observed_generation: row.observed_generation,
        deletion_requested_us: row.deletion_requested_us,
        deleted_us: row.deleted_us,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn cluster_row(it: Cluster) -> cluster::Model {
    cluster::Model {
        id: it.id,
        organization_id: it.organization_id,
        environment_id: it.environment_id,
        display_name: it.display_name,
        availability: it.availability.as_str().to_owned(),
        cloud: it.cloud,
        region: it.region,
        kind: it.config.kind.as_str().to_owned(),
        max_ecku: it.config.max_ecku,
        cku: it.config.cku,
        encryption_key: it.config.encryption_key,
        zones: it.config.zones.as_ref().map(to_json),
        release_priority: it.config.release_priority,
        network_id: it.network_id,
        byok_id: it.byok_id,
        deletion_protection: it.deletion_protection,
        placement: it.placement,
        phase: it.phase.as_str().to_owned(),
        message: it.message,
        generation: it.generation,
        observed_generation: it.observed_generation,
        deletion_requested_us: it.deletion_requested_us,
        deleted_us: it.deleted_us,
        // Only of what reads as gone, and that is not written as a whole.
        kept_until_us: None,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn desired_topic(row: desired_topic::Model) -> Result<DesiredTopic, Fault> {
    Ok(DesiredTopic {
        configs: from_json("configs", &row.configs)?,
        cluster_id: row.cluster_id,
        name: row.name,
        partitions: row.partitions,
        replication_factor: row.replication_factor,
        failure: row.failure,
        created_us: row.created_us,
    })
}

pub(crate) fn desired_topic_row(it: DesiredTopic) -> desired_topic::Model {
    desired_topic::Model {
        cluster_id: it.cluster_id,
        name: it.name,
        partitions: it.partitions,
        replication_factor: it.replication_factor,
        configs: to_json(&it.configs),
        failure: it.failure,
        created_us: it.created_us,
    }
}

pub(crate) fn registry(row: registry::Model) -> Registry {
    Registry {
        id: row.id,
        environment_id: row.environment_id,
        cloud: row.cloud,
        region: row.region,
        created_us: row.created_us,
        updated_us: row.updated_us,
    }
}

pub(crate) fn user(row: person::Model) -> Result<User, Fault> {
    Ok(User {
        auth_type: read("auth_type", &row.auth_type)?,
        id: row.id,
        organization_id: row.organization_id,
        email: row.email,
        full_name: row.full_name,
        password_hash: row.password_hash,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn user_row(it: User) -> person::Model {
    person::Model {
        id: it.id,
        organization_id: it.organization_id,
        email: it.email,
        full_name: it.full_name,
        auth_type: it.auth_type.as_str().to_owned(),
        password_hash: it.password_hash,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn session(row: session::Model) -> Result<Session, Fault> {
    Ok(Session {
        verifier: row
            .verifier
            .try_into()
            .map_err(|_| Fault::Corrupt("session.verifier is not 32 bytes".to_owned()))?,
        pepper_version: u32::try_from(row.pepper_version)
            .map_err(|_| Fault::Corrupt("session.pepper_version is out of range".to_owned()))?,
        id: row.id,
        organization_id: row.organization_id,
        person_id: row.person_id,
        created_us: row.created_us,
        expires_us: row.expires_us,
        used_us: row.used_us,
        claims: row.claims,
    })
}

pub(crate) fn session_row(it: Session) -> session::Model {
    session::Model {
        id: it.id,
        organization_id: it.organization_id,
        person_id: it.person_id,
        verifier: it.verifier.to_vec(),
        pepper_version: i64::from(it.pepper_version),
        created_us: it.created_us,
        expires_us: it.expires_us,
        used_us: it.used_us,
        claims: it.claims,
    }
}

pub(crate) fn invitation(row: invitation::Model) -> Result<Invitation, Fault> {
    Ok(Invitation {
        auth_type: read("auth_type", &row.auth_type)?,
        verifier: row
            .verifier
            .try_into()
            .map_err(|_| Fault::Corrupt("invitation.verifier is not 32 bytes".to_owned()))?,
        pepper_version: u32::try_from(row.pepper_version)
            .map_err(|_| Fault::Corrupt("invitation.pepper_version is out of range".to_owned()))?,
        id: row.id,
        organization_id: row.organization_id,
        email: row.email,
        person_id: row.person_id,
        creator_id: row.creator_id,
        expires_us: row.expires_us,
        accepted_us: row.accepted_us,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn invitation_row(it: Invitation) -> invitation::Model {
    invitation::Model {
        id: it.id,
        organization_id: it.organization_id,
        email: it.email,
        auth_type: it.auth_type.as_str().to_owned(),
        person_id: it.person_id,
        creator_id: it.creator_id,
        verifier: it.verifier.to_vec(),
        pepper_version: i64::from(it.pepper_version),
        expires_us: it.expires_us,
        accepted_us: it.accepted_us,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn second_factor(row: second_factor::Model) -> Result<SecondFactor, Fault> {
    let bad = |what: &str| Fault::Corrupt(format!("second_factor.{what}"));
    let (digests, rest) = row.recovery.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(bad("recovery is cut off"));
    }
    Ok(SecondFactor {
        recovery: digests.to_vec(),
        pepper_version: u32::try_from(row.pepper_version)
            .map_err(|_| bad("pepper_version is out of range"))?,
        person_id: row.person_id,
        organization_id: row.organization_id,
        secret: row.secret,
        last_step: row.last_step,
        created_us: row.created_us,
        confirmed_us: row.confirmed_us,
    })
}

pub(crate) fn second_factor_row(it: SecondFactor) -> second_factor::Model {
    second_factor::Model {
        person_id: it.person_id,
        organization_id: it.organization_id,
        secret: it.secret,
        recovery: it.recovery.concat(),
        pepper_version: i64::from(it.pepper_version),
        last_step: it.last_step,
        created_us: it.created_us,
        confirmed_us: it.confirmed_us,
    }
}

pub(crate) fn service_account(row: service_account::Model) -> ServiceAccount {
    ServiceAccount {
        id: row.id,
        organization_id: row.organization_id,
        display_name: row.display_name,
        description: row.description,
        created_us: row.created_us,
        updated_us: row.updated_us,
    }
}

pub(crate) fn service_account_row(it: ServiceAccount) -> service_account::Model {
    service_account::Model {
        id: it.id,
        organization_id: it.organization_id,
        display_name: it.display_name,
        description: it.description,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn role_binding(row: role_binding::Model) -> Result<RoleBinding, Fault> {
    Ok(RoleBinding {
        role: read("role", &row.role)?,
        id: row.id,
        organization_id: row.organization_id,
        principal: row.principal,
        crn_pattern: row.crn_pattern,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn role_binding_row(it: RoleBinding) -> role_binding::Model {
    role_binding::Model {
        id: it.id,
        organization_id: it.organization_id,
        principal: it.principal,
        role: it.role.as_str().to_owned(),
        crn_pattern: it.crn_pattern,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn acl(row: acl::Model) -> Result<Acl, Fault> {
    Ok(Acl {
        resource_type: read("resource_type", &row.resource_type)?,
        pattern: read("pattern", &row.pattern)?,
        operation: read("operation", &row.operation)?,
        permission: read("permission", &row.permission)?,
        resource_name: row.resource_name,
        principal: row.principal,
        host: row.host,
    })
}

pub(crate) fn acl_row(cluster_id: String, it: Acl, created_us: i64) -> acl::Model {
    acl::Model {
        cluster_id,
        resource_type: it.resource_type.as_str().to_owned(),
        resource_name: it.resource_name,
        pattern: it.pattern.as_str().to_owned(),
        principal: it.principal,
        host: it.host,
        operation: it.operation.as_str().to_owned(),
        permission: it.permission.as_str().to_owned(),
        created_us,
    }
}

pub(crate) fn api_key(row: api_key::Model) -> Result<ApiKey, Fault> {
    let bad = |what: &str| Fault::Corrupt(format!("{what} of key {}", row.id));
    let verifier = row.verifier.as_slice().try_into().map_err(|_| bad("verifier"))?;
    let pepper_version = u32::try_from(row.pepper_version).map_err(|_| bad("pepper_version"))?;
    let scope = match (row.resource_id.as_str(), row.environment_id) {
        (CLOUD, None) => KeyScope::Cloud,
        (_, Some(environment_id)) => {
            KeyScope::Cluster { cluster_id: row.resource_id, environment_id }
        }
        (_, None) => return Err(Fault::Corrupt(format!("scope of key {}", row.id))),
    };
    Ok(ApiKey {
        id: row.id,
        organization_id: row.organization_id,
        owner_id: row.owner_id,
        scope,
        display_name: row.display_name,
        description: row.description,
        verifier,
        pepper_version,
        expires_us: row.expires_us,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn api_key_row(it: ApiKey) -> api_key::Model {
    let (resource_id, environment_id) = match it.scope {
        KeyScope::Cloud => (CLOUD.to_owned(), None),
        KeyScope::Cluster { cluster_id, environment_id } => (cluster_id, Some(environment_id)),
    };
    api_key::Model {
        id: it.id,
        organization_id: it.organization_id,
        owner_id: it.owner_id,
        resource_id,
        environment_id,
        display_name: it.display_name,
        description: it.description,
        verifier: it.verifier.to_vec(),
        pepper_version: i64::from(it.pepper_version),
        expires_us: it.expires_us,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn ip_filter(row: ip_filter::Model) -> Result<IpFilter, Fault> {
    let operations: Vec<String> = from_json("operation_groups", &row.operation_groups)?;
    Ok(IpFilter {
        operation_groups: operations
            .iter()
            .map(|text| read("operation_groups", text))
            .collect::<Result<_, _>>()?,
        ip_group_ids: from_json("ip_group_ids", &row.ip_group_ids)?,
        id: row.id,
        organization_id: row.organization_id,
        filter_name: row.filter_name,
        resource_group: row.resource_group,
        resource_scope: row.resource_scope,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn ip_filter_row(it: IpFilter) -> ip_filter::Model {
    let operations: Vec<_> = it.operation_groups.iter().map(|group| group.as_str()).collect();
    ip_filter::Model {
        id: it.id,
        organization_id: it.organization_id,
        filter_name: it.filter_name,
        resource_group: it.resource_group,
        resource_scope: it.resource_scope,
        operation_groups: to_json(&operations),
        ip_group_ids: to_json(&it.ip_group_ids),
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}
