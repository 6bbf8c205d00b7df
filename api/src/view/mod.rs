//! Records into public shapes, one file a resource.

mod acl;
mod api_key;
mod audit;
mod broker;
mod client_quota;
mod cluster;
mod cluster_event;
mod environment;
mod group;
mod group_mapping;
mod identity;
mod identity_provider;
mod invitation;
mod ip_filter;
mod kafka;
mod list;
mod meta;
mod metrics;
mod notification;
mod registry;
mod role;
mod role_binding;
mod security;
mod service_quota;
mod sso;
mod undo;
mod v1;

pub(crate) use acl::acl;
pub(crate) use api_key::api_key;
pub use audit::cloud_event;
pub(crate) use audit::{audit_event, audit_settings};
pub(crate) use broker::{broker, replicas};
pub(crate) use client_quota::client_quota;
pub(crate) use cluster::cluster;
pub(crate) use cluster_event::cluster_event;
pub(crate) use environment::{environment, organization};
pub(crate) use group::{
    assignment, assignments_tail, consumer, group, group_tail, lag, lag_summary,
};
pub(crate) use group_mapping::group_mapping;
pub(crate) use identity::{service_account, user};
pub(crate) use identity_provider::{identity_pool, identity_provider, jwks};
pub(crate) use invitation::{invitation, new_invitation};
pub(crate) use ip_filter::{ip_filter, ip_filter_summary, ip_group};
pub(crate) use kafka::{kafka_cluster, kafka_list, partition, topic, topic_config};
pub(crate) use list::list;
pub(crate) use metrics::{metric_descriptors, metric_points, metric_resources};
pub(crate) use notification::{
    notification_delivery, notification_integration, notification_subscription, notification_type,
};
pub(crate) use registry::registry;
pub(crate) use role::role;
pub(crate) use role_binding::role_binding;
pub(crate) use security::{security_finding, security_score};
pub(crate) use service_quota::{applied_quota, quota_scope};
pub(crate) use sso::sso_connection;
pub(crate) use undo::{deleted_object, restoration};
pub(crate) use v1::{
    v1_account, v1_audit_log, v1_cloud, v1_environment, v1_limits, v1_organization, v1_person,
};

use meta::meta;
