use api_app::model::Role;
use api_app::{Action, InClusters, Kind, Level, Rights};
use api_types::{RoleDefinition, RoleOperations, RolePolicy};
use common_types::acl::ResourceType;

/// Everything, in the words of the public catalogue of roles.
const ALL: &str = "All";

/// Where a role is bound, in the words of the public catalogue.
const fn scope(level: Level) -> &'static str {
    match level {
        Level::Organization => "organization",
        Level::Environment => "environment",
        Level::Cluster => "cloud-cluster",
        Level::Part => "cluster",
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Organization => "Organization",
        Kind::Environment => "Environment",
        Kind::Cluster => "CloudCluster",
        Kind::Identity => "Identity",
        Kind::IpRules => "IpFilter",
        Kind::AuditLog => "AuditLog",
        Kind::Notifications => "Notifications",
        Kind::Security => "SecurityFinding",
        Kind::Metrics => "Metrics",
        Kind::ClientQuota => "ClientQuota",
        Kind::RoleBinding => "RoleBinding",
        Kind::CloudKey => "CloudApiKey",
        Kind::IdentityProvider => "IdentityProvider",
        Kind::IdentityPool => "IdentityPool",
        Kind::ClusterKey => "ResourceApiKey",
    }
}

const fn action(action: Action) -> &'static str {
    match action {
        Action::Read => "Describe",
        Action::Create => "Create",
        Action::Update => "Alter",
        Action::Delete => "Delete",
    }
}

const fn resource(resource: ResourceType) -> &'static str {
    match resource {
        ResourceType::Topic => "Topic",
        ResourceType::Group => "Group",
        ResourceType::Cluster => "Cluster",
        ResourceType::TransactionalId => "TransactionalId",
    }
}

/// `DESCRIBE_CONFIGS` becomes `DescribeConfigs`.
fn words(name: &str) -> String {
    let word = |text: &str| {
        let (head, tail) = text.split_at(text.len().min(1));
        format!("{head}{}", tail.to_lowercase())
    };
    name.split('_').map(word).collect()
}

fn operations(rights: &Rights) -> Vec<RoleOperations> {
    let of = |resource_type: &str, operations| RoleOperations {
        resource_type: resource_type.to_owned(),
        operations,
    };
    let InClusters::Operations(all) = rights.in_clusters else {
        return vec![of(ALL, vec![ALL.to_owned()])];
    };
    let things = rights.within.iter().map(|(it, actions)| {
        of(kind(*it), actions.iter().map(|it| action(*it).to_owned()).collect())
    });
    let in_clusters = all.iter().map(|(it, operations)| {
        of(resource(*it), operations.iter().map(|it| words(it.as_str())).collect())
    });
    things.chain(in_clusters).collect()
}

pub(crate) fn role(role: Role) -> RoleDefinition {
    let rights = role.rights();
    let policy = |level: &Level| RolePolicy {
        binding_scope: scope(*level).to_owned(),
        bind_with_resource: *level == Level::Part,
        allowed_operations: operations(&rights),
    };
    RoleDefinition {
        name: role.as_str().to_owned(),
        policies: rights.levels.iter().map(policy).collect(),
    }
}
