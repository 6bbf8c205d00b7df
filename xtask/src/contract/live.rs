//! Answers of a `weir up` in an empty folder, beside what their description promises.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::compare::{Difference, shown};
use super::operation::Operation;
use super::schema;
use super::shape::{Member, Shape};
use crate::build::{self, Profile};
use crate::http::{Answer, Client};
use crate::served::Served;
use crate::workspace;

/// What differences of this kind begin with.
pub(super) const MARK: &str = "live";

pub(super) struct Live {
    pub(super) operations: usize,
    pub(super) answers: usize,
    pub(super) differences: Vec<Difference>,
}

/// Asks every reading operation whose variables can be filled from lists above it.
pub(super) fn compare(
    pairs: &[(Operation<'_>, Operation<'_>)],
    binary: Option<PathBuf>,
) -> Result<Live> {
    let binary = binary.map_or_else(|| build::weir(Profile::Release), Ok)?;
    let folder = workspace::target_dir()?.join("contract");
    let served = Served::start(&binary, &folder, &[])?;
    let mut asker = Asker::new(&served)?;
    asker.prepare()?;
    let mut live = Live { operations: 0, answers: 0, differences: Vec::new() };
    for (their, our) in pairs.iter().filter(|(_, our)| our.method == "get") {
        live.operations += 1;
        let Some(target) = asker.target(our.path)? else { continue };
        let answer = asker.get(&target)?;
        live.answers += 1;
        let found = judge(their, &answer);
        live.differences.extend(
            found
                .into_iter()
                .map(|what| Difference { operation: our.title(), what: format!("{MARK} {what}") }),
        );
    }
    Ok(live)
}

struct Asker<'a> {
    served: &'a Served,
    /// The name of the organisation in patterns of role bindings.
    organization: String,
    control: Client,
    kafka: Client,
}

impl<'a> Asker<'a> {
    fn new(served: &'a Served) -> Result<Self> {
        let (control, kafka) = (served.client(), served.kafka_client());
        let mut asker = Self { served, organization: String::new(), control, kafka };
        let answer = asker.get("/org/v2/organizations")?;
        let body: Value = serde_json::from_slice(&answer.body)?;
        let name = body["data"][0]["metadata"]["resource_name"].as_str();
        name.context("the organisation has no name")?.clone_into(&mut asker.organization);
        Ok(asker)
    }

    /// One of everything that lists show.
    fn prepare(&mut self) -> Result<()> {
        let admin = &self.served.admin;
        let cluster = format!("/kafka/v3/clusters/{}", admin.cluster_id);
        let account =
            self.make("/iam/v2/service-accounts", &json!({ "display_name": "contract" }))?;
        let principal = format!("User:{}", account["id"].as_str().unwrap_or_default());
        let acl = json!({
            "resource_type": "TOPIC", "resource_name": "contract", "pattern_type": "LITERAL",
            "principal": principal, "host": "*", "operation": "READ", "permission": "ALLOW",
        });
        let group = json!({ "group_name": "contract", "cidr_blocks": ["127.0.0.0/8"] });
        let quota = json!({ "spec": {
            "display_name": "contract",
            "throughput": { "ingress_byte_rate": "1000000", "egress_byte_rate": "1000000" },
            "cluster": { "id": admin.cluster_id }, "environment": { "id": admin.environment_id },
            "principals": [{ "id": account["id"] }],
        }});
        self.make("/kafka-quotas/v1/client-quotas", &quota)?;
        self.make("/iam/v2/ip-groups", &group)?;
        self.make(&format!("{cluster}/topics"), &json!({ "topic_name": "contract" }))?;
        self.make(&format!("{cluster}/acls"), &acl).map(drop)
    }

    fn make(&mut self, path: &str, body: &Value) -> Result<Value> {
        let body = body.to_string();
        let answer = self.of(path).call("POST", path, &[], Some(&body))?;
        if !(200..300).contains(&answer.status) {
            bail!("POST {path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        if answer.body.is_empty() {
            Ok(Value::Null)
        } else {
            Ok(serde_json::from_slice(&answer.body)?)
        }
    }

    fn of(&mut self, path: &str) -> &mut Client {
        if path.starts_with("/kafka/v3") { &mut self.kafka } else { &mut self.control }
    }

    fn get(&mut self, path: &str) -> Result<Answer> {
        let sign = if path.contains('?') { '&' } else { '?' };
        let (environment, cluster) =
            (&self.served.admin.environment_id, &self.served.admin.cluster_id);
        let asks = [
            ("/cmk/v2", format!("environment={environment}")),
            ("/srcm/v3", format!("environment={environment}")),
            ("/kafka-quotas/v1", format!("environment={environment}&spec.cluster={cluster}")),
            (
                "/service-quota/v1/applied-quotas",
                format!("scope=KAFKA_CLUSTER&environment={environment}&kafka_cluster={cluster}"),
            ),
            ("/iam/v2/role-bindings", format!("crn_pattern={}/*", self.organization)),
            ("/v2/metrics/cloud/export", format!("resource.kafka.id={cluster}")),
        ];
        let ask = asks.iter().find(|(prefix, _)| path.starts_with(prefix));
        let target =
            ask.map_or_else(|| path.to_owned(), |(_, query)| format!("{path}{sign}{query}"));
        self.of(path).call("GET", &target, &[], None)
    }

    /// A path with its variables filled: the cluster, or the first of the list above. None where that is empty.
    fn target(&mut self, template: &str) -> Result<Option<String>> {
        let mut path = String::new();
        for part in template.split('/').skip(1) {
            let value = match part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                None => part.to_owned(),
                Some("cluster_id") => self.served.admin.cluster_id.clone(),
                Some("dataset") => "cloud".to_owned(),
                Some(name) => match self.first(&path, name)? {
                    Some(value) => value,
                    None => return Ok(None),
                },
            };
            path = format!("{path}/{value}");
        }
        Ok(Some(path))
    }

    fn first(&mut self, list: &str, name: &str) -> Result<Option<String>> {
        let answer = self.get(list)?;
        if answer.status != 200 {
            bail!("GET {list}: {}", answer.status);
        }
        let body: Value =
            serde_json::from_slice(&answer.body).with_context(|| format!("GET {list}"))?;
        let first = &body["data"][0];
        let value = [&first[name], &first["id"]].into_iter().find(|value| !value.is_null());
        Ok(value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    }
}

/// What an answer lacks of what was promised.
fn judge(their: &Operation<'_>, answer: &Answer) -> Vec<String> {
    let status = answer.status;
    let promises = their.answers();
    let Some(promise) = promises.get(&status.to_string()) else {
        return vec![format!("answer {status} is not known there")];
    };
    let mut found = Vec::new();
    let kinds = Operation::kinds(promise);
    if !kinds.is_empty() && !kinds.contains(&answer.kind) {
        found.push(format!("answer {status}: is {}", answer.kind));
    }
    let Some(shape) = their.body(promise) else { return found };
    match serde_json::from_slice(&answer.body) {
        Ok(value) => found.extend(lacks(status, &shape, &value)),
        Err(_) => found.push(format!("answer {status}: is no JSON")),
    }
    found
}

fn lacks(status: u16, shape: &Shape, value: &Value) -> Vec<String> {
    let seen = schema::members(value);
    let mut found = Vec::new();
    for (path, member) in &shape.0 {
        for value in seen.get(path).into_iter().flatten() {
            if let Some(what) = wrong(member, value) {
                found.push(format!("answer {status}: {} {what}", shown(path)));
            }
        }
        if member.required && is_missing(path, &seen) {
            found.push(format!("answer {status}: {} is missing", shown(path)));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether something that a member is always in is there without it.
fn is_missing(path: &str, seen: &BTreeMap<String, Vec<&Value>>) -> bool {
    let Some(parent) = Shape::parent(path) else { return false };
    let name = path.rsplit('.').next().unwrap_or_default();
    let objects = seen.get(parent).into_iter().flatten().filter_map(|value| value.as_object());
    objects.into_iter().any(|object| !object.contains_key(name))
}

fn wrong(member: &Member, value: &Value) -> Option<String> {
    let kind = match value {
        Value::Null if member.nullable || member.types.is_empty() => return None,
        Value::Null => return Some("is null".to_owned()),
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = |one: &String| one == kind || (kind == "integer" && one == "number");
    if !member.types.is_empty() && !member.types.iter().any(fits) {
        return Some(format!("is {kind}"));
    }
    let values = member.values.as_ref().filter(|_| !member.open)?;
    let text = value.as_str()?;
    (!values.contains(text)).then(|| format!("is {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::document::Document;
    use crate::contract::schema::Side;

    #[test]
    fn planted_faults_of_an_answer_are_found() {
        let document = Document::of(json!({}));
        let item = json!({
            "type": "object", "required": ["id"],
            "properties": { "id": { "type": "string" }, "size": { "type": "integer" }, "kind": { "enum": ["A"], "type": "string" } },
        });
        let list = json!({ "type": "object", "properties": { "data": { "type": "array", "items": item } } });
        let shape = schema::shape(&document, &list, Side::Answer);
        let good = json!({ "data": [{ "id": "x", "size": 1, "kind": "A", "more": [] }] });
        assert_eq!(lacks(200, &shape, &good), Vec::<String>::new());
        let bad = json!({ "data": [{ "id": null, "size": "1" }, { "kind": "B" }] });
        let wanted = [
            "answer 200: data[].id is missing",
            "answer 200: data[].id is null",
            "answer 200: data[].kind is B",
            "answer 200: data[].size is string",
        ];
        assert_eq!(lacks(200, &shape, &bad), wanted);
    }
}
