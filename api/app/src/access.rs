//! What brokers may serve, computed from what the store knows.

use std::collections::{BTreeMap, BTreeSet};

use common_types::TenantId;
use common_types::access::{AccessChange, AccessSnapshot, KeyEntry};
use common_types::acl::{Acl, Operation, Pattern, Permission, ResourceType};
use common_types::identity::{TokenIssuer, TokenPool, Workloads, pool_key};
use common_types::quota::Quotas;

use crate::app::identity_keys::believes;
use crate::authz::{
    Action, Caller, Decision, Grant, Resource, Thing, administers, authorize, granted, grants_of,
};
use crate::identity::terms_of;
use crate::model::{AUDIT_TOPIC, AccessRows, IdentityPool, IdentityProvider, KeyScope, TenantRow};
use crate::secret::Peppers;

/// No pepper has this version, so no secret opens what is sealed with it.
const NO_PEPPER: u32 = 0;
/// Who writes the audit log to a topic.
const AUDIT_PRINCIPAL: &str = "audit-log";

/// The key that brokers know the control plane by where it writes the audit log. Nobody can show it either.
pub(crate) fn audit_key(cluster: &str) -> String {
    format!("{AUDIT_PRINCIPAL}/{cluster}")
}

/// Lets the control plane write to the topic of the audit log, and to nothing else.
fn admit_audit(
    clusters: &[String],
    tenants: &Tenants<'_>,
    keys: &mut BTreeMap<String, KeyEntry>,
    allowed: &mut BTreeMap<TenantId, Vec<Acl>>,
) {
    for cluster in clusters {
        let Some((tenant, _)) = tenants.get(cluster.as_str()) else { continue };
        let entry = KeyEntry {
            verifier: [0; 32],
            pepper_version: NO_PEPPER,
            principal: AUDIT_PRINCIPAL.to_owned(),
            tenant: *tenant,
            cluster_admin: false,
        };
        keys.insert(audit_key(cluster), entry);
        allowed.entry(*tenant).or_default().push(Acl {
            resource_type: ResourceType::Topic,
            pattern: Pattern::Literal,
            resource_name: AUDIT_TOPIC.to_owned(),
            principal: format!("User:{AUDIT_PRINCIPAL}"),
            host: "*".to_owned(),
            operation: Operation::Write,
            permission: Permission::Allow,
        });
    }
}

/// Clusters that are served, by id.
type Tenants<'a> = BTreeMap<&'a str, (TenantId, &'a TenantRow)>;
/// Roles by organisation and principal.
type Grants<'a> = BTreeMap<(&'a str, &'a str), Vec<Grant>>;

/// Adds pools: an entry for each cluster that a role shows them, and what their roles allow in it.
fn admit_pools(
    pools: &[IdentityPool],
    tenants: &Tenants<'_>,
    grants: &Grants<'_>,
    keys: &mut BTreeMap<String, KeyEntry>,
    allowed: &mut BTreeMap<TenantId, Vec<Acl>>,
) {
    for pool in pools {
        let owner = (pool.organization_id.as_str(), pool.id.as_str());
        let Some(owned) = grants.get(&owner) else { continue };
        let caller = Caller {
            principal_id: pool.id.clone(),
            organization_id: pool.organization_id.clone(),
            key_id: String::new(),
            key_scope: KeyScope::Cloud,
            address: None,
            grants: owned.clone(),
        };
        let sees = |row: &TenantRow| {
            let (environment_id, cluster_id) = (&row.environment_id, &row.cluster_id);
            let thing = Thing::Cluster { environment_id, cluster_id };
            let there = Resource { organization_id: &row.organization_id, thing };
            authorize(&caller, Action::Read, there) == Decision::Allowed
        };
        for (tenant, row) in tenants.values().filter(|(_, row)| sees(row)) {
            let (environment, cluster) = (row.environment_id.as_str(), row.cluster_id.as_str());
            let entry = KeyEntry {
                verifier: [0; 32],
                pepper_version: NO_PEPPER,
                principal: pool.id.clone(),
                tenant: *tenant,
                cluster_admin: administers(owned, environment, cluster),
            };
            keys.insert(pool_key(&pool.id, cluster), entry);
            let lists = granted(owned, &format!("User:{}", pool.id), environment, cluster);
            if !lists.is_empty() {
                allowed.entry(*tenant).or_default().extend(lists);
            }
        }
    }
}

/// Whose tokens brokers take: those of pools with a role.
fn workloads(rows: &AccessRows, grants: &Grants<'_>, now_us: i64) -> Workloads {
    let mut made = Workloads::default();
    let providers: BTreeMap<&str, &IdentityProvider> =
        rows.providers.iter().map(|row| (row.id.as_str(), row)).collect();
    for pool in &rows.pools {
        let owner = (pool.organization_id.as_str(), pool.id.as_str());
        // Of the same organisation: nothing else makes a pool what it is.
        let provider = providers.get(pool.provider_id.as_str()).filter(|provider| {
            provider.organization_id == pool.organization_id && grants.contains_key(&owner)
        });
        let Some(provider) = provider else { continue };
        let entry = TokenPool {
            provider: provider.id.clone(),
            filter: pool.filter.clone(),
            identity_claim: pool.identity_claim.clone(),
            terms: terms_of(pool, provider),
        };
        made.pools.insert(pool.id.clone(), entry);
        made.providers.entry(provider.id.clone()).or_insert_with(|| TokenIssuer {
            issuer: provider.issuer.clone(),
            keys: if believes(provider, now_us) { provider.keys.clone() } else { Vec::new() },
        });
    }
    made
}

/// What is new about the clusters that `rows` speak of. `None` where they speak of all.
pub(crate) fn change(rows: &AccessRows, peppers: &Peppers, now_us: i64) -> Option<AccessChange> {
    let about = rows.about.as_ref()?.iter().filter_map(|id| id.parse().ok()).collect();
    Some(AccessChange { about, state: snapshot(rows, peppers, now_us) })
}

/// Computes the snapshot. Keys of clusters that are not served, and keys that expired, are left out.
pub(crate) fn snapshot(rows: &AccessRows, peppers: &Peppers, now_us: i64) -> AccessSnapshot {
    let mut tenants = Tenants::new();
    for row in &rows.tenants {
        if let Ok(tenant) = row.cluster_id.parse::<TenantId>() {
            tenants.insert(row.cluster_id.as_str(), (tenant, row));
        }
    }
    // By organisation, too: a role of another one opens nothing here, whoever has it.
    let mut grants = Grants::new();
    for binding in &rows.bindings {
        let Some(principal) = binding.principal.strip_prefix("User:") else { continue };
        let bound = grants_of(std::slice::from_ref(binding), &binding.organization_id);
        grants.entry((&binding.organization_id, principal)).or_default().extend(bound);
    }
    let mut keys = BTreeMap::new();
    let mut allowed: BTreeMap<TenantId, Vec<Acl>> = BTreeMap::new();
    for key in &rows.keys {
        let KeyScope::Cluster { cluster_id, .. } = &key.scope else { continue };
        let Some((tenant, row)) = tenants.get(cluster_id.as_str()) else { continue };
        if key.organization_id != row.organization_id || key.is_expired(now_us) {
            continue;
        }
        let owner = (row.organization_id.as_str(), key.owner_id.as_str());
        let owned = grants.get(&owner).map_or(&[][..], Vec::as_slice);
        let entry = KeyEntry {
            verifier: key.verifier,
            pepper_version: key.pepper_version,
            principal: key.owner_id.clone(),
            tenant: *tenant,
            cluster_admin: administers(owned, &row.environment_id, cluster_id),
        };
        keys.insert(key.id.clone(), entry);
        let principal = format!("User:{}", key.owner_id);
        let lists = granted(owned, &principal, &row.environment_id, cluster_id);
        if !lists.is_empty() {
            allowed.entry(*tenant).or_default().extend(lists);
        }
    }
    admit_pools(&rows.pools, &tenants, &grants, &mut keys, &mut allowed);
    admit_audit(&rows.audit_topics, &tenants, &mut keys, &mut allowed);
    for lists in allowed.values_mut() {
        // An owner with two keys is there twice.
        lists.sort();
        lists.dedup();
    }
    let mut acls: BTreeMap<TenantId, Vec<Acl>> = BTreeMap::new();
    for (cluster_id, acl) in &rows.acls {
        if let Some((tenant, _)) = tenants.get(cluster_id.as_str()) {
            acls.entry(*tenant).or_default().push(acl.clone());
        }
    }
    let mut quotas: BTreeMap<TenantId, Quotas> = BTreeMap::new();
    for quota in &rows.quotas {
        let Some((tenant, _)) = tenants.get(quota.cluster_id.as_str()) else { continue };
        let of = quotas.entry(*tenant).or_default();
        for principal in &quota.principals {
            of.set(principal, quota.throughput);
        }
    }
    AccessSnapshot {
        revision: rows.revision,
        peppers: peppers.all().clone(),
        tenants: tenants.values().map(|(tenant, _)| *tenant).collect::<BTreeSet<_>>(),
        keys,
        acls,
        granted: allowed,
        quotas,
        workloads: workloads(rows, &grants, now_us),
    }
}
