use std::path::{Path, PathBuf};

use super::{Context, Contexts, Dirs, KafkaKey, Secret};
use crate::error::CliError;

/// Where the API is when nobody says otherwise.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:8080";

/// Values given as flags.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    pub(crate) context: Option<String>,
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) source: String,
}

/// Everything that commands need to know about where they go.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) dirs: Dirs,
    pub(crate) context_name: Setting<Option<String>>,
    pub(crate) context: Context,
    pub(crate) endpoint: Setting<String>,
    pub(crate) api_key: Setting<Option<String>>,
    pub(crate) api_secret: Setting<Option<Secret>>,
    /// Token of a session; it goes before a key.
    pub(crate) token: Setting<Option<Secret>>,
    pub(crate) environment: Setting<Option<String>>,
    pub(crate) cluster: Setting<Option<String>>,
    pub(crate) kafka_key: Setting<Option<KafkaKey>>,
    pub(crate) kafka_bootstrap: Setting<Option<String>>,
    pub(crate) ca_cert: Setting<Option<PathBuf>>,
}

impl Settings {
    /// Weighs flags, environment, context and defaults.
    pub(crate) fn resolve(
        flags: &Flags,
        dirs: Dirs,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, CliError> {
        let contexts = Contexts::load(&dirs.config)?;
        let from_env = |name: &str| variable(name).filter(|value| !value.is_empty());
        let context_name = choose(
            flags.context.clone().map(|v| (v, "flag --context")),
            from_env("WEIR_CONTEXT").map(|v| (v, "environment WEIR_CONTEXT")),
            contexts.current.clone().map(|v| (v, "current in config.toml")),
        );
        let context = match &context_name.value {
            Some(name) => contexts.named(name)?.clone(),
            None => Context::default(),
        };
        let shown = context_name.value.as_deref().map(|name| format!("context {name}"));
        let shown = shown.as_deref().unwrap_or_default();
        let pick = |name: &str, in_context: Option<String>| {
            let source = format!("environment {name}");
            let env = from_env(name);
            choose(None, env.map(|v| (v, source.as_str())), in_context.map(|v| (v, shown)))
        };
        let key = from_env("WEIR_KAFKA_API_KEY").zip(from_env("WEIR_KAFKA_API_SECRET"));
        let kafka_key = choose(
            None,
            key.map(|(key, secret)| {
                let secret = Secret::new(secret);
                (KafkaKey { key, secret }, "environment WEIR_KAFKA_API_KEY")
            }),
            None,
        );
        let endpoint = pick("WEIR_ENDPOINT", context.endpoint.clone());
        // A key of the environment goes before the session of a context, and a session is for one endpoint.
        let session = context
            .session
            .as_ref()
            .filter(|_| from_env("WEIR_API_KEY").is_none() && endpoint.value == context.endpoint);
        let token = session.map(|session| session.token.reveal().to_owned());
        Ok(Self {
            endpoint: match endpoint.value {
                Some(value) => Setting { value, source: endpoint.source },
                None => {
                    Setting { value: DEFAULT_ENDPOINT.to_owned(), source: "default".to_owned() }
                }
            },
            api_key: pick("WEIR_API_KEY", context.api_key.clone()),
            api_secret: secret(pick(
                "WEIR_API_SECRET",
                context.api_secret.as_ref().map(|s| s.reveal().to_owned()),
            )),
            token: secret(pick("WEIR_TOKEN", token)),
            environment: pick("WEIR_ENVIRONMENT", context.environment_id.clone()),
            cluster: pick("WEIR_CLUSTER", context.cluster_id.clone()),
            kafka_key,
            kafka_bootstrap: pick("WEIR_KAFKA_BOOTSTRAP", None),
            ca_cert: path(pick(
                "WEIR_CA_CERT",
                context.ca_cert_path.as_deref().map(|p| Path::display(p).to_string()),
            )),
            dirs,
            context_name,
            context,
        })
    }
}

fn choose<T>(
    flag: Option<(T, &str)>,
    env: Option<(T, &str)>,
    context: Option<(T, &str)>,
) -> Setting<Option<T>> {
    match flag.or(env).or(context) {
        Some((value, source)) => Setting { value: Some(value), source: source.to_owned() },
        None => Setting { value: None, source: "not set".to_owned() },
    }
}

fn secret(setting: Setting<Option<String>>) -> Setting<Option<Secret>> {
    Setting { value: setting.value.map(Secret::new), source: setting.source }
}

fn path(setting: Setting<Option<String>>) -> Setting<Option<PathBuf>> {
    Setting { value: setting.value.map(PathBuf::from), source: setting.source }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::LoginSession;

    fn resolve(flag: Option<&str>, env: &[(&str, &str)]) -> Result<Settings, CliError> {
        let folder = tempfile::tempdir().unwrap();
        let at = |url: &str| Context { endpoint: Some(url.to_owned()), ..Context::default() };
        let contexts = Contexts {
            current: Some("one".to_owned()),
            contexts: BTreeMap::from([
                ("one".to_owned(), at("http://one")),
                ("two".to_owned(), at("http://two")),
            ]),
        };
        contexts.save(folder.path()).unwrap();
        let dirs = Dirs { config: folder.path().to_owned(), data: folder.path().to_owned() };
        let flags = Flags { context: flag.map(str::to_owned) };
        Settings::resolve(&flags, dirs, |name| {
            env.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn flag_beats_environment_beats_current() {
        assert_eq!(resolve(None, &[]).unwrap().endpoint.value, "http://one");
        let env = [("WEIR_CONTEXT", "two")];
        assert_eq!(resolve(None, &env).unwrap().endpoint.value, "http://two");
        let flagged = resolve(Some("one"), &env).unwrap();
        assert_eq!(flagged.endpoint.value, "http://one");
        assert_eq!(flagged.context_name.source, "flag --context");
    }

    #[test]
    fn environment_beats_the_context_and_empty_counts_as_absent() {
        let settings = resolve(None, &[("WEIR_ENDPOINT", "http://env"), ("WEIR_API_KEY", "")]);
        let settings = settings.unwrap();
        assert_eq!(settings.endpoint.value, "http://env");
        assert_eq!(settings.endpoint.source, "environment WEIR_ENDPOINT");
        assert_eq!(settings.api_key.value, None);
    }

    #[test]
    fn a_session_goes_to_its_own_endpoint_and_behind_a_key_of_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let session = LoginSession { email: "a@b".to_owned(), token: Secret::new("t") };
        let endpoint = Some("http://one".to_owned());
        let context = Context { endpoint, session: Some(session), ..Context::default() };
        let contexts = Contexts {
            current: Some("one".to_owned()),
            contexts: BTreeMap::from([("one".to_owned(), context)]),
        };
        contexts.save(folder.path()).unwrap();
        let token = |env: &[(&str, &str)]| {
            let dirs = Dirs { config: folder.path().to_owned(), data: folder.path().to_owned() };
            let settings = Settings::resolve(&Flags::default(), dirs, |name| {
                env.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
            });
            settings.unwrap().token.value.map(|token| token.reveal().to_owned())
        };
        assert_eq!(token(&[]).as_deref(), Some("t"));
        assert_eq!(token(&[("WEIR_ENDPOINT", "http://two")]), None, "it is not theirs to see");
        assert_eq!(token(&[("WEIR_API_KEY", "K")]), None);
        assert_eq!(token(&[("WEIR_TOKEN", "x")]).as_deref(), Some("x"));
    }

    #[test]
    fn an_unknown_context_is_an_error() {
        assert_eq!(resolve(Some("three"), &[]).unwrap_err().code, "context.unknown");
    }
}
