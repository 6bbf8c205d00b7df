//! The use-cases, one file a resource.

mod access;
mod acls;
mod api_key_request;
mod api_keys;
mod authenticate;
mod bootstrap;
mod brokers;
mod change;
mod cluster_request;
mod clusters;
mod core;
mod environments;
mod groups;
mod identities;
mod kafka_access;
mod once;
mod organizations;
mod records;
mod registries;
mod role_bindings;
mod topic_configs;
mod topics;

pub use api_key_request::{KeyWish, NewKey};
pub use bootstrap::{BootstrapNames, Bootstrapped, FirstSecrets};
pub use change::{Change, Versioned};
pub use cluster_request::{ClusterChange, ClusterWish, ConfigWish};
pub use core::{App, AppParts, Endpoints};
pub use environments::EnvironmentWish;
pub use groups::Lag;
pub use identities::AccountWish;
pub use once::{Answer, Asked, CARRIED_OUT, Once};
pub use records::Writer;
pub use role_bindings::{BindingQuery, BindingWish};
pub use topics::{Topic, TopicError, TopicState};
