use common_types::acl::Acl;

use super::{ApiKey, ClientQuota, RoleBinding};

/// A cluster that brokers may serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    /// `lkc-…`
    pub cluster_id: String,
    /// Its environment.
    pub environment_id: String,
    /// Its organisation.
    pub organization_id: String,
}

/// A pool of identities, which has no keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolRow {
    /// `pool-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
}

/// What the store knows about access, read in one transaction that also raised the revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRows {
    /// Larger than that of every earlier read.
    pub revision: u64,
    /// Clusters that are not being deleted.
    pub tenants: Vec<TenantRow>,
    /// Keys of clusters.
    pub keys: Vec<ApiKey>,
    /// All identity pools.
    pub pools: Vec<PoolRow>,
    /// All role bindings.
    pub bindings: Vec<RoleBinding>,
    /// Access control lists, with their clusters.
    pub acls: Vec<(String, Acl)>,
    /// All client quotas.
    pub quotas: Vec<ClientQuota>,
}
