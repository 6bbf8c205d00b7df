use super::text_enum::text_enum;

text_enum! {
    /// A role that can be bound.
    Role {
        /// Everything in the organisation.
        OrganizationAdmin = "OrganizationAdmin",
        /// Everything in one environment.
        EnvironmentAdmin = "EnvironmentAdmin",
        /// Everything in one cluster.
        CloudClusterAdmin = "CloudClusterAdmin",
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
    /// The scope.
    pub crn_pattern: String,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
