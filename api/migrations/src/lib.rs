//! The tables of the control plane, as steps that only ever go forward.
//!
//! *Invariants*: a step that was released is never edited; every step runs in one transaction on
//! SQLite and Postgres alike; the last step's number is [`FORMAT_VERSION`], and a store that carries a
//! larger one is refused by its opener.
//!
//! *Not here*: entities and queries (api-db).

mod columns;
mod m0001_first;
mod m0002_acl;
mod m0003_receipt;
mod m0004_ip_filter;
mod m0005_audit;
mod m0006_session;
mod m0007_invitation;
mod m0008_second_factor;
mod m0009_client_quota;
mod m0010_identity_provider;
mod m0011_notification;
mod m0012_sso;
mod m0013_security;
mod m0014_group_mapping;
mod m0015_audit_topic;
mod m0016_undo;
mod m0017_key_expiry;
mod migrator;

pub use migrator::{FORMAT_VERSION, Migrator};
