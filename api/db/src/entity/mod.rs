//! One module a table, column by column as api-migrations makes them.

pub(crate) mod acl;
pub(crate) mod api_key;
pub(crate) mod audit_event;
pub(crate) mod audit_settings;
pub(crate) mod client_quota;
pub(crate) mod cluster;
pub(crate) mod desired_topic;
pub(crate) mod environment;
pub(crate) mod event;
pub(crate) mod identity_pool;
pub(crate) mod identity_provider;
pub(crate) mod installation;
pub(crate) mod invitation;
pub(crate) mod ip_filter;
pub(crate) mod ip_group;
pub(crate) mod organization;
pub(crate) mod person;
pub(crate) mod receipt;
pub(crate) mod registry;
pub(crate) mod role_binding;
pub(crate) mod second_factor;
pub(crate) mod service_account;
pub(crate) mod session;
pub(crate) mod store_format;
pub(crate) mod work;
