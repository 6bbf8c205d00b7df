//! The configuration file of the public command line. What is in the file already stays.

use std::path::{Path, PathBuf};

use common_errors::ErrorKind;
use serde_json::{Map, Value, json};

use crate::config::Secret;
use crate::error::CliError;
use crate::files;

/// The one name of a platform that makes the program talk as it does to its own cloud.
const PLATFORM: &str = "confluent.cloud";

/// Writes who is signed in where; returns the file.
pub(super) fn write(
    file: Option<PathBuf>,
    endpoint: &str,
    me: &Value,
    token: &Secret,
) -> Result<PathBuf, CliError> {
    let file = match file {
        Some(file) => file,
        None => standard_file()?,
    };
    let mut config = match files::read(&file)? {
        Some(content) => read(&file, &content)?,
        None => Map::new(),
    };
    add(&mut config, endpoint, me, token).map_err(|other| {
        let shown = file.display();
        let message = format!("{shown} is for {other}, and one file is for one cloud");
        CliError::new(ErrorKind::Conflict, "export.other_cloud", message)
            .suggest("Write another file, and use it with another HOME: `--file DIR/.confluent/config.json`.")
    })?;
    let text = serde_json::to_string_pretty(&config)
        .map_err(|e| CliError::internal("export.write", e.to_string()))?;
    if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        files::make_private_folder(parent)?;
    }
    files::write_atomically(&file, format!("{text}\n").as_bytes(), files::PRIVATE)?;
    Ok(file)
}

fn standard_file() -> Result<PathBuf, CliError> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    home.map(|home| home.join(".confluent/config.json")).ok_or_else(|| {
        CliError::usage("config.home", "HOME is not set, so there is no place for the file")
            .suggest("Name the file with `--file`.")
    })
}

fn read(file: &Path, content: &[u8]) -> Result<Map<String, Value>, CliError> {
    serde_json::from_slice(content).map_err(|e| {
        CliError::usage("export.corrupt", format!("cannot read {}: {e}", file.display()))
            .suggest("Correct the file, or write another one with `--file`.")
    })
}

/// Adds platform, credential, context and state, and makes the context the current one. Where the file is for
/// another cloud, says which.
fn add(
    config: &mut Map<String, Value>,
    endpoint: &str,
    me: &Value,
    token: &Secret,
) -> Result<(), String> {
    let server = config.get("platforms").and_then(|all| all.get(PLATFORM)?.get("server")?.as_str());
    if let Some(other) = server.filter(|server| *server != endpoint) {
        return Err(other.to_owned());
    }
    let text = |pointer: &str| me.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let email = text("/user/email");
    let (context, credential) = (format!("login-{email}-{endpoint}"), format!("username-{email}"));
    for (list, name, value) in [
        ("platforms", PLATFORM, json!({"name": PLATFORM, "server": endpoint})),
        (
            "credentials",
            &credential,
            json!({"name": credential, "username": email, "credential_type": 0}),
        ),
        (
            "contexts",
            &context,
            json!({
                "name": context,
                "machine_name": context,
                "platform": PLATFORM,
                "credential": credential,
                "current_environment": text("/accounts/0/id"),
                "environments": {},
                "last_org_id": text("/organization/resource_id"),
                "kafka_cluster_context":
                    {"environment_context": true, "kafka_environment_contexts": {}},
            }),
        ),
        (
            "context_states",
            &context,
            json!({
                "auth": {"user": me.get("user"), "organization": me.get("organization")},
                "auth_token": token.reveal(),
                "auth_refresh_token": "",
            }),
        ),
    ] {
        let list = config.entry(list).or_insert_with(|| json!({}));
        if !list.is_object() {
            *list = json!({});
        }
        list[name] = value;
    }
    // Both ask the hosts of the program's maker.
    config.insert("disable_feature_flags".to_owned(), json!(true));
    config.insert("disable_update_check".to_owned(), json!(true));
    config.insert("current_context".to_owned(), json!(context));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_private_keeps_what_it_had_and_is_for_one_cloud() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("below/config.json");
        let me = json!({
            "user": {"id": 7, "email": "a@b", "resource_id": "u-1"},
            "accounts": [{"id": "env-1", "name": "default"}],
            "organization": {"id": 8, "resource_id": "o", "name": "Weir"},
        });
        let token = Secret::new("x.y.z");
        std::fs::create_dir(folder.path().join("below")).unwrap();
        std::fs::write(&file, r#"{"anonymous_id": "kept", "contexts": {"old": {}}}"#).unwrap();
        write(Some(file.clone()), "http://127.0.0.1:1", &me, &token).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, files::PRIVATE);
        insta::assert_snapshot!(std::fs::read_to_string(&file).unwrap());
        let other = write(Some(file), "http://127.0.0.1:2", &me, &token).unwrap_err();
        assert!(other.message.contains("http://127.0.0.1:1"), "{other}");
    }
}
