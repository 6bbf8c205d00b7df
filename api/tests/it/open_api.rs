use std::path::Path;

/// The committed description is the one that the code makes. Run with `UPDATE_OPENAPI=1` to write it.
#[test]
fn committed_description_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/openapi.json");
    let made = api::openapi();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "openapi/openapi.json is stale: run `UPDATE_OPENAPI=1 cargo test -p api open_api`"
    );
}

#[test]
fn operations_are_named_verb_first_and_only_health_and_signing_in_are_open() {
    let document: serde_json::Value = serde_json::from_str(&api::openapi()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice");
            let verb = name.split('_').next().unwrap();
            assert!(
                ["list", "get", "create", "update", "delete", "alter", "read"].contains(&verb),
                "{name}"
            );
            let signs_in = path == "/login/realm"
                || [
                    "create_session",
                    "create_membership",
                    "create_device_code",
                    "create_device_session",
                    "create_sso_sign_in",
                    "create_sso_session",
                    "create_access_token_of_pool",
                ]
                .contains(&name);
            let open = path == "/healthz" || path == "/readyz" || signs_in;
            assert_eq!(operation.get("security").is_none(), open, "{method} {path}");
        }
    }
    assert!(names.len() > 35, "{}", names.len());
}
