use super::*;

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

/// One line a role and resource: which of Read, Create, Update, Delete are allowed (upper case),
/// forbidden (lower case) or hidden (`-`).
fn matrix(grants: &[Grant]) -> String {
    let caller = caller(grants.to_vec());
    let (a, b) = (cluster_scope("env-a", "lkc-a"), cluster_scope("env-b", "lkc-b"));
    let (env_a, env_b) = (Scope::Environment("env-a".into()), Scope::Environment("env-b".into()));
    let (key_a, key_b) = (cluster_key("env-a", "lkc-a"), cluster_key("env-b", "lkc-b"));
    let cluster = |e, c| Thing::Cluster { environment_id: e, cluster_id: c };
    let topics = |e, c| Thing::Topics { environment_id: e, cluster_id: c };
    let key = |o, s| Thing::ApiKey { owner_id: o, scope: s };
    let things = [
        ("organization", Thing::Organization),
        ("environment a", Thing::Environment("env-a")),
        ("environment b", Thing::Environment("env-b")),
        ("cluster a", cluster("env-a", "lkc-a")),
        ("cluster a2", cluster("env-a", "lkc-a2")),
        ("cluster b", cluster("env-b", "lkc-b")),
        ("topics a", topics("env-a", "lkc-a")),
        ("topics b", topics("env-b", "lkc-b")),
        ("identity me", Thing::Identity("sa-me")),
        ("identity other", Thing::Identity("sa-other")),
        ("binding organization", Thing::RoleBinding(&Scope::Organization)),
        ("IP rules", Thing::IpRules),
        ("binding environment a", Thing::RoleBinding(&env_a)),
        ("binding environment b", Thing::RoleBinding(&env_b)),
        ("binding cluster a", Thing::RoleBinding(&a)),
        ("binding cluster b", Thing::RoleBinding(&b)),
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

#[test]
fn matrix_of_roles_is_as_agreed() {
    let mut text = String::new();
    for (name, grants) in [
        ("no role", vec![]),
        (
            "CloudClusterAdmin of a",
            vec![Grant { role: Role::CloudClusterAdmin, scope: cluster_scope("env-a", "lkc-a") }],
        ),
        (
            "EnvironmentAdmin of a",
            vec![Grant { role: Role::EnvironmentAdmin, scope: Scope::Environment("env-a".into()) }],
        ),
        (
            "OrganizationAdmin",
            vec![Grant { role: Role::OrganizationAdmin, scope: Scope::Organization }],
        ),
    ] {
        text.push_str(&format!("== {name}\n{}", matrix(&grants)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn role_on_a_scope_of_another_kind_grants_nothing() {
    for (role, scope) in [
        (Role::OrganizationAdmin, Scope::Environment("env-a".into())),
        (Role::EnvironmentAdmin, Scope::Organization),
        (Role::EnvironmentAdmin, cluster_scope("env-a", "lkc-a")),
        (Role::CloudClusterAdmin, Scope::Environment("env-a".into())),
    ] {
        assert_eq!(matrix(&[Grant { role, scope }]), matrix(&[]));
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
        Thing::Topics { environment_id: "env-a", cluster_id: "lkc-a" },
        Thing::Identity("sa-me"),
        Thing::IpRules,
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
