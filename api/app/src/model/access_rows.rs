use common_types::acl::Acl;

use super::{ApiKey, ClientQuota, IdentityPool, IdentityProvider, RoleBinding};

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

/// Of what the store is asked for access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessOf {
    /// Of all there is.
    Everything,
    /// Of one cluster.
    Cluster(String),
    /// Of the clusters that an account or a person has keys of, by the owner's id.
    Owner(String),
}

/// What the store knows about access, read in one transaction that also raised the revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRows {
    /// Larger than that of every earlier read.
    pub revision: u64,
    /// The clusters that the rest speaks of, those that are gone too; `None`: all of them.
    pub about: Option<Vec<String>>,
    /// Clusters that are not being deleted.
    pub tenants: Vec<TenantRow>,
    /// Keys of clusters.
    pub keys: Vec<ApiKey>,
    /// Identity pools of their organisations.
    pub pools: Vec<IdentityPool>,
    /// Identity providers; none when the rest speaks of some clusters alone.
    pub providers: Vec<IdentityProvider>,
    /// Role bindings of those who have keys, and of pools.
    pub bindings: Vec<RoleBinding>,
    /// Access control lists, with their clusters.
    pub acls: Vec<(String, Acl)>,
    /// Clusters that events of their organisation's audit log are written to.
    pub audit_topics: Vec<String>,
    /// Client quotas.
    pub quotas: Vec<ClientQuota>,
}
