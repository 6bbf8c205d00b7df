//! The use-cases of the control plane: what a request means, whether it may happen, and what it changes.
//!
//! The edges (HTTP, SQL, brokers) stand behind ports: a binary plugs them in.
//!
//! *Invariants*: everything is denied unless a rule allows it; a thing that the caller may not know
//! about does not exist for them; secrets leave this crate once, in the answer that made them.
//!
//! *Not here*: HTTP (api), SQL (api-db), passes that make a wish true (reconciler).

mod ports;

pub use ports::{
    AccessPublisher, ConfigChange, ConfigEntry, ConfigSource, ConfigSynonym, DataPlane,
    DataPlaneError, NewTopic, PartitionInfo, PublishError, TopicInfo,
};
