//! What every command is given: settings, a client, and how to resolve names.

use std::time::Duration;

use api_client::{Client, Credentials, HttpOptions, Options, Path};
use common_errors::ErrorKind;
use serde_json::Value;

use crate::config::{Secret, Settings};
use crate::error::CliError;
use crate::files;
use crate::output::{Confirmation, Progress, confirm};
use crate::similar;

/// How often a long operation is looked at.
const POLL_FIRST: Duration = Duration::from_millis(50);
/// Slowest pace of looking.
const POLL_MAX: Duration = Duration::from_secs(1);

/// Settings and helpers of one run.
#[derive(Debug)]
pub(crate) struct Ctx {
    pub(crate) settings: Settings,
    /// `--yes`.
    pub(crate) yes: bool,
    /// Whether data goes out as JSON, so that streams know their form.
    pub(crate) json: bool,
}

impl Ctx {
    /// A client with the session of a person, or with the control-plane key.
    pub(crate) fn api(&self) -> Result<Client, CliError> {
        let settings = &self.settings;
        if let Some(token) = &settings.token.value {
            return self.client_of(&settings.endpoint.value, Some(token));
        }
        let key = settings.api_key.value.clone();
        let credentials = key
            .zip(settings.api_secret.value.as_ref())
            .map(|(key, secret)| Credentials::Key { key, secret: secret.reveal().to_owned() });
        self.client(credentials)
    }

    /// A client with the key of a cluster, or with the control-plane key when none is known.
    pub(crate) fn kafka_rest(&self, cluster: &str) -> Result<Client, CliError> {
        let key = self
            .kafka_key(cluster)
            .map(|k| Credentials::Key { key: k.key.clone(), secret: k.secret.reveal().to_owned() });
        if key.is_some() { self.client(key) } else { self.api() }
    }

    /// A client with this key.
    pub(crate) fn client_with(&self, key: String, secret: String) -> Result<Client, CliError> {
        self.client(Some(Credentials::Key { key, secret }))
    }

    /// The Kafka key of a cluster.
    pub(crate) fn kafka_key(&self, cluster: &str) -> Option<&crate::config::KafkaKey> {
        let settings = &self.settings;
        settings.kafka_key.value.as_ref().or_else(|| settings.context.kafka_keys.get(cluster))
    }

    /// A client of an endpoint with the token of a session, or with nothing.
    pub(crate) fn client_of(
        &self,
        endpoint: &str,
        token: Option<&Secret>,
    ) -> Result<Client, CliError> {
        let credentials = token.map(|token| Credentials::Token(token.reveal().to_owned()));
        self.client_at(endpoint.to_owned(), credentials)
    }

    fn client(&self, credentials: Option<Credentials>) -> Result<Client, CliError> {
        self.client_at(self.settings.endpoint.value.clone(), credentials)
    }

    fn client_at(
        &self,
        endpoint: String,
        credentials: Option<Credentials>,
    ) -> Result<Client, CliError> {
        let ca_pem = match &self.settings.ca_cert.value {
            Some(path) => files::read(path)?,
            None => None,
        };
        let http = HttpOptions { ca_pem, ..HttpOptions::default() };
        Ok(Client::new(Options { endpoint, credentials, http })?)
    }

    /// The environment to work in, by id or name.
    pub(crate) async fn environment(&self, asked: Option<&str>) -> Result<String, CliError> {
        let Some(name) = asked.or(self.settings.environment.value.as_deref()) else {
            return Err(CliError::usage("environment.none", "no environment is chosen")
                .suggest("Name one with `--environment`, see them with `weir env list`."));
        };
        let path = Path::new("/org/v2/environments").query("page_size", "100");
        let kind = Kind { noun: "environment", prefix: "env-", list: "weir env list" };
        self.resolve(name, &kind, &path).await
    }

    /// The cluster to work on, by id or name.
    pub(crate) async fn cluster(
        &self,
        asked: Option<&str>,
        environment: Option<&str>,
    ) -> Result<String, CliError> {
        let Some(name) = asked.or(self.settings.cluster.value.as_deref()) else {
            return Err(CliError::usage("cluster.none", "no cluster is chosen")
                .suggest("Name one with `--cluster`, see them with `weir cluster list`."));
        };
        if name.starts_with("lkc-") {
            return Ok(name.to_owned());
        }
        let environment = self.environment(environment).await?;
        self.cluster_in(name, &environment).await
    }

    /// A cluster of one environment, by id or name.
    pub(crate) async fn cluster_in(
        &self,
        name: &str,
        environment: &str,
    ) -> Result<String, CliError> {
        let path = Path::new("/cmk/v2/clusters")
            .query("environment", environment)
            .query("page_size", "100");
        let kind = Kind { noun: "cluster", prefix: "lkc-", list: "weir cluster list" };
        self.resolve(name, &kind, &path).await
    }

    /// The id behind a name; an id is taken as it is.
    pub(crate) async fn resolve(
        &self,
        name: &str,
        kind: &Kind<'_>,
        list: &Path,
    ) -> Result<String, CliError> {
        // The e-mail address of somebody may begin like an id.
        if name.starts_with(kind.prefix) && !name.contains('@') {
            return Ok(name.to_owned());
        }
        let list = self.api()?.list(list).await?;
        pick_by_name(name, kind, &list)
    }

    /// Asks before something is destroyed.
    pub(crate) fn confirm(&self, warning: String, name: &str) -> Result<(), CliError> {
        confirm(&Confirmation { warning, name, yes: self.yes })
    }

    /// Looks at an object until `judge` has a result; `None` means "not yet".
    pub(crate) async fn wait_for(
        &self,
        what: &str,
        path: &Path,
        limit: Duration,
        judge: impl Fn(Result<Value, CliError>) -> Result<Option<Value>, CliError>,
    ) -> Result<Value, CliError> {
        let api = self.api()?;
        let mut progress = Progress::of(what);
        let mut pause = POLL_FIRST;
        loop {
            let seen = api.get(path).await.map_err(CliError::from);
            progress.state(&phase_of(&seen));
            if let Some(result) = judge(seen)? {
                return Ok(result);
            }
            if progress.elapsed() >= limit {
                let limit = crate::duration::show(limit);
                let message = format!("{what} did not get there within {limit}");
                return Err(CliError::new(ErrorKind::Timeout, "wait.expired", message).suggest(
                    "It goes on without you: look again later, or wait longer with `--wait=30m`.",
                ));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(POLL_MAX);
        }
    }
}

fn phase_of(seen: &Result<Value, CliError>) -> String {
    match seen {
        Ok(value) => {
            value.pointer("/status/phase").and_then(Value::as_str).unwrap_or("there").to_owned()
        }
        Err(error) if error.kind == ErrorKind::NotFound => "gone".to_owned(),
        Err(_) => "not readable".to_owned(),
    }
}

/// How a kind of object is named and listed.
#[derive(Debug)]
pub(crate) struct Kind<'a> {
    /// `cluster`.
    pub(crate) noun: &'a str,
    /// `lkc-`.
    pub(crate) prefix: &'a str,
    /// The command that lists them.
    pub(crate) list: &'a str,
}

fn pick_by_name(name: &str, kind: &Kind<'_>, list: &Value) -> Result<String, CliError> {
    let rows = list.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let name_of = |row: &Value| -> Option<String> {
        let named = ["/display_name", "/spec/display_name", "/email"];
        let named = named.iter().find_map(|pointer| row.pointer(pointer));
        named.and_then(Value::as_str).map(str::to_owned)
    };
    let id_of = |row: &Value| row.get("id").and_then(Value::as_str).map(str::to_owned);
    let ids: Vec<String> =
        rows.iter().filter(|row| name_of(row).as_deref() == Some(name)).filter_map(id_of).collect();
    let noun = kind.noun;
    match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => {
            let message = format!("there is no {noun} \"{name}\"");
            let error = CliError::new(ErrorKind::NotFound, "resource_not_found", message);
            let names: Vec<String> = rows.iter().filter_map(name_of).collect();
            Err(match similar::closest(name, names.iter().map(String::as_str)) {
                Some(close) => error.suggest(format!("Did you mean \"{close}\"?")),
                None => error.suggest(format!("See them with `{}`.", kind.list)),
            })
        }
        several => Err(CliError::usage(
            "name.ambiguous",
            format!("several have the name \"{name}\": {}", several.join(", ")),
        )
        .suggest("Use the id instead of the name.")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KIND: Kind<'static> = Kind { noun: "cluster", prefix: "lkc-", list: "weir cluster list" };

    #[test]
    fn names_resolve_to_one_id() {
        let list = json!({"data": [
            {"id": "lkc-1", "spec": {"display_name": "orders"}},
            {"id": "lkc-2", "spec": {"display_name": "twin"}},
            {"id": "lkc-3", "spec": {"display_name": "twin"}},
        ]});
        assert_eq!(pick_by_name("orders", &KIND, &list).unwrap(), "lkc-1");
        assert_eq!(pick_by_name("twin", &KIND, &list).unwrap_err().code, "name.ambiguous");
        let unknown = pick_by_name("oders", &KIND, &list).unwrap_err();
        assert_eq!(unknown.suggestions, ["Did you mean \"orders\"?"]);
        let stranger = pick_by_name("zzz", &KIND, &list).unwrap_err();
        assert_eq!(stranger.suggestions, ["See them with `weir cluster list`."]);
    }
}
