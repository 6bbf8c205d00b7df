use super::text_enum::text_enum;

text_enum! {
    /// A role that can be bound, under its public name. What each may do is one table: `authz::rights`.
    Role {
        /// Everything in the organisation.
        OrganizationAdmin = "OrganizationAdmin",
        /// Everything in one environment.
        EnvironmentAdmin = "EnvironmentAdmin",
        /// Everything in one cluster.
        CloudClusterAdmin = "CloudClusterAdmin",
        /// Sees clusters, and topics and groups in them, but no records.
        Operator = "Operator",
        /// Sees environments and clusters, and what is measured of them.
        MetricsViewer = "MetricsViewer",
        /// Sees the organisation and what it costs.
        BillingAdmin = "BillingAdmin",
        /// Makes, changes and deletes service accounts and people.
        AccountAdmin = "AccountAdmin",
        /// Sees environments and clusters, and manages their networks.
        NetworkAdmin = "NetworkAdmin",
        /// Sees environments and their registries.
        DataDiscovery = "DataDiscovery",
        /// The same, and takes care of what is in the registries.
        DataSteward = "DataSteward",
        /// Manages everybody's keys of clusters.
        ResourceKeyAdmin = "ResourceKeyAdmin",
        /// Everything with some topics, groups or transactional ids, or with a cluster itself; and who else may.
        ResourceOwner = "ResourceOwner",
        /// Consumes.
        DeveloperRead = "DeveloperRead",
        /// Produces.
        DeveloperWrite = "DeveloperWrite",
        /// Makes, configures and deletes, without reading or writing records.
        DeveloperManage = "DeveloperManage",
    }
}

/// A role that a principal has on a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleBinding {
    /// `rb-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// `User:sa-…` or `User:u-…`.
    pub principal: String,
    /// The role.
    pub role: Role,
    /// The scope, as it was written.
    pub crn_pattern: String,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
