use common_types::acl::{
    Acl, AclRules, CLUSTER_NAME, Operation, Pattern, Permission, ResourceType,
};

use super::*;
use crate::model::Role;

const ACTIONS: [Action; 4] = [Action::Read, Action::Create, Action::Update, Action::Delete];

fn caller(grants: Vec<Grant>) -> Caller {
    Caller {
        principal_id: "sa-me".into(),
        organization_id: "o".into(),
        key_id: "KEY".into(),
        key_scope: KeyScope::Cloud,
        address: None,
        grants,
    }
}

fn cluster_scope(environment: &str, cluster: &str) -> Scope {
    Scope::Cluster { environment_id: environment.into(), cluster_id: cluster.into() }
}

fn cluster_key(environment: &str, cluster: &str) -> KeyScope {
    KeyScope::Cluster { environment_id: environment.into(), cluster_id: cluster.into() }
}

/// A part of cluster a: `topic=orders.*`.
fn part_scope(tail: &str) -> Scope {
    let cluster = cluster_scope("env-a", "lkc-a").crn("o");
    Scope::parse(&format!("{cluster}/kafka=lkc-a{tail}"), "o").unwrap()
}

fn topic_scope(name: &str) -> Scope {
    part_scope(&format!("/topic={name}"))
}

/// One line a role and resource: which of Read, Create, Update, Delete are allowed (upper case),
/// forbidden (lower case) or hidden (`-`).
fn matrix(grants: &[Grant]) -> String {
    let caller = caller(grants.to_vec());
    let (a, b) = (cluster_scope("env-a", "lkc-a"), cluster_scope("env-b", "lkc-b"));
    let (env_a, env_b) = (Scope::Environment("env-a".into()), Scope::Environment("env-b".into()));
    let (topic, prefix) = (topic_scope("orders.a"), topic_scope("orders.*"));
    let other_topic = topic_scope("payments");
    let (key_a, key_b) = (cluster_key("env-a", "lkc-a"), cluster_key("env-b", "lkc-b"));
    let cluster = |e, c| Thing::Cluster { environment_id: e, cluster_id: c };
    let key = |o, s| Thing::ApiKey { owner_id: o, scope: s };
    let things = [
        ("organization", Thing::Organization),
        ("environment a", Thing::Environment("env-a")),
        ("environment b", Thing::Environment("env-b")),
        ("cluster a", cluster("env-a", "lkc-a")),
        ("cluster a2", cluster("env-a", "lkc-a2")),
        ("cluster b", cluster("env-b", "lkc-b")),
        ("client quota of a", Thing::ClientQuota { environment_id: "env-a", cluster_id: "lkc-a" }),
        ("client quota of b", Thing::ClientQuota { environment_id: "env-b", cluster_id: "lkc-b" }),
        ("identity me", Thing::Identity("sa-me")),
        ("identity other", Thing::Identity("sa-other")),
        ("identity provider", Thing::IdentityProvider),
        ("own identity pool", Thing::IdentityPool { provider_id: "op-1", owner_id: "sa-me" }),
        ("identity pool", Thing::IdentityPool { provider_id: "op-1", owner_id: "" }),
        ("binding organization", Thing::RoleBinding(&Scope::Organization)),
        ("IP rules", Thing::IpRules),
        ("notifications", Thing::Notifications),
        ("security", Thing::Security),
        ("binding environment a", Thing::RoleBinding(&env_a)),
        ("binding environment b", Thing::RoleBinding(&env_b)),
        ("binding cluster a", Thing::RoleBinding(&a)),
        ("binding cluster b", Thing::RoleBinding(&b)),
        ("binding topic orders.a", Thing::RoleBinding(&topic)),
        ("binding topic orders.*", Thing::RoleBinding(&prefix)),
        ("binding topic payments", Thing::RoleBinding(&other_topic)),
        ("cloud key of me", key("sa-me", &KeyScope::Cloud)),
        ("cloud key of other", key("sa-other", &KeyScope::Cloud)),
        ("cluster a key of other", key("sa-other", &key_a)),
        ("cluster b key of other", key("sa-other", &key_b)),
    ];
    let mut text = String::new();
    for (name, thing) in things {
        let marks: String = ACTIONS
            .iter()
            .zip(['r', 'c', 'u', 'd'])
            .map(|(action, letter)| match authorize(&caller, *action, caller.own(thing)) {
                Decision::Allowed => letter.to_ascii_uppercase(),
                Decision::Forbidden => letter,
                Decision::Hidden => '-',
            })
            .collect();
        text.push_str(&format!("{name:24} {marks}\n"));
    }
    text
}

/// Every role on every kind of scope that it is bound to, in environment a and cluster a.
fn bound() -> Vec<(String, Grant)> {
    let scopes = [
        ("the organization", Scope::Organization),
        ("environment a", Scope::Environment("env-a".into())),
        ("cluster a", cluster_scope("env-a", "lkc-a")),
        ("kafka-cluster", part_scope("")),
        ("topic orders.*", topic_scope("orders.*")),
        ("group team", part_scope("/group=team")),
        ("transactional id tx", part_scope("/transactional-id=tx")),
    ];
    let mut all = Vec::new();
    for role in Role::ALL.iter().copied() {
        for (name, scope) in &scopes {
            if role.rights().binds_to(scope) {
                let grant = Grant { role, scope: scope.clone() };
                all.push((format!("{} on {name}", role.as_str()), grant));
            }
        }
    }
    all
}

#[test]
fn matrix_of_roles_is_as_agreed() {
    let mut text = format!("== no role\n{}", matrix(&[]));
    for (name, grant) in bound() {
        text.push_str(&format!("== {name}\n{}", matrix(&[grant])));
    }
    insta::assert_snapshot!(text);
}

/// What a grant allows in clusters, with all operations there are on each resource.
fn in_clusters(grant: &Grant) -> String {
    let (grants, me) = (std::slice::from_ref(grant), "User:sa-me");
    let mut text = String::new();
    for (environment, cluster) in [("env-a", "lkc-a"), ("env-a", "lkc-a2"), ("env-b", "lkc-b")] {
        let rules = AclRules::new(&granted(grants, me, environment, cluster));
        let admin = administers(grants, environment, cluster);
        for (resource, name) in [
            (ResourceType::Cluster, CLUSTER_NAME),
            (ResourceType::Topic, "orders.a"),
            (ResourceType::Topic, "payments"),
            (ResourceType::Group, "team"),
            (ResourceType::Group, "other"),
            (ResourceType::TransactionalId, "tx"),
        ] {
            let may = |o: &&Operation| rules.permits(admin, me, **o, resource, name);
            let all = resource.operations().iter();
            let allowed: Vec<&str> = all.filter(may).map(|o| o.as_str()).collect();
            for operation in Operation::EVERY {
                let other = rules.permits(admin, "User:sa-other", *operation, resource, name);
                assert_eq!(other, admin, "a role is its owner's alone");
            }
            if !allowed.is_empty() {
                let allowed = allowed.join(" ");
                text.push_str(&format!("{cluster:8}{:17}{name:15}{allowed}\n", resource.as_str()));
            }
        }
    }
    text
}

#[test]
fn matrix_of_roles_in_clusters_is_as_agreed() {
    let mut text = String::new();
    for (name, grant) in bound() {
        text.push_str(&format!("== {name}\n{}", in_clusters(&grant)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn list_that_denies_wins_over_a_role() {
    let grant = Grant { role: Role::DeveloperRead, scope: topic_scope("orders.*") };
    let mut lists = granted(&[grant], "User:sa-me", "env-a", "lkc-a");
    let denied = Acl {
        resource_name: "orders.secret".to_owned(),
        pattern: Pattern::Literal,
        permission: Permission::Deny,
        ..lists[0].clone()
    };
    let operation = denied.operation;
    lists.push(denied);
    let rules = AclRules::new(&lists);
    let may = |name| rules.permits(false, "User:sa-me", operation, ResourceType::Topic, name);
    assert!(may("orders.a") && !may("orders.secret"));
}

#[test]
fn role_on_a_scope_of_another_kind_grants_nothing() {
    for (role, scope) in [
        (Role::OrganizationAdmin, Scope::Environment("env-a".into())),
        (Role::EnvironmentAdmin, Scope::Organization),
        (Role::EnvironmentAdmin, cluster_scope("env-a", "lkc-a")),
        (Role::CloudClusterAdmin, Scope::Environment("env-a".into())),
        (Role::CloudClusterAdmin, topic_scope("orders")),
        (Role::BillingAdmin, Scope::Environment("env-a".into())),
        (Role::ResourceOwner, cluster_scope("env-a", "lkc-a")),
        (Role::DeveloperRead, Scope::Organization),
        (Role::DeveloperWrite, part_scope("/group=team")),
    ] {
        let grant = Grant { role, scope };
        assert_eq!(in_clusters(&grant), "");
        assert_eq!(matrix(&[grant]), matrix(&[]));
    }
}

#[test]
fn nothing_of_another_organization_is_there_for_anybody() {
    let everything = [
        Grant { role: Role::OrganizationAdmin, scope: Scope::Organization },
        Grant { role: Role::EnvironmentAdmin, scope: Scope::Environment("env-a".into()) },
        Grant { role: Role::CloudClusterAdmin, scope: cluster_scope("env-a", "lkc-a") },
    ];
    let caller = caller(everything.to_vec());
    let (scope, key) = (Scope::Environment("env-a".into()), cluster_key("env-a", "lkc-a"));
    for thing in [
        Thing::Organization,
        Thing::Environment("env-a"),
        Thing::Cluster { environment_id: "env-a", cluster_id: "lkc-a" },
        Thing::ClientQuota { environment_id: "env-a", cluster_id: "lkc-a" },
        Thing::Identity("sa-me"),
        Thing::IdentityProvider,
        Thing::IdentityPool { provider_id: "op-1", owner_id: "sa-me" },
        Thing::IpRules,
        Thing::Notifications,
        Thing::Security,
        Thing::RoleBinding(&scope),
        Thing::ApiKey { owner_id: "sa-me", scope: &key },
    ] {
        for action in ACTIONS {
            let here = authorize(&caller, action, caller.own(thing));
            assert_eq!(here, Decision::Allowed, "{thing:?}");
            let there = authorize(&caller, action, Resource { organization_id: "p", thing });
            assert_eq!(there, Decision::Hidden, "{thing:?}");
        }
    }
}
