use super::{ApiKey, Cluster, Environment, Organization, RoleBinding, User};

/// What the first start made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The organisation.
    pub organization_id: String,
    /// The first environment.
    pub environment_id: String,
    /// The first cluster.
    pub cluster_id: String,
    /// The first person.
    pub user_id: String,
    /// When that was.
    pub created_us: i64,
}

/// Everything that the first start writes, in one transaction.
#[derive(Debug, Clone)]
pub struct BootstrapRows {
    /// The organisation.
    pub organization: Organization,
    /// The first environment.
    pub environment: Environment,
    /// The first cluster.
    pub cluster: Cluster,
    /// The first person.
    pub user: User,
    /// Makes that person the administrator.
    pub role_binding: RoleBinding,
    /// A key for the control plane and one for the cluster.
    pub api_keys: Vec<ApiKey>,
}
