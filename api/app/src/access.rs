//! What brokers may serve, computed from what the store knows.

use std::collections::{BTreeMap, BTreeSet};

use common_types::TenantId;
use common_types::access::{AccessSnapshot, KeyEntry};
use common_types::acl::Acl;
use common_types::quota::Quotas;

use crate::authz::{Grant, administers, granted, grants_of};
use crate::model::{AccessRows, KeyScope};
use crate::secret::Peppers;

/// Computes the snapshot. Keys of clusters that are not served are left out.
pub(crate) fn snapshot(rows: &AccessRows, peppers: &Peppers) -> AccessSnapshot {
    let mut tenants = BTreeMap::new();
    for row in &rows.tenants {
        if let Ok(tenant) = row.cluster_id.parse::<TenantId>() {
            tenants.insert(row.cluster_id.as_str(), (tenant, row));
        }
    }
    // By organisation, too: a role of another one opens nothing here, whoever has it.
    let mut grants: BTreeMap<(&str, &str), Vec<Grant>> = BTreeMap::new();
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
        if key.organization_id != row.organization_id {
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
    }
}
