//! One suite on both stores, and the reconciler over them with faults.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod backend;
mod chaos;
mod client_quotas;
mod dice;
mod fake_data_plane;
mod fields;
mod format;
mod ip_rules;
mod moving;
mod notifications;
mod ownership;
mod people;
mod plane;
mod postgres_server;
mod queue;
mod receipts;
mod rows;
mod security;
mod sessions;
mod simulation;
mod sso;
mod tenants;
mod undo;
mod workloads;
