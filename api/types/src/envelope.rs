use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an object is and when it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectMeta {
    /// The object's own URL.
    #[serde(rename = "self")]
    pub self_url: String,
    /// The object's CRN.
    #[serde(default)]
    #[schema(required = true)]
    pub resource_name: String,
    /// RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created_at: Option<String>,
    /// RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub updated_at: Option<String>,
    /// RFC 3339, UTC; only while the object is being deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deleted_at: Option<String>,
}

/// Where a page of a list is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListMeta {
    /// The first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<String>,
    /// The next page. Absent on the last one: clients that read `null` as a URL exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<String>,
}

/// One page of objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// Group and version.
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `<Kind>List`.
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// Where this page is.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ListMeta,
    /// The objects.
    pub data: Vec<T>,
}

/// A reference to another object, as the API returns it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectRef {
    /// Id of the other object.
    pub id: String,
    /// Environment of the other object, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub environment: Option<String>,
    /// URL of the other object.
    #[serde(default)]
    #[schema(required = true)]
    pub related: String,
    /// CRN of the other object.
    #[serde(default)]
    #[schema(required = true)]
    pub resource_name: String,
    /// Group and version of the other object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub api_version: Option<String>,
    /// Kind of the other object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<String>,
}

/// A reference to another object, as clients send it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdRef {
    /// Id of the other object.
    pub id: String,
    /// Environment of the other object; some clients send it along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Ignored: the server infers it from the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Ignored: the server infers it from the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Ignored: the server computes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related: Option<String>,
    /// Ignored: the server computes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
}

impl IdRef {
    /// A reference by id alone.
    #[must_use]
    pub fn to(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}
