//! One file a resource: take the request apart, call the use-case, show the answer.

pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod client_quotas;
pub(crate) mod clusters;
pub(crate) mod devices;
pub(crate) mod environments;
pub(crate) mod health;
pub(crate) mod invitations;
pub(crate) mod ip_filters;
pub(crate) mod ip_groups;
pub(crate) mod kafka_acls;
pub(crate) mod kafka_brokers;
pub(crate) mod kafka_configs;
pub(crate) mod kafka_groups;
pub(crate) mod kafka_records;
pub(crate) mod kafka_topics;
pub(crate) mod metrics;
pub(crate) mod organizations;
pub(crate) mod registries;
pub(crate) mod role_bindings;
pub(crate) mod roles;
pub(crate) mod second_factor;
pub(crate) mod service_accounts;
pub(crate) mod sessions;
pub(crate) mod users;
pub(crate) mod v1;
