//! DescribeConfigs, AlterConfigs and IncrementalAlterConfigs (keys 32, 33, 44).

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::Operation;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::incremental_alter_configs_request::AlterableConfig;
use kafka_protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, DescribeConfigsRequest, DescribeConfigsResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, alter_configs_response,
    incremental_alter_configs_response,
};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;
use storage::wal::FsyncPolicy;

use super::allowed;
use super::topic_error::{code_of, text_of};
use crate::cell::{Cell, TopicError};
use crate::partition::{CONFIGS, ConfigDef, ConfigError, ConfigKind, TopicConfig, definition};
use crate::server::{BadRequest, Request};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
/// Set for the topic.
pub(super) const SOURCE_TOPIC: i8 = 1;
const SOURCE_STATIC_BROKER: i8 = 4;
/// Kafka's default.
pub(super) const SOURCE_DEFAULT: i8 = 5;

pub(super) fn describe(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: DescribeConfigsRequest = r.decode()?;
    let results = request
        .resources
        .into_iter()
        .map(|res| {
            let result = DescribeConfigsResult::default()
                .with_resource_type(res.resource_type)
                .with_resource_name(res.resource_name.clone());
            let wanted = |name: &str| {
                res.configuration_keys
                    .as_ref()
                    .is_none_or(|keys| keys.is_empty() || keys.iter().any(|k| k.as_str() == name))
            };
            let operation = Operation::DescribeConfigs;
            if let Err(code) = may(cell, r, operation, res.resource_type, &res.resource_name) {
                return result.with_error_code(code);
            }
            match res.resource_type {
                TOPIC => match cell.topic(r.session.tenant, &res.resource_name) {
                    Some(topic) => {
                        let config = topic.config();
                        let defs = CONFIGS.iter().filter(|d| wanted(d.name));
                        let synonyms = request.include_synonyms;
                        result.with_configs(defs.map(|d| show(&config, d, synonyms)).collect())
                    }
                    None => result.with_error_code(error_code::UNKNOWN_TOPIC_OR_PARTITION),
                },
                BROKER => {
                    let all = broker_configs(cell);
                    result.with_configs(all.into_iter().filter(|c| wanted(&c.name)).collect())
                }
                other => result
                    .with_error_code(error_code::INVALID_REQUEST)
                    .with_error_message(text_of(&format!(
                        "configs of resource type {other} are not served; topics (2) and brokers (4) are"
                    ))),
            }
        })
        .collect();
    r.answer(&DescribeConfigsResponse::default().with_results(results))
}

/// Configurations of brokers are the cluster's.
fn may(
    cell: &Cell,
    r: &Request<'_>,
    operation: Operation,
    resource_type: i8,
    name: &str,
) -> Result<(), i16> {
    match resource_type {
        TOPIC => allowed::on_topic(cell, r.into(), operation, name),
        _ => allowed::on_cluster(cell, r.into(), operation),
    }
}

fn show(config: &TopicConfig, def: &ConfigDef, synonyms: bool) -> DescribeConfigsResourceResult {
    let value = StrBytes::from_string(config.value(def).to_owned());
    let name = StrBytes::from_static_str(def.name);
    let is_set = config.set.contains_key(def.name);
    let synonym = |value, source| {
        DescribeConfigsSynonym::default()
            .with_name(name.clone())
            .with_value(Some(value))
            .with_source(source)
    };
    let mut all = Vec::new();
    if synonyms {
        all.extend(is_set.then(|| synonym(value.clone(), SOURCE_TOPIC)));
        all.push(synonym(StrBytes::from_static_str(def.default), SOURCE_DEFAULT));
    }
    DescribeConfigsResourceResult::default()
        .with_name(name.clone())
        .with_value(Some(value))
        .with_config_source(if is_set { SOURCE_TOPIC } else { SOURCE_DEFAULT })
        .with_synonyms(all)
        .with_config_type(match def.kind {
            ConfigKind::Bool => 1,
            ConfigKind::OneOf(_) | ConfigKind::Text => 2,
            ConfigKind::Long(_) => 5,
            ConfigKind::Ratio => 6,
            ConfigKind::ListOf(_) => 7,
        })
}

/// What an operator looks for first: the id, and whether an acknowledged record survives a power loss.
fn broker_configs(cell: &Cell) -> Vec<DescribeConfigsResourceResult> {
    let s = cell.settings();
    let fsync = match s.fsync {
        FsyncPolicy::Always => "always".to_owned(),
        FsyncPolicy::Interval(ms) => format!("interval ({ms} ms): not durable"),
        FsyncPolicy::Never => "never: not durable".to_owned(),
    };
    [
        ("auto.create.topics.enable", s.auto_create_topics.to_string()),
        ("broker.id", s.broker_id.to_string()),
        ("default.replication.factor", "3".to_owned()),
        ("message.max.bytes", "1048588".to_owned()),
        ("num.partitions", s.partitions_default.to_string()),
        ("weir.fsync", fsync),
    ]
    .into_iter()
    .map(|(name, value)| {
        DescribeConfigsResourceResult::default()
            .with_name(StrBytes::from_static_str(name))
            .with_value(Some(StrBytes::from_string(value)))
            .with_read_only(true)
            .with_config_source(SOURCE_STATIC_BROKER)
            .with_config_type(2)
    })
    .collect()
}

/// Replaces all settings of a topic (deprecated by KIP-339, still used by old tools).
pub(super) async fn replace(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: AlterConfigsRequest = r.decode()?;
    let mut responses = Vec::new();
    for res in request.resources {
        let new: BTreeMap<String, String> = res
            .configs
            .iter()
            .filter_map(|c| Some((c.name.to_string(), c.value.as_ref()?.to_string())))
            .collect();
        let change = move |configs: &mut BTreeMap<String, String>| {
            *configs = new;
            Ok(())
        };
        let only = request.validate_only;
        let made = alter(cell, r, res.resource_type, &res.resource_name, only, change).await;
        let (code, text) = made.err().unwrap_or((error_code::NONE, None));
        responses.push(
            alter_configs_response::AlterConfigsResourceResponse::default()
                .with_resource_type(res.resource_type)
                .with_resource_name(res.resource_name)
                .with_error_code(code)
                .with_error_message(text),
        );
    }
    r.answer(&AlterConfigsResponse::default().with_responses(responses))
}

/// Sets, deletes, appends and subtracts (KIP-339).
pub(super) async fn change(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: IncrementalAlterConfigsRequest = r.decode()?;
    let mut responses = Vec::new();
    for res in request.resources {
        let edits = res.configs.clone();
        let edit = move |configs: &mut BTreeMap<String, String>| {
            edits.iter().try_for_each(|e| apply(configs, e))
        };
        let only = request.validate_only;
        let made = alter(cell, r, res.resource_type, &res.resource_name, only, edit).await;
        let (code, text) = made.err().unwrap_or((error_code::NONE, None));
        responses.push(
            incremental_alter_configs_response::AlterConfigsResourceResponse::default()
                .with_resource_type(res.resource_type)
                .with_resource_name(res.resource_name)
                .with_error_code(code)
                .with_error_message(text),
        );
    }
    r.answer(&IncrementalAlterConfigsResponse::default().with_responses(responses))
}

async fn alter(
    cell: &Arc<Cell>,
    r: &Request<'_>,
    resource_type: i8,
    name: &str,
    validate_only: bool,
    change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), ConfigError> + Send,
) -> Result<(), (i16, Option<StrBytes>)> {
    may(cell, r, Operation::AlterConfigs, resource_type, name).map_err(|code| (code, None))?;
    if resource_type != TOPIC {
        let text = "only configs of topics can be changed; start the broker with other flags";
        return Err((error_code::INVALID_REQUEST, text_of(&text)));
    }
    let changed = cell.change_configs(r.session.tenant, name, validate_only, change).await;
    changed.map_err(|e: TopicError| (code_of(&e), text_of(&e)))
}

fn apply(configs: &mut BTreeMap<String, String>, e: &AlterableConfig) -> Result<(), ConfigError> {
    let name = e.name.to_string();
    let Some(def) = definition(&name) else { return Err(ConfigError::Unknown(name)) };
    let value = e.value.as_ref().map(ToString::to_string).unwrap_or_default();
    let present = configs.get(&name).cloned().unwrap_or_else(|| def.default.to_owned());
    let words = || present.split(',').filter(|w| !w.is_empty());
    match e.config_operation {
        0 => {
            configs.insert(name, value);
        }
        1 => {
            configs.remove(&name);
        }
        2 => {
            let added = value.split(',').filter(|w| !words().any(|p| p == *w));
            let joined = words().chain(added).collect::<Vec<_>>().join(",");
            configs.insert(name, joined);
        }
        3 => {
            let kept = words().filter(|p| !value.split(',').any(|w| w == *p));
            let joined = kept.collect::<Vec<_>>().join(",");
            configs.insert(name, joined);
        }
        other => {
            let reason = format!("operation {other} is not known");
            return Err(ConfigError::Value { name, value, reason });
        }
    }
    Ok(())
}
