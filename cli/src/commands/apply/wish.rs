use std::collections::{BTreeMap, BTreeSet};

use super::fields::Fields;
use super::object::Object;
use crate::error::CliError;

const TIERS: [&str; 5] = ["Basic", "Standard", "Enterprise", "Dedicated", "Freight"];
const CLOUDS: [&str; 3] = ["AWS", "GCP", "AZURE"];
const AVAILABILITIES: [&str; 4] = ["SINGLE_ZONE", "MULTI_ZONE", "LOW", "HIGH"];
const PACKAGES: [&str; 2] = ["ESSENTIALS", "ADVANCED"];
const RESOURCES: [&str; 4] = ["TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID"];
const PATTERNS: [&str; 2] = ["LITERAL", "PREFIXED"];
const PERMISSIONS: [&str; 2] = ["ALLOW", "DENY"];
const KINDS: [&str; 6] =
    ["Environment", "ServiceAccount", "Cluster", "Topic", "RoleBinding", "Acl"];

/// What a document wants, with the place that it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    /// File and document.
    pub(super) place: String,
    /// What it is about.
    pub(super) object: Object,
    /// What is wanted.
    pub(super) of: Of,
}

/// What is wanted. Absent members are left as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Of {
    Environment { governance: Option<&'static str> },
    ServiceAccount { description: Option<String> },
    Cluster(Cluster),
    Topic(Topic),
    RoleBinding(RoleBinding),
    Acl(Acl),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cluster {
    pub(super) environment: String,
    pub(super) cloud: &'static str,
    pub(super) region: String,
    pub(super) tier: Option<&'static str>,
    pub(super) availability: Option<&'static str>,
    pub(super) cku: Option<i64>,
    pub(super) max_ecku: Option<i64>,
    pub(super) deletion_protection: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) environment: String,
    pub(super) cluster: String,
    pub(super) partitions: Option<i64>,
    pub(super) configs: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoleBinding {
    pub(super) principal: String,
    pub(super) role: String,
    pub(super) environment: Option<String>,
    pub(super) cluster: Option<String>,
    /// `topic=orders*`, as CRNs end.
    pub(super) part: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Acl {
    pub(super) environment: String,
    pub(super) cluster: String,
    pub(super) principal: String,
    pub(super) resource: &'static str,
    pub(super) name: String,
    pub(super) pattern: &'static str,
    pub(super) operation: String,
    pub(super) permission: &'static str,
}

/// Reads all documents, in the order in which they can be carried out.
///
/// # Errors
/// Whatever is wrong with a document, by its place and field; the same thing wanted twice.
pub(super) fn wishes(documents: Vec<Fields>) -> Result<Vec<Wish>, CliError> {
    let mut found = documents.into_iter().map(wish).collect::<Result<Vec<_>, _>>()?;
    let mut seen: BTreeSet<&Object> = BTreeSet::new();
    for wish in &found {
        if !seen.insert(&wish.object) {
            let message = format!("{}: {} is wanted twice", wish.place, wish.object);
            return Err(CliError::usage("apply.twice", message));
        }
    }
    found.sort_by_key(|wish| KINDS.iter().position(|kind| *kind == wish.object.kind));
    Ok(found)
}

fn wish(mut fields: Fields) -> Result<Wish, CliError> {
    let place = fields.place().to_owned();
    let kind = fields.maybe_word("kind", &KINDS)?;
    let kind =
        kind.ok_or_else(|| fields.fault("kind", &format!("is required: {}", KINDS.join(", "))))?;
    let (name, within, of) = match kind {
        "Environment" => {
            let name = fields.text("name")?;
            let governance = fields.maybe_word("governance", &PACKAGES)?;
            (name, String::new(), Of::Environment { governance })
        }
        "ServiceAccount" => {
            let name = fields.text("name")?;
            let description = fields.maybe_text("description")?;
            (name, String::new(), Of::ServiceAccount { description })
        }
        "Cluster" => cluster(&mut fields)?,
        "Topic" => topic(&mut fields)?,
        "RoleBinding" => role_binding(&mut fields)?,
        _ => acl(&mut fields)?,
    };
    fields.end()?;
    Ok(Wish { place, object: Object { kind, name, within }, of })
}

type Read = (String, String, Of);

fn cluster(fields: &mut Fields) -> Result<Read, CliError> {
    let (name, environment) = (fields.text("name")?, fields.text("environment")?);
    let cloud = fields.maybe_word("cloud", &CLOUDS)?;
    let cloud = cloud.ok_or_else(|| fields.fault("cloud", "is required"))?;
    let of = Cluster {
        environment: environment.clone(),
        cloud,
        region: fields.text("region")?,
        tier: fields.maybe_word("tier", &TIERS)?,
        availability: fields.maybe_word("availability", &AVAILABILITIES)?,
        cku: fields.maybe_number("cku")?,
        max_ecku: fields.maybe_number("max_ecku")?,
        deletion_protection: fields.maybe_truth("deletion_protection")?,
    };
    Ok((name, environment, Of::Cluster(of)))
}

fn topic(fields: &mut Fields) -> Result<Read, CliError> {
    let (name, environment) = (fields.text("name")?, fields.text("environment")?);
    let cluster = fields.text("cluster")?;
    let within = format!("{environment}/{cluster}");
    let (partitions, configs) = (fields.maybe_number("partitions")?, fields.map("configs")?);
    Ok((name, within, Of::Topic(Topic { environment, cluster, partitions, configs })))
}

fn role_binding(fields: &mut Fields) -> Result<Read, CliError> {
    let (principal, role) = (fields.text("principal")?, fields.text("role")?);
    let environment = fields.maybe_text("environment")?;
    let cluster = fields.maybe_text("cluster")?;
    let mut part = None;
    for (field, step) in
        [("topic", "topic"), ("group", "group"), ("transactional_id", "transactional-id")]
    {
        let Some(name) = fields.maybe_text(field)? else { continue };
        if part.is_some() {
            return Err(fields.fault(field, "cannot stand beside another part of the cluster"));
        }
        part = Some(format!("{step}={name}"));
    }
    if cluster.is_some() && environment.is_none() {
        return Err(fields.fault("environment", "is required with a cluster"));
    }
    if part.is_some() && cluster.is_none() {
        return Err(fields.fault("cluster", "is required with a topic, group or transactional_id"));
    }
    let steps = [&environment, &cluster, &part].map(|step| step.as_deref());
    let within = steps.into_iter().flatten().collect::<Vec<_>>().join("/");
    let name = format!("{role} of {principal}");
    Ok((name, within, Of::RoleBinding(RoleBinding { principal, role, environment, cluster, part })))
}

fn acl(fields: &mut Fields) -> Result<Read, CliError> {
    let (environment, cluster) = (fields.text("environment")?, fields.text("cluster")?);
    let resource = fields.maybe_word("resource", &RESOURCES)?.unwrap_or("TOPIC");
    let name = match resource {
        "CLUSTER" => fields.maybe_text("name")?.unwrap_or_else(|| "kafka-cluster".to_owned()),
        _ => fields.text("name")?,
    };
    let of = Acl {
        principal: fields.text("principal")?,
        resource,
        name,
        pattern: fields.maybe_word("pattern", &PATTERNS)?.unwrap_or("LITERAL"),
        operation: fields.text("operation")?.to_uppercase(),
        permission: fields.maybe_word("permission", &PERMISSIONS)?.unwrap_or("ALLOW"),
        environment,
        cluster,
    };
    let stars = if of.pattern == "PREFIXED" { "*" } else { "" };
    let (permission, operation, principal) = (of.permission, &of.operation, &of.principal);
    let title = format!("{permission} {operation} {resource} {}{stars} to {principal}", of.name);
    Ok((title, format!("{}/{}", of.environment, of.cluster), Of::Acl(of)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Result<Vec<Wish>, CliError> {
        let documents = texts.iter().enumerate().map(|(index, text)| {
            let mapping = serde_yaml_ng::from_str(text).unwrap();
            Fields::new(format!("f.yaml, document {}", index + 1), mapping)
        });
        wishes(documents.collect())
    }

    #[test]
    fn what_others_need_comes_first() {
        let found = read(&[
            "{kind: Topic, name: t, environment: e, cluster: c, configs: {retention.ms: 5}}",
            "{kind: cluster, name: c, environment: e, cloud: aws, region: r, tier: BASIC}",
            "{kind: Environment, name: e}",
        ])
        .unwrap();
        let kinds: Vec<&str> = found.iter().map(|wish| wish.object.kind).collect();
        assert_eq!(kinds, ["Environment", "Cluster", "Topic"]);
        let Of::Topic(topic) = &found[2].of else { panic!() };
        assert_eq!(topic.configs["retention.ms"], "5");
        assert_eq!(found[2].object.to_string(), "Topic t in e/c");
        assert_eq!(found[2].place, "f.yaml, document 1");
    }

    #[test]
    fn mistakes_name_document_and_field() {
        for (text, expected) in [
            ("{kind: Environment}", "document 1: name is required"),
            ("{name: x}", "document 1: kind is required"),
            ("{kind: Broker, name: x}", "document 1: kind must be one of"),
            ("{kind: Environment, name: x, goverance: ADVANCED}", "goverance is no field"),
            (
                "{kind: Topic, name: t, environment: e, cluster: c, partitions: many}",
                "partitions must be a whole number",
            ),
            (
                "{kind: Cluster, name: c, environment: e, cloud: moon, region: r}",
                "cloud must be one of AWS, GCP, AZURE",
            ),
            ("{kind: RoleBinding, principal: a, role: r, cluster: c}", "environment is required"),
            (
                "{kind: RoleBinding, principal: a, role: r, environment: e, cluster: c, topic: t, group: g}",
                "group cannot stand",
            ),
        ] {
            let error = read(&[text]).unwrap_err();
            assert!(error.message.contains(expected), "{text}: {}", error.message);
        }
        let twice = read(&["{kind: Environment, name: x}"; 2]).unwrap_err();
        assert_eq!(twice.message, "f.yaml, document 2: Environment x is wanted twice");
        let close = read(&["{kind: Environment, name: x, goverance: ADVANCED}"]).unwrap_err();
        assert_eq!(close.suggestions, ["Did you mean `governance`?"]);
    }
}
