use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ObjectMeta;

/// The owner of everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// `org/v2`
    #[serde(default)]
    pub api_version: String,
    /// `Organization`
    #[serde(default)]
    pub kind: String,
    /// A bare UUID.
    pub id: String,
    /// Links and times.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// The name people read.
    #[serde(default)]
    pub display_name: String,
    /// Whether people are added at their first single sign-on.
    #[serde(default)]
    pub jit_enabled: bool,
}
