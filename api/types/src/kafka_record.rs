use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A record to write.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct RecordCreate {
    /// Where to. Default: by the key, as Kafka's clients do; without a key, anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_id: Option<i32>,
    /// In order; names may repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<RecordHeader>>,
    /// Default: null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<RecordData>,
    /// Default: null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<RecordData>,
    /// RFC 3339. Default: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
}

/// A header of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordHeader {
    /// Its name.
    pub name: String,
    /// Base64, or null.
    #[serde(default)]
    pub value: Option<String>,
}

/// A key or a value.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct RecordData {
    /// `BINARY` (the default): base64 of the bytes; `STRING`: a text; `JSON`: anything, written as it is.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub data_type: Option<String>,
    /// What to write; null is null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub data: Option<Box<RawValue>>,
    /// Schemas are not served yet: a record that names one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<i32>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<i32>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// What became of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordReport {
    /// 200: it is written and durable. Else it is not acknowledged.
    pub error_code: i32,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
    /// `lkc-…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cluster_id: Option<String>,
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub topic_name: Option<String>,
    /// The partition that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub partition_id: Option<i32>,
    /// Its place there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offset: Option<i64>,
    /// Its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub timestamp: Option<String>,
    /// Its key, if it was given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub key: Option<RecordSize>,
    /// Its value, if it was given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub value: Option<RecordSize>,
}

/// How a key or value was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordSize {
    /// `BINARY`, `STRING` or `JSON`
    #[serde(rename = "type")]
    pub data_type: String,
    /// Its bytes in the topic.
    pub size: u64,
}
