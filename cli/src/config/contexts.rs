use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common_errors::ErrorKind;
use serde::{Deserialize, Serialize};

use super::Secret;
use crate::error::CliError;
use crate::files;
use crate::similar;

/// The contexts file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contexts {
    /// The context that commands use when nothing else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    #[serde(default)]
    pub(crate) contexts: BTreeMap<String, Context>,
}

/// One place that commands can go to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    /// URL of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) organization_id: Option<String>,
    /// Environment of commands that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) environment_id: Option<String>,
    /// Cluster of commands that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_secret: Option<Secret>,
    /// A person who is signed in; used in place of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<LoginSession>,
    /// Kafka address without TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kafka_bootstrap: Option<String>,
    /// Kafka address with TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kafka_tls_bootstrap: Option<String>,
    /// Certificate authority to trust beside the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_cert_path: Option<PathBuf>,
    /// The folder of the local Weir that wrote this context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Kafka keys by cluster id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) kafka_keys: BTreeMap<String, KafkaKey>,
}

/// A person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginSession {
    pub(crate) email: String,
    pub(crate) token: Secret,
}

/// A key that works for one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KafkaKey {
    pub(crate) key: String,
    pub(crate) secret: Secret,
}

impl Contexts {
    /// The file's path in a configuration folder.
    pub(crate) fn path(config: &Path) -> PathBuf {
        config.join("config.toml")
    }

    /// Reads the file; an absent one holds nothing.
    pub(crate) fn load(config: &Path) -> Result<Self, CliError> {
        let path = Self::path(config);
        let Some(content) = files::read(&path)? else {
            return Ok(Self::default());
        };
        let text = String::from_utf8_lossy(&content);
        toml::from_str(&text).map_err(|e| {
            let why = e.message().trim_end_matches('.').to_owned();
            CliError::usage("config.corrupt", format!("cannot read {}: {why}", path.display()))
                .suggest(format!(
                    "Correct the file, or move it away: `mv {0} {0}.old`.",
                    path.display()
                ))
        })
    }

    /// Replaces the file.
    pub(crate) fn save(&self, config: &Path) -> Result<(), CliError> {
        files::make_private_folder(config)?;
        let text = toml::to_string(self).map_err(|e| {
            CliError::internal("config.write", format!("cannot write contexts: {e}"))
        })?;
        files::write_atomically(&Self::path(config), text.as_bytes(), files::PRIVATE)
    }

    /// A context by name.
    pub(crate) fn named(&self, name: &str) -> Result<&Context, CliError> {
        self.contexts.get(name).ok_or_else(|| {
            let error = CliError::new(
                ErrorKind::NotFound,
                "context.unknown",
                format!("there is no context \"{name}\""),
            );
            let names = self.contexts.keys().map(String::as_str);
            match similar::closest(name, names) {
                Some(close) => error.suggest(format!("Did you mean \"{close}\"?")),
                None => error.suggest("See the contexts with `weir context list`."),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn contexts_read_back_as_written_and_stay_private() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("weir");
        let key = KafkaKey { key: "K".to_owned(), secret: Secret::new("S") };
        let context = Context {
            endpoint: Some("http://127.0.0.1:8080".to_owned()),
            api_secret: Some(Secret::new("hunter2")),
            kafka_keys: BTreeMap::from([("lkc-1".to_owned(), key)]),
            ..Context::default()
        };
        let contexts = Contexts {
            current: Some("local".to_owned()),
            contexts: BTreeMap::from([("local".to_owned(), context)]),
        };
        contexts.save(&config).unwrap();
        assert_eq!(Contexts::load(&config).unwrap(), contexts);
        let mode = std::fs::metadata(Contexts::path(&config)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, files::PRIVATE);
        assert!(!format!("{contexts:?}").contains("hunter2"));
    }

    #[test]
    fn a_broken_file_is_named_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(Contexts::path(folder.path()), "current = \n").unwrap();
        let error = Contexts::load(folder.path()).unwrap_err();
        assert!(error.message.contains("config.toml"), "{error}");
        assert!(error.suggestions[0].contains("mv "), "{:?}", error.suggestions);
    }

    #[test]
    fn a_misspelt_context_is_guessed() {
        let contexts = Contexts {
            current: None,
            contexts: BTreeMap::from([("local".to_owned(), Context::default())]),
        };
        let error = contexts.named("locla").unwrap_err();
        assert_eq!(error.suggestions, ["Did you mean \"local\"?"]);
    }
}
