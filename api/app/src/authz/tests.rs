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
    let cluster = |e, c| Resource::Cluster { environment_id: e, cluster_id: c };
    let topics = |e, c| Resource::Topics { environment_id: e, cluster_id: c };
    let key = |o, s| Resource::ApiKey { owner_id: o, scope: s };
    let resources = [
        ("organization", Resource::Organization),
        ("environment a", Resource::Environment("env-a")),
        ("environment b", Resource::Environment("env-b")),
        ("cluster a", cluster("env-a", "lkc-a")),
        ("cluster a2", cluster("env-a", "lkc-a2")),
        ("cluster b", cluster("env-b", "lkc-b")),
        ("topics a", topics("env-a", "lkc-a")),
        ("topics b", topics("env-b", "lkc-b")),
        ("identity me", Resource::Identity("sa-me")),
        ("identity other", Resource::Identity("sa-other")),
        ("binding organization", Resource::RoleBinding(&Scope::Organization)),
        ("IP rules", Resource::IpRules),
        ("binding environment a", Resource::RoleBinding(&env_a)),
        ("binding environment b", Resource::RoleBinding(&env_b)),
        ("binding cluster a", Resource::RoleBinding(&a)),
        ("binding cluster b", Resource::RoleBinding(&b)),
        ("cloud key of me", key("sa-me", &KeyScope::Cloud)),
        ("cloud key of other", key("sa-other", &KeyScope::Cloud)),
        ("cluster a key of other", key("sa-other", &key_a)),
        ("cluster b key of other", key("sa-other", &key_b)),
    ];
    let mut text = String::new();
    for (name, resource) in resources {
        let marks: String = ACTIONS
            .iter()
            .zip(['r', 'c', 'u', 'd'])
            .map(|(action, letter)| match authorize(&caller, *action, resource) {
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
