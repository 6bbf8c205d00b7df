use api_app::model::Role;
use api_types::{RoleDefinition, RoleOperations, RolePolicy};

/// Everything, in the words of the public catalogue of roles.
const ALL: &str = "All";

/// Where a role is bound.
fn scope(role: Role) -> &'static str {
    match role {
        Role::OrganizationAdmin => "organization",
        Role::EnvironmentAdmin => "environment",
        Role::CloudClusterAdmin => "cloud-cluster",
    }
}

pub(crate) fn role(role: Role) -> RoleDefinition {
    let operations =
        RoleOperations { resource_type: ALL.to_owned(), operations: vec![ALL.to_owned()] };
    let policy = RolePolicy {
        binding_scope: scope(role).to_owned(),
        bind_with_resource: false,
        allowed_operations: vec![operations],
    };
    RoleDefinition { name: role.as_str().to_owned(), policies: vec![policy] }
}
