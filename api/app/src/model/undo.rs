use std::collections::BTreeSet;

use super::RoleBinding;

/// A cluster or an environment that was deleted and can be brought back until its undo window is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// `lkc-…` or `env-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Its environment; of an environment, itself.
    pub environment_id: String,
    /// What was deleted: itself, or its environment.
    pub deleted_with: String,
    /// The name people read.
    pub display_name: String,
    /// `sa-…`, `u-…` or `pool-…`
    pub deleted_by: String,
    /// When it was deleted.
    pub created_us: i64,
    /// When its data is deleted.
    pub until_us: i64,
    /// Keys that went with it.
    pub api_keys: usize,
    /// Access control lists that went with it.
    pub acls: usize,
    /// Client quotas that went with it.
    pub client_quotas: usize,
    /// Roles on it, which went with it and decide who may bring it back.
    pub role_bindings: Vec<RoleBinding>,
}

/// What was brought back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// Clusters that are there again.
    pub clusters: Vec<String>,
    /// Principals that were deleted meanwhile: what was theirs stays gone.
    pub gone_principals: BTreeSet<String>,
}
