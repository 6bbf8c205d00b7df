use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{IdRef, ObjectMeta, ObjectRef};

/// Blocks of addresses under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IpGroup {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `IpGroup`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `ipg-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Unique within the organisation, at most 64 characters.
    pub group_name: String,
    /// 1 to 25 blocks like `192.0.2.0/24` or `2001:db8::/32`.
    pub cidr_blocks: Vec<String>,
}

/// What a client sends to make or change a group of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IpGroupRequest {
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr_blocks: Option<Vec<String>>,
}

/// From where the control plane of an organisation may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IpFilter {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `IpFilter`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `ipf-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Unique within the organisation, at most 64 characters.
    pub filter_name: String,
    /// `management` or `multiple`.
    pub resource_group: String,
    /// The CRN of the organisation.
    pub resource_scope: String,
    /// `MANAGEMENT`.
    pub operation_groups: Vec<String>,
    /// Whoever is in one of them may ask.
    pub ip_groups: Vec<ObjectRef>,
}

/// What a client sends to make or change a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IpFilterRequest {
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_name: Option<String>,
    /// `management`, or `multiple` with operation groups; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_group: Option<String>,
    /// The CRN of the organisation, which is what an absent one means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_scope: Option<String>,
    /// `MANAGEMENT`; others are not filtered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_groups: Option<Vec<String>>,
    /// 1 to 25 groups of addresses; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_groups: Option<Vec<IdRef>>,
}

/// What is open and what is filtered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IpFilterSummary {
    /// `iam/v2`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `IpFilterSummary`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// The scope that was asked for.
    pub scope: String,
    /// Operation groups by category.
    pub categories: Vec<IpFilterCategory>,
}

/// Operation groups that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IpFilterCategory {
    /// `management`.
    pub name: String,
    /// `OPEN` or `LIMITED`.
    pub status: String,
    /// Its operation groups.
    pub operation_groups: Vec<IpFilterOperations>,
}

/// One operation group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IpFilterOperations {
    /// `MANAGEMENT`.
    pub name: String,
    /// `OPEN` or `LIMITED`.
    pub status: String,
}
