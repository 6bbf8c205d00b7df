//! The port of the use-cases, one file a resource.

mod acls;
mod api_keys;
mod audit;
mod audit_topic_port;
mod client_quotas;
mod cluster_events;
mod clusters;
mod environments;
mod group_mapping_port;
mod group_mappings;
mod identities;
mod identity_pools;
mod identity_providers;
mod invitations;
mod ip_filters;
mod ip_groups;
mod ip_rules;
mod notification_integrations;
mod notification_subscriptions;
mod organizations;
mod people;
mod port;
mod receipts;
mod role_bindings;
mod scoped;
mod second_factors;
mod security;
mod security_port;
mod sessions;
mod sliced;
mod sso;
mod system;
mod topics;

pub(crate) use sliced::sliced;
pub(crate) use system::announce;
