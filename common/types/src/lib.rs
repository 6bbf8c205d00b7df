//! The vocabulary: ids, names, limits, access control lists and the access snapshot. Pure types, no input or output.
//!
//! *Invariants*: an id once issued is never used again for another thing; a [`TenantId`] is an id and
//! never a display name; every limit of the product has a name in [`limits`].
//!
//! *Not here*: resource shapes (api-types), on-disk formats (storage), errors of the edges.

pub mod access;
pub mod acl;
pub mod catalogue;
pub mod crn;
pub mod id;
pub mod identity;
pub mod limits;
pub mod quota;
mod tenant;
mod topic_name;

pub use tenant::{TenantId, TenantIdError};
pub use topic_name::{TopicNameError, check_topic_name};
