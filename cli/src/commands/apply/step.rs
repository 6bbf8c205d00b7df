use std::collections::BTreeMap;

use api_client::Path;
use common_errors::ErrorKind;
use common_types::crn;
use serde_json::{Value, json};

use super::wish::{Acl, Cluster, Of, RoleBinding, Topic, Wish};
use super::world::World;
use crate::error::CliError;
use crate::output::text_of;

/// What is to be done for a wish.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Step {
    pub(super) action: Action,
    /// `partitions: 3 -> 6`.
    pub(super) changes: Vec<String>,
    /// How; none while something that it needs is only wanted.
    pub(super) calls: Option<Vec<Call>>,
}

/// What happens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Action {
    #[default]
    Unchanged,
    Create,
    Update,
}

impl Action {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Create => "create",
            Self::Update => "update",
        }
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// Of which cluster's REST API; none for the control plane.
    pub(super) cluster: Option<String>,
    pub(super) is_post: bool,
    pub(super) path: Path,
    pub(super) body: Value,
    /// How it is asked whether it would succeed.
    pub(super) check: Check,
}

/// How it is asked whether a request would succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// `?dry_run=true`.
    DryRun,
    /// `"validate_only": true` in the body.
    ValidateOnly,
    /// Not at all.
    Never,
}

impl Step {
    fn create(call: Option<Call>) -> Self {
        let calls = call.map(|call| vec![call]);
        Self { action: Action::Create, changes: Vec::new(), calls }
    }

    /// An update, where anything differs.
    fn update(changes: Vec<String>, calls: Vec<Call>) -> Self {
        if changes.is_empty() {
            return Self { calls: Some(Vec::new()), ..Self::default() };
        }
        Self { action: Action::Update, changes, calls: Some(calls) }
    }
}

fn control(is_post: bool, path: Path, body: Value) -> Call {
    Call { cluster: None, is_post, path, body, check: Check::DryRun }
}

/// Compares a wish with what is there.
///
/// # Errors
/// What it names is not there; what cannot change differs; the API. Each says the place of the wish.
pub(super) async fn step(world: &mut World<'_>, wish: &Wish) -> Result<Step, CliError> {
    let done = match &wish.of {
        Of::Environment { governance } => Ok(environment(world, wish, *governance)),
        Of::ServiceAccount { description } => Ok(account(world, wish, description.as_deref())),
        Of::Cluster(wanted) => cluster(world, wish, wanted).await,
        Of::Topic(wanted) => topic(world, wish, wanted).await,
        Of::RoleBinding(wanted) => role_binding(world, wish, wanted).await,
        Of::Acl(wanted) => acl(world, wish, wanted).await,
    };
    done.map_err(|error| at(wish, error))
}

/// The same error with the place of the wish before it.
pub(super) fn at(wish: &Wish, mut error: CliError) -> CliError {
    if !error.message.starts_with(&wish.place) {
        error.message = format!("{}: {}: {}", wish.place, wish.object, error.message);
    }
    error
}

fn environment(world: &World<'_>, wish: &Wish, governance: Option<&str>) -> Step {
    let path = Path::new("/org/v2/environments");
    let package = governance.map(|package| json!({"package": package}));
    let Some(row) = world.environment_named(&wish.object.name) else {
        let mut body = json!({"display_name": wish.object.name});
        if let Some(package) = package {
            body["stream_governance_config"] = package;
        }
        return Step::create(Some(control(true, path, body)));
    };
    let mut changes = Vec::new();
    differs(&mut changes, row, "governance", "/stream_governance_config/package", governance);
    let path = path.segment(&text_of(row.get("id")));
    Step::update(changes, vec![control(false, path, json!({"stream_governance_config": package}))])
}

fn account(world: &World<'_>, wish: &Wish, description: Option<&str>) -> Step {
    let path = Path::new("/iam/v2/service-accounts");
    let Some(row) = world.account_named(&wish.object.name) else {
        let description = description.unwrap_or_default();
        let body = json!({"display_name": wish.object.name, "description": description});
        return Step::create(Some(control(true, path, body)));
    };
    let mut changes = Vec::new();
    differs(&mut changes, row, "description", "/description", description);
    let path = path.segment(&text_of(row.get("id")));
    Step::update(changes, vec![control(false, path, json!({"description": description}))])
}

async fn cluster(world: &mut World<'_>, wish: &Wish, it: &Cluster) -> Result<Step, CliError> {
    let Some(environment) = world.environment(wish, &it.environment)? else {
        return Ok(Step::create(None));
    };
    let path = Path::new("/cmk/v2/clusters");
    let here = json!({"id": environment});
    let Some(row) = world.cluster_named(wish, &environment, &wish.object.name).await? else {
        let spec = json!({
            "display_name": wish.object.name,
            "environment": here,
            "cloud": it.cloud,
            "region": it.region,
            "availability": it.availability.unwrap_or("SINGLE_ZONE"),
            "config": sized(it, it.tier.unwrap_or("Basic")),
            "deletion_protection": it.deletion_protection.unwrap_or(false),
        });
        return Ok(Step::create(Some(control(true, path, json!({"spec": spec})))));
    };
    let (mut changes, mut spec) = (Vec::new(), json!({"environment": here}));
    for (field, wanted) in [
        ("cloud", Some(it.cloud)),
        ("region", Some(it.region.as_str())),
        ("availability", it.availability),
    ] {
        if differs(&mut changes, &row, field, &format!("/spec/{field}"), wanted) {
            spec[field] = json!(wanted);
        }
    }
    let before = changes.len();
    let (cku, max_ecku) = (it.cku.map(|n| n.to_string()), it.max_ecku.map(|n| n.to_string()));
    differs(&mut changes, &row, "tier", "/spec/config/kind", it.tier);
    differs(&mut changes, &row, "cku", "/spec/config/cku", cku.as_deref());
    differs(&mut changes, &row, "max_ecku", "/spec/config/max_ecku", max_ecku.as_deref());
    if changes.len() > before {
        let tier = text_of(row.pointer("/spec/config/kind"));
        spec["config"] = sized(it, it.tier.unwrap_or(&tier));
    }
    let protection = it.deletion_protection.map(|it| it.to_string());
    if differs(
        &mut changes,
        &row,
        "deletion_protection",
        "/spec/deletion_protection",
        protection.as_deref(),
    ) {
        spec["deletion_protection"] = json!(it.deletion_protection);
    }
    let path = path.segment(&text_of(row.get("id")));
    Ok(Step::update(changes, vec![control(false, path, json!({"spec": spec}))]))
}

fn sized(it: &Cluster, tier: &str) -> Value {
    let mut config = json!({"kind": tier});
    if let Some(cku) = it.cku {
        config["cku"] = json!(cku);
    }
    if let Some(max_ecku) = it.max_ecku {
        config["max_ecku"] = json!(max_ecku);
    }
    config
}

async fn topic(world: &mut World<'_>, wish: &Wish, it: &Topic) -> Result<Step, CliError> {
    let Some((_, cluster)) = world.cluster(wish, (&it.environment, &it.cluster)).await? else {
        return Ok(Step::create(None));
    };
    let kafka = world.kafka(&cluster).await?;
    let path = Path::new("/kafka/v3/clusters").segment(&cluster).literal("topics");
    let of_cluster = |is_post, path, body, check| Call {
        cluster: Some(cluster.clone()),
        is_post,
        path,
        body,
        check,
    };
    let one = path.clone().segment(&wish.object.name);
    let row = match kafka.get(&one).await.map_err(CliError::from) {
        Ok(row) => row,
        Err(error) if error.kind == ErrorKind::NotFound => {
            let mut body = json!({"topic_name": wish.object.name});
            if let Some(partitions) = it.partitions {
                body["partitions_count"] = json!(partitions);
            }
            body["configs"] = named(&it.configs, None);
            let call = of_cluster(true, path, body, Check::ValidateOnly);
            return Ok(Step::create(Some(call)));
        }
        Err(error) => return Err(error),
    };
    let (mut changes, mut calls) = (Vec::new(), Vec::new());
    let there = row.get("partitions_count").and_then(Value::as_i64).unwrap_or_default();
    if let Some(partitions) = it.partitions.filter(|wanted| *wanted != there) {
        if partitions < there {
            let message = format!("partitions can only grow, and there are {there}");
            return Err(CliError::usage("apply.partitions", message)
                .suggest("Records would be lost: make another topic, or correct the number."));
        }
        changes.push(format!("partitions: {there} -> {partitions}"));
        let body = json!({"partitions_count": partitions});
        calls.push(of_cluster(false, one.clone(), body, Check::Never));
    }
    if !it.configs.is_empty() {
        let found = kafka.get(&one.clone().literal("configs")).await?;
        let other = unlike(&found, &it.configs);
        changes.extend(other.values().map(|(line, _)| line.clone()));
        let wanted: BTreeMap<String, String> =
            other.into_iter().map(|(name, (_, value))| (name, value)).collect();
        let body = json!({"data": named(&wanted, Some("SET"))});
        if !wanted.is_empty() {
            let path = one.literal("configs:alter");
            calls.push(of_cluster(true, path, body, Check::ValidateOnly));
        }
    }
    Ok(Step::update(changes, calls))
}

/// Configurations that have other values than these, each as a line of the plan and with its wanted value.
fn unlike(found: &Value, wanted: &BTreeMap<String, String>) -> BTreeMap<String, (String, String)> {
    let rows = found.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let value_of = |name: &str| {
        let row = rows.iter().find(|row| row.get("name").and_then(Value::as_str) == Some(name));
        text_of(row.and_then(|row| row.get("value")))
    };
    let differs = |(name, value): (&String, &String)| {
        let there = value_of(name);
        let line = format!("configs.{name}: {there} -> {value}");
        (there != *value).then(|| (name.clone(), (line, value.clone())))
    };
    wanted.iter().filter_map(differs).collect()
}

fn named(configs: &BTreeMap<String, String>, operation: Option<&str>) -> Value {
    let entry = |(name, value): (&String, &String)| match operation {
        Some(operation) => json!({"name": name, "value": value, "operation": operation}),
        None => json!({"name": name, "value": value}),
    };
    configs.iter().map(entry).collect()
}

async fn role_binding(
    world: &mut World<'_>,
    wish: &Wish,
    it: &RoleBinding,
) -> Result<Step, CliError> {
    let scope = match (&it.environment, &it.cluster) {
        (Some(environment), Some(cluster)) => world
            .cluster(wish, (environment, cluster))
            .await?
            .map(|(env, lkc)| (Some(env), Some(lkc))),
        (Some(environment), None) => {
            world.environment(wish, environment)?.map(|env| (Some(env), None))
        }
        (None, _) => Some((None, None)),
    };
    let principal = world.principal(wish, &it.principal)?;
    let (Some(scope), Some(principal)) = (scope, principal) else { return Ok(Step::create(None)) };
    let org = world.organization();
    let pattern = match (&scope.0, &scope.1, &it.part) {
        (Some(env), Some(lkc), Some(part)) => {
            format!("{}/{part}", crn::kafka_cluster(org, env, lkc))
        }
        (Some(env), Some(lkc), None) => crn::cloud_cluster(org, env, lkc),
        (Some(env), None, _) => crn::environment(org, env),
        (None, ..) => crn::organization(org),
    };
    let path = Path::new("/iam/v2/role-bindings");
    let same = path
        .clone()
        .query("crn_pattern", &pattern)
        .query("principal", &principal)
        .query("role_name", &it.role);
    if has_any(&world.api.get(&same).await?) {
        return Ok(Step::update(Vec::new(), Vec::new()));
    }
    let body = json!({"principal": principal, "role_name": it.role, "crn_pattern": pattern});
    Ok(Step::create(Some(control(true, path, body))))
}

async fn acl(world: &mut World<'_>, wish: &Wish, it: &Acl) -> Result<Step, CliError> {
    let cluster = world.cluster(wish, (&it.environment, &it.cluster)).await?;
    let principal = world.principal(wish, &it.principal)?;
    let (Some((_, cluster)), Some(principal)) = (cluster, principal) else {
        return Ok(Step::create(None));
    };
    let members = [
        ("resource_type", it.resource),
        ("resource_name", it.name.as_str()),
        ("pattern_type", it.pattern),
        ("principal", principal.as_str()),
        ("host", "*"),
        ("operation", it.operation.as_str()),
        ("permission", it.permission),
    ];
    let path = Path::new("/kafka/v3/clusters").segment(&cluster).literal("acls");
    let same = members.iter().fold(path.clone(), |path, (name, value)| path.query(name, value));
    if has_any(&world.kafka(&cluster).await?.get(&same).await?) {
        return Ok(Step::update(Vec::new(), Vec::new()));
    }
    let body = members.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let (cluster, check) = (Some(cluster), Check::Never);
    Ok(Step::create(Some(Call { cluster, is_post: true, path, body: Value::Object(body), check })))
}

fn has_any(list: &Value) -> bool {
    list.get("data").and_then(Value::as_array).is_some_and(|rows| !rows.is_empty())
}

/// Notes a difference, where something else is wanted than is there.
fn differs(
    changes: &mut Vec<String>,
    row: &Value,
    field: &str,
    pointer: &str,
    wanted: Option<&str>,
) -> bool {
    let there = text_of(row.pointer(pointer));
    let Some(wanted) = wanted.filter(|wanted| *wanted != there) else { return false };
    changes
        .push(format!("{field}: {} -> {wanted}", if there.is_empty() { "none" } else { &there }));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wanted_and_differs_is_a_change() {
        let row = json!({"spec": {"region": "a", "config": {"cku": 2}}});
        let mut changes = Vec::new();
        assert!(!differs(&mut changes, &row, "region", "/spec/region", None));
        assert!(!differs(&mut changes, &row, "region", "/spec/region", Some("a")));
        assert!(!differs(&mut changes, &row, "cku", "/spec/config/cku", Some("2")));
        assert!(differs(&mut changes, &row, "region", "/spec/region", Some("b")));
        assert!(differs(&mut changes, &row, "tier", "/spec/config/kind", Some("Basic")));
        assert_eq!(changes, ["region: a -> b", "tier: none -> Basic"]);
    }

    #[test]
    fn configs_that_are_as_wanted_are_left_alone() {
        let found =
            json!({"data": [{"name": "retention.ms", "value": "5"}, {"name": "x", "value": "1"}]});
        let wanted = [("retention.ms", "5"), ("cleanup.policy", "delete"), ("x", "2")];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let other: Vec<String> = unlike(&found, &wanted).into_values().map(|it| it.0).collect();
        assert_eq!(other, ["configs.cleanup.policy:  -> delete", "configs.x: 1 -> 2"]);
    }
}
