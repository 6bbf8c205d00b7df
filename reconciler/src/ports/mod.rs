//! What this crate asks of others.

mod provision;
mod work_store;

pub use provision::{CellWish, PendingTopic, Progress, Provision, ProvisionError};
pub use work_store::{
    Change, Claim, ClaimRequest, ClusterIntent, EnvironmentIntent, Finished, Intent, Reply,
    WorkError, WorkKind, WorkStore,
};
