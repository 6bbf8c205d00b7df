//! Access control lists, as Kafka has them: what one says, which ones a search means, and what all of
//! a tenant's decide together.
//!
//! *Invariants*: what is denied is denied whatever else allows it; what nothing allows is not allowed.
//!
//! *Not here*: roles. One that administers the cluster allows what no list speaks of (whoever asks says whether
//! there is one); what others allow comes as further lists.

mod binding;
mod filter;
mod names;
mod rules;

pub use binding::{Acl, AclError, CLUSTER_NAME};
pub use filter::{AclFilter, PatternFilter};
pub use names::{Operation, Pattern, Permission, ResourceType, UnknownName};
pub use rules::{AclRules, Verdict};
