//! What tenants use a broker for: counters since it started, and what it holds for them now.
//!
//! *Invariants*
//! * A counter only grows while its broker lives; whoever reads it takes differences.
//! * What is held (partitions, bytes) is told by the broker that leads it, so that a sum over brokers counts
//!   nothing twice.
//! * Counting never waits: atomics, and a lock that is taken once a connection.
//!
//! *Not here*: history, names of metrics and who may see them (api-app).

mod book;
mod report;

pub(crate) use book::{Presence, TopicUse, UsageBook, records_in};
pub use report::{ApiUsage, TenantUsage, TopicUsage, UsageReport};
