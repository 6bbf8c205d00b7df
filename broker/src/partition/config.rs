//! Topic settings: names, defaults, and what may be set.

use std::collections::BTreeMap;

/// One setting of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigDef {
    /// Kafka's name.
    pub name: &'static str,
    /// Kafka's default.
    pub default: &'static str,
    /// What values look like.
    pub kind: ConfigKind,
    /// Whether Weir acts on it. Others are kept and shown, so that tools of Kafka work.
    pub has_effect: bool,
}

/// What values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigKind {
    /// A whole number not below a minimum.
    Long(i64),
    /// A fraction from 0 to 1.
    Ratio,
    /// `true` or `false`.
    Bool,
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A list of words, each one of some.
    ListOf(&'static [&'static str]),
    /// Free text.
    Text,
}

const fn def(name: &'static str, default: &'static str, kind: ConfigKind, e: bool) -> ConfigDef {
    ConfigDef { name, default, kind, has_effect: e }
}

use ConfigKind::{Bool, ListOf, Long, OneOf, Ratio, Text};

/// All settings of a topic, by name.
pub const CONFIGS: &[ConfigDef] = &[
    def("cleanup.policy", "delete", ListOf(&["delete", "compact"]), true),
    def("compression.gzip.level", "-1", Long(-1), false),
    def("compression.lz4.level", "9", Long(1), false),
    def(
        "compression.type",
        "producer",
        OneOf(&["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"]),
        true,
    ),
    def("compression.zstd.level", "3", Long(-131_072), false),
    def("delete.retention.ms", "86400000", Long(0), false),
    def("file.delete.delay.ms", "60000", Long(0), false),
    def("flush.messages", "9223372036854775807", Long(1), false),
    def("flush.ms", "9223372036854775807", Long(0), false),
    def("follower.replication.throttled.replicas", "", Text, false),
    def("index.interval.bytes", "4096", Long(0), false),
    def("leader.replication.throttled.replicas", "", Text, false),
    def("local.retention.bytes", "-2", Long(-2), false),
    def("local.retention.ms", "-2", Long(-2), false),
    def("max.compaction.lag.ms", "9223372036854775807", Long(1), false),
    def("max.message.bytes", "1048588", Long(0), true),
    def("message.timestamp.after.max.ms", "3600000", Long(0), true),
    def("message.timestamp.before.max.ms", "9223372036854775807", Long(0), true),
    def("message.timestamp.type", "CreateTime", OneOf(&["CreateTime", "LogAppendTime"]), true),
    def("min.cleanable.dirty.ratio", "0.5", Ratio, false),
    def("min.compaction.lag.ms", "0", Long(0), false),
    def("min.insync.replicas", "1", Long(1), false),
    def("preallocate", "false", Bool, false),
    def("remote.storage.enable", "false", Bool, false),
    def("retention.bytes", "-1", Long(-1), true),
    def("retention.ms", "604800000", Long(-1), true),
    def("segment.bytes", "1073741824", Long(14), false),
    def("segment.index.bytes", "10485760", Long(4), false),
    def("segment.jitter.ms", "0", Long(0), false),
    def("segment.ms", "604800000", Long(1), false),
    def("unclean.leader.election.enable", "false", Bool, false),
];

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No such setting.
    #[error("unknown topic config {0:?}")]
    Unknown(String),
    /// Not what the setting takes.
    #[error("invalid value {value:?} for topic config {name}: {reason}")]
    Value {
        /// The setting.
        name: String,
        /// The value.
        value: String,
        /// What it takes.
        reason: String,
    },
    /// Log compaction.
    #[error(
        "cleanup.policy=compact is refused: log compaction is not built yet and the topic would grow for ever; use cleanup.policy=delete"
    )]
    Compact,
    /// Compression by the server.
    #[error(
        "compression.type={0} is refused: Weir stores batches as the producer compressed them; use compression.type=producer and set the codec in the producer"
    )]
    Compression(String),
}

/// The settings that the hot path reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicConfig {
    /// What was set, by name.
    pub set: BTreeMap<String, String>,
    /// Age at which records go, or none.
    pub retention_ms: Option<i64>,
    /// Bytes per partition above which the oldest go, or none.
    pub retention_bytes: Option<u64>,
    /// Largest batch.
    pub max_message_bytes: usize,
    /// Whether the server stamps records.
    pub log_append_time: bool,
    /// How far in the past a timestamp may lie.
    pub before_max_ms: i64,
    /// How far in the future a timestamp may lie.
    pub after_max_ms: i64,
}

impl TopicConfig {
    /// Checks settings and reads the ones that matter.
    ///
    /// # Errors
    /// The first setting that is unknown, malformed or not offered.
    pub fn parse(set: BTreeMap<String, String>) -> Result<Self, ConfigError> {
        for (name, value) in &set {
            let Some(def) = definition(name) else {
                return Err(ConfigError::Unknown(name.clone()));
            };
            def.check(value)?;
        }
        let long = |name: &str| {
            let text = set.get(name).map_or_else(|| default_of(name), String::as_str);
            text.parse::<i64>().unwrap_or(i64::MAX)
        };
        let limit = |name: &str| Some(long(name)).filter(|n| *n >= 0);
        Ok(Self {
            retention_ms: limit("retention.ms"),
            retention_bytes: limit("retention.bytes").and_then(|n| u64::try_from(n).ok()),
            max_message_bytes: usize::try_from(long("max.message.bytes")).unwrap_or(usize::MAX),
            log_append_time: set
                .get("message.timestamp.type")
                .is_some_and(|t| t == "LogAppendTime"),
            before_max_ms: long("message.timestamp.before.max.ms"),
            after_max_ms: long("message.timestamp.after.max.ms"),
            set,
        })
    }

    /// The value in force.
    #[must_use]
    pub fn value<'a>(&'a self, def: &ConfigDef) -> &'a str {
        self.set.get(def.name).map_or(def.default, String::as_str)
    }
}

/// The definition of a setting.
#[must_use]
pub fn definition(name: &str) -> Option<&'static ConfigDef> {
    CONFIGS.binary_search_by_key(&name, |d| d.name).ok().map(|i| &CONFIGS[i])
}

fn default_of(name: &str) -> &'static str {
    definition(name).map_or("", |d| d.default)
}

impl ConfigDef {
    fn check(&self, value: &str) -> Result<(), ConfigError> {
        let refuse = |reason: String| {
            let (name, value) = (self.name.to_owned(), value.to_owned());
            Err(ConfigError::Value { name, value, reason })
        };
        match self.kind {
            Long(min) => match value.parse::<i64>() {
                Ok(n) if n >= min => {}
                _ => return refuse(format!("a whole number from {min} on")),
            },
            Ratio => match value.parse::<f64>() {
                Ok(n) if (0.0..=1.0).contains(&n) => {}
                _ => return refuse("a number from 0 to 1".into()),
            },
            Bool if !["true", "false"].contains(&value) => return refuse("true or false".into()),
            OneOf(words) if !words.contains(&value) => {
                return refuse(format!("one of {}", words.join(", ")));
            }
            ListOf(words) if !value.split(',').all(|w| words.contains(&w.trim())) => {
                return refuse(format!("a list of {}", words.join(", ")));
            }
            Bool | OneOf(_) | ListOf(_) | Text => {}
        }
        if self.name == "cleanup.policy" && value.contains("compact") {
            return Err(ConfigError::Compact);
        }
        if self.name == "compression.type" && value != "producer" {
            return Err(ConfigError::Compression(value.to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, value: &str) -> Result<TopicConfig, ConfigError> {
        TopicConfig::parse(BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn table_is_sorted_and_its_defaults_are_valid() {
        assert!(CONFIGS.windows(2).all(|w| w[0].name < w[1].name));
        assert!(CONFIGS.iter().all(|d| d.check(d.default).is_ok()));
    }

    #[test]
    fn what_does_not_work_is_refused_with_the_reason() {
        assert_eq!(parse("cleanup.policy", "compact,delete"), Err(ConfigError::Compact));
        assert_eq!(parse("compression.type", "zstd"), Err(ConfigError::Compression("zstd".into())));
        assert_eq!(
            parse("retention.msec", "1"),
            Err(ConfigError::Unknown("retention.msec".into()))
        );
        assert!(matches!(parse("retention.ms", "-2"), Err(ConfigError::Value { .. })));
    }

    #[test]
    fn no_limit_is_none() {
        let c = parse("retention.ms", "-1").unwrap();
        assert_eq!((c.retention_ms, c.retention_bytes), (None, None));
        assert_eq!(c.max_message_bytes, 1_048_588);
    }
}
