//! The messages of etcd's JSON gateway that are used here. Bytes travel as base64, and 64-bit numbers as
//! text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Keys and values.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Raw(pub(crate) Vec<u8>);

/// A 64-bit number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Int(pub(crate) i64);

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Range {
    pub(crate) key: Raw,
    #[serde(skip_serializing_if = "Raw::is_empty")]
    pub(crate) range_end: Raw,
    pub(crate) limit: Int,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Put {
    pub(crate) key: Raw,
    pub(crate) value: Raw,
    pub(crate) lease: Int,
    /// Keeps the value, and takes the key off its lease.
    pub(crate) ignore_value: bool,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DeleteRange {
    pub(crate) key: Raw,
    #[serde(skip_serializing_if = "Raw::is_empty")]
    pub(crate) range_end: Raw,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the names of the protocol")]
pub(crate) enum Request {
    RequestRange(Range),
    RequestPut(Put),
    RequestDeleteRange(DeleteRange),
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Compare {
    pub(crate) key: Raw,
    pub(crate) result: &'static str,
    #[serde(flatten)]
    pub(crate) target: Target,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "target", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Target {
    Create { create_revision: Int },
    Mod { mod_revision: Int },
    Value { value: Raw },
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Txn {
    pub(crate) compare: Vec<Compare>,
    pub(crate) success: Vec<Request>,
    pub(crate) failure: Vec<Request>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LeaseGrant {
    #[serde(rename = "TTL")]
    pub(crate) ttl: Int,
}

#[derive(Debug, Serialize)]
pub(crate) struct Authenticate<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Header {
    pub(crate) revision: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct KeyValue {
    pub(crate) key: Raw,
    pub(crate) value: Raw,
    pub(crate) mod_revision: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Found {
    pub(crate) kvs: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Response {
    pub(crate) response_range: Option<Found>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TxnReply {
    pub(crate) header: Header,
    pub(crate) succeeded: bool,
    pub(crate) responses: Vec<Response>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PutReply {}

#[derive(Debug, Deserialize)]
pub(crate) struct Lease {
    #[serde(rename = "ID")]
    pub(crate) id: Int,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Token {
    pub(crate) token: String,
}

/// What comes instead of a reply.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refusal {
    pub(crate) code: Option<u32>,
    pub(crate) message: String,
    pub(crate) error: String,
}

impl Raw {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Raw {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_what_the_gateway_reads_and_writes() {
        let txn = Txn {
            compare: vec![Compare {
                key: Raw(b"k".to_vec()),
                result: "EQUAL",
                target: Target::Mod { mod_revision: Int(7) },
            }],
            success: vec![Request::RequestPut(Put {
                key: Raw(b"k".to_vec()),
                value: Raw(b"v".to_vec()),
                ..Put::default()
            })],
            failure: Vec::new(),
        };
        assert_eq!(
            serde_json::to_string(&txn).unwrap(),
            r#"{"compare":[{"key":"aw==","result":"EQUAL","target":"MOD","mod_revision":"7"}],"success":[{"request_put":{"key":"aw==","value":"dg==","lease":"0","ignore_value":false}}],"failure":[]}"#
        );
        let reply: TxnReply = serde_json::from_str(
            r#"{"header":{"cluster_id":"1","revision":"9"},"responses":[{"response_range":{"kvs":[{"key":"aw==","mod_revision":"7","version":"1"}],"count":"1"}}]}"#,
        )
        .unwrap();
        assert!(!reply.succeeded);
        let found = reply.responses[0].response_range.as_ref().unwrap();
        assert_eq!((found.kvs[0].mod_revision, &found.kvs[0].key.0[..]), (Int(7), &b"k"[..]));
    }
}
