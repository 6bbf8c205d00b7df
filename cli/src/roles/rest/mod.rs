//! A cell at rest: it has no broker, and the first who needs one starts it.
//!
//! *Invariants*: how many brokers are wanted is in the data folder, so a start after a crash rests on;
//! the sockets of Kafka stay open all the time, and who connects waits in their queue; whoever needs a
//! broker meanwhile, over Kafka or over REST, is behind one wake-up.

mod count;
mod door;
mod doorbell;
mod idle;
mod keeper;
mod source;
mod stage;

pub(crate) use count::{is_at_rest, rest};
pub(super) use door::Door;
pub(super) use keeper::{Keeper, KeeperParts, Kept};
pub(super) use source::CellSource;
pub(crate) use stage::{Cause, Stage, StageReport, Woken, stage_report};
