//! The WAL of one incarnation: producers push, one writer writes, acknowledgements follow the
//! durable prefix. On a disk the writer is a thread, one slot at a time; on an object store a task
//! with several slots in flight.
//!
//! A *ticket* is the place of a buffer in the queue. All that was pushed under one ticket becomes
//! durable together; the durable frontier is the count of durable tickets. While one buffer is being
//! written and synced the next one fills: that is the group commit.

mod applier;
mod objects;
mod queue;
mod thread;
mod writer;

pub(crate) use objects::{ObjectTask, ObjectTaskParts};
pub(crate) use queue::{Complete, ProducerRef, Wal, WalEntry};
pub(crate) use thread::WalThread;
pub(crate) use writer::WalWriter;
