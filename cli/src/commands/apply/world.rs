use std::collections::{BTreeMap, BTreeSet};

use api_client::{Client, Path};
use serde_json::{Value, json};

use super::object::Object;
use super::wish::Wish;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{note, text_of};

/// What ids of principals begin with.
const PRINCIPALS: [&str; 4] = ["sa-", "u-", "pool-", "group-"];

/// What is there, as far as wishes name it, and what they will make.
pub(super) struct World<'a> {
    ctx: &'a Ctx,
    pub(super) api: Client,
    organization: String,
    environments: Vec<Value>,
    accounts: Vec<Value>,
    /// By environment.
    clusters: BTreeMap<String, Vec<Value>>,
    /// By cluster.
    kafka: BTreeMap<String, Client>,
    /// Keys that live for as long as this.
    keys: Vec<String>,
    wanted: BTreeSet<Object>,
}

impl<'a> World<'a> {
    pub(super) async fn new(ctx: &'a Ctx, wishes: &[Wish]) -> Result<Self, CliError> {
        let api = ctx.api()?;
        let organizations = api.list(&Path::new("/org/v2/organizations")).await?;
        Ok(Self {
            ctx,
            organization: text_of(organizations.pointer("/data/0/id")),
            environments: all(&api, Path::new("/org/v2/environments")).await?,
            accounts: all(&api, Path::new("/iam/v2/service-accounts")).await?,
            clusters: BTreeMap::new(),
            kafka: BTreeMap::new(),
            keys: Vec::new(),
            wanted: wishes.iter().map(|wish| wish.object.clone()).collect(),
            api,
        })
    }

    pub(super) fn organization(&self) -> &str {
        &self.organization
    }

    pub(super) fn environment_named(&self, name: &str) -> Option<&Value> {
        self.environments.iter().find(|row| is_it(row, name, "/display_name"))
    }

    pub(super) fn account_named(&self, name: &str) -> Option<&Value> {
        self.accounts.iter().find(|row| is_it(row, name, "/display_name"))
    }

    /// The cluster of this name; none where there is none.
    pub(super) async fn cluster_named(
        &mut self,
        wish: &Wish,
        environment: &str,
        name: &str,
    ) -> Result<Option<Value>, CliError> {
        if !self.clusters.contains_key(environment) {
            let path = Path::new("/cmk/v2/clusters").query("environment", environment);
            let rows = all(&self.api, path).await?;
            self.clusters.insert(environment.to_owned(), rows);
        }
        let rows = self.clusters.get(environment).map(Vec::as_slice).unwrap_or_default();
        let found: Vec<&Value> =
            rows.iter().filter(|row| is_it(row, name, "/spec/display_name")).collect();
        if let [_, _, ..] = found.as_slice() {
            let ids: Vec<String> = found.iter().map(|row| text_of(row.get("id"))).collect();
            let message = format!(
                "{}: {name:?} is the name of {}; say which by id",
                wish.place,
                ids.join(", ")
            );
            return Err(CliError::usage("apply.ambiguous", message));
        }
        Ok(found.first().map(|row| (*row).clone()))
    }

    /// The id of an environment; none while it is only wanted.
    pub(super) fn environment(&self, wish: &Wish, name: &str) -> Result<Option<String>, CliError> {
        if let Some(row) = self.environment_named(name) {
            return Ok(Some(text_of(row.get("id"))));
        }
        self.unless_wanted(wish, "Environment", name, "")
    }

    /// The ids of an environment and of a cluster in it; none while one is only wanted.
    pub(super) async fn cluster(
        &mut self,
        wish: &Wish,
        (environment, name): (&str, &str),
    ) -> Result<Option<(String, String)>, CliError> {
        let within = environment;
        if let Some(environment) = self.environment(wish, environment)?
            && let Some(row) = self.cluster_named(wish, &environment, name).await?
        {
            return Ok(Some((environment, text_of(row.get("id")))));
        }
        self.unless_wanted(wish, "Cluster", name, within).map(|_| None)
    }

    /// `User:…` of a service account, by its name, or of anybody by id; none while it is only wanted.
    pub(super) fn principal(&self, wish: &Wish, name: &str) -> Result<Option<String>, CliError> {
        let plain = name.strip_prefix("User:").unwrap_or(name);
        if plain == "*" || PRINCIPALS.iter().any(|prefix| plain.starts_with(prefix)) {
            return Ok(Some(format!("User:{plain}")));
        }
        if let Some(row) = self.account_named(plain) {
            return Ok(Some(format!("User:{}", text_of(row.get("id")))));
        }
        self.unless_wanted(wish, "ServiceAccount", plain, "")
    }

    /// A client of the REST API of a cluster: with the key that is known, with the session, or with a key that lives for
    /// as long as this.
    pub(super) async fn kafka(&mut self, cluster: &str) -> Result<Client, CliError> {
        if let Some(client) = self.kafka.get(cluster) {
            return Ok(client.clone());
        }
        let settings = &self.ctx.settings;
        let client = if self.ctx.kafka_key(cluster).is_some() || settings.token.value.is_some() {
            self.ctx.kafka_rest(cluster)?
        } else {
            let spec = json!({
                "display_name": "weir apply",
                "description": "lives for as long as one weir apply",
                "resource": {"id": cluster},
            });
            let body = json!({"spec": spec});
            let made = self.api.post(&Path::new("/iam/v2/api-keys"), &body).await?;
            let key = text_of(made.get("id"));
            note(&format!("Made API key {key} of cluster {cluster} for as long as this takes."));
            self.keys.push(key.clone());
            self.ctx.client_with(key, text_of(made.pointer("/spec/secret")))?
        };
        self.kafka.insert(cluster.to_owned(), client.clone());
        Ok(client)
    }

    /// Takes note of what was made.
    pub(super) fn made(&mut self, kind: &str, environment: Option<&str>, row: Value) {
        match (kind, environment) {
            ("Environment", _) => self.environments.push(row),
            ("ServiceAccount", _) => self.accounts.push(row),
            ("Cluster", Some(environment)) => {
                self.clusters.entry(environment.to_owned()).or_default().push(row);
            }
            _ => {}
        }
    }

    /// Deletes the keys that were made for this.
    pub(super) async fn close(self) -> Result<(), CliError> {
        for key in &self.keys {
            self.api.delete(&Path::new("/iam/v2/api-keys").segment(key)).await.map_err(
                |error| {
                    CliError::from(error)
                        .suggest(format!("Delete it: `weir api-key delete {key}`."))
                },
            )?;
        }
        Ok(())
    }

    pub(super) fn ctx(&self) -> &Ctx {
        self.ctx
    }

    fn unless_wanted(
        &self,
        wish: &Wish,
        kind: &'static str,
        name: &str,
        within: &str,
    ) -> Result<Option<String>, CliError> {
        let object = Object { kind, name: name.to_owned(), within: within.to_owned() };
        if self.wanted.contains(&object) {
            return Ok(None);
        }
        let message =
            format!("{}: {object} is neither there nor among what is applied", wish.place);
        Err(CliError::usage("apply.unknown", message)
            .suggest("Add a document for it, or correct the name."))
    }
}

async fn all(api: &Client, path: Path) -> Result<Vec<Value>, CliError> {
    let mut list = api.list(&path.query("page_size", "100")).await?;
    Ok(list.get_mut("data").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default())
}

fn is_it(row: &Value, name: &str, pointer: &str) -> bool {
    let says = |value: Option<&Value>| value.and_then(Value::as_str) == Some(name);
    says(row.get("id")) || says(row.pointer(pointer))
}
