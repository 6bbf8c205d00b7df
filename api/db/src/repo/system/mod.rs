//! What looks at every organisation: the first start, whose credentials these are, what brokers may serve.

mod access;
mod any;
mod audit;
mod audit_topic;
mod bootstrap;
mod events;
mod keys;
mod notifications;
mod security;
mod sso;
mod undo;
mod vitals;

pub(super) use audit::{commit, event_of, settings_of};
pub(crate) use notifications::announce;
pub(super) use sso::domain_is_free;
