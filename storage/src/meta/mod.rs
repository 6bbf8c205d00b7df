//! Cell metadata: topics, placement groups, epochs. A log of transactions with a snapshot pointer.
//!
//! An entry is a slot (`meta/{term}/{slot}`, JSON body) written by put-if-absent; `meta/current` names
//! term and snapshot and is replaced by compare-and-swap. No produce or fetch touches any of it.

mod leadership;
mod level;
mod log;
mod ops;
mod read;
mod state;

pub use leadership::Pin;
pub use log::{MetaError, MetaLog, Writer};
pub use ops::{BrokerRow, MetaOp, TopicRow, Txn};
pub use state::{CellState, EpochState, MetaConflict, Move, PgRow, SnapshotError};
