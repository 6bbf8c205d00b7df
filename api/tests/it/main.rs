//! The API over a real store and a cell in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod acls;
mod audit;
mod audit_topic;
mod authenticator;
mod bad_input;
mod client_quotas;
mod cluster_events;
mod clusters;
mod devices;
mod environments;
#[path = "../../db/tests/it/fake_data_plane.rs"]
mod fake_data_plane;
mod groups;
mod identities;
mod if_match;
mod ip_filters;
mod keys;
mod metrics;
mod notifications;
mod once;
mod open_api;
mod paging;
mod people;
mod people_provider;
mod publications;
mod rate_limits;
mod records;
mod rig;
mod role_bindings;
mod second_factor;
mod security;
mod service_quotas;
mod sessions;
mod speed;
mod sso;
mod tenants;
mod topics;
mod undo;
mod unfinished;
mod v1;
mod walk;
mod workload_identity;
mod workload_tokens;
mod workloads;
