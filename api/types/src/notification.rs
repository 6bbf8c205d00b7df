use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{IdRef, ObjectMeta, ObjectRef};

/// Where notifications go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationIntegration {
    /// `notifications/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Integration`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `int-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// Unique within the organisation, at most 64 characters.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// Where they go.
    pub target: NotificationTarget,
    /// What messages to a webhook are signed with: in the answer that made it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signing_secret: Option<String>,
    /// How it goes.
    pub status: NotificationIntegrationStatus,
}

/// An address that takes notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationTarget {
    /// `Webhook`, `Slack` or `MsTeams`.
    pub kind: String,
    /// The address.
    pub webhook_url: String,
}

/// How deliveries to an integration go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationIntegrationStatus {
    /// `ENABLED`; `FAILING` while what is sent does not arrive; `DISABLED` when nothing is sent any more, until the
    /// integration is changed.
    pub state: String,
    /// Why it is `DISABLED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// When something was last tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_attempt_at: Option<String>,
    /// Why that did not arrive; absent when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_error: Option<String>,
    /// Messages that were left out because too many waited.
    pub dropped: i64,
}

/// What a client sends to make or change an integration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationIntegrationRequest {
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<NotificationTargetRequest>,
}

/// Where notifications shall go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationTargetRequest {
    /// `Webhook`, `Slack` or `MsTeams`; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// An https URL on the public internet, at most 2048 characters; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
}

/// What a client sends to have a test message sent: the id of an integration, or where one would lead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationTestRequest {
    /// `int-…`; its message is signed as others are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where to, when no integration is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<NotificationTargetRequest>,
}

/// Which notifications go where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationSubscription {
    /// `notifications/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `Subscription`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `sub-…`
    pub id: String,
    /// Links and times.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// What it is about.
    pub notification_type: ObjectRef,
    /// Where it goes.
    pub integrations: Vec<ObjectRef>,
    /// `ENABLED` or `DISABLED`.
    pub current_state: String,
}

/// What a client sends to make or change a subscription.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationSubscriptionRequest {
    /// Required to create; it cannot change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_type: Option<IdRef>,
    /// 1 to 20 integrations; required to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrations: Option<Vec<IdRef>>,
    /// `ENABLED`, which is what an absent one means to create, or `DISABLED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_state: Option<String>,
}

/// What somebody can be told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationType {
    /// `notifications/v1`
    #[serde(default)]
    #[schema(required = true)]
    pub api_version: String,
    /// `NotificationType`
    #[serde(default)]
    #[schema(required = true)]
    pub kind: String,
    /// `cluster-ready`
    pub id: String,
    /// Links.
    #[serde(default)]
    #[schema(required = true)]
    pub metadata: ObjectMeta,
    /// The name that people read.
    pub display_name: String,
    /// What it tells.
    pub description: String,
    /// `SERVICE`, `QUOTA` or `SECURITY`.
    pub category: String,
    /// `INFO`, `WARN` or `CRITICAL`.
    pub severity: String,
    /// `RECOMMENDED` or `OPTIONAL`.
    pub subscription_priority: String,
    /// True: there are no plans.
    pub is_included_in_plan: bool,
}

/// A message on its way to one integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationDelivery {
    /// Of the message and the integration.
    pub id: String,
    /// What the receiver knows the message by, however often it comes.
    pub notification_id: String,
    /// `cluster-ready`
    pub notification_type: String,
    /// Where it goes.
    pub integration: ObjectRef,
    /// One line.
    pub title: String,
    /// What to know, and what to do.
    pub message: String,
    /// The CRN of what it happened to.
    pub resource: String,
    /// When it happened: RFC 3339, UTC.
    pub created_at: String,
    /// `PENDING`, `DELIVERED` or `FAILED`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; only while it is `PENDING`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_attempt_at: Option<String>,
    /// When it arrived or was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<String>,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
}
