//! The leased work queue. Locks are taken in one order, resource before work row, by users and passes
//! alike, so that they never wait for each other in a circle.

mod claim;
mod counter;
mod fence;
mod happened;
mod load;
mod port;
mod record;
mod wake;

pub(crate) use counter::next_of;
pub(crate) use happened::{Happened, happened};
pub(crate) use wake::{CLUSTER, ENVIRONMENT, wake};
