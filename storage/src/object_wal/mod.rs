//! The WAL on an object store: one object a slot, several in flight, and taking a log over.
//!
//! ```text
//! writer   slot n ----put-if-absent----> wal/{hh}/{epoch}/{lane}/{n}   durable below the first gap
//! sealer   fence committed -> SEALs ahead -> walk up from wal_low -> end = first SEAL without a gap
//! ```
//!
//! *Why it is safe.* Puts are linearizable and a SEAL is never deleted. An acknowledged slot lies below
//! the writer's frontier, so the writer stored every slot up to it; the end of a sealed log is a place
//! where the writer did not and now cannot store. So the end is above every acknowledged slot. No
//! clock and no lease is part of the argument.
//!
//! All of this expects a store that waits doubt out: [`RetryingStore`](crate::retry::RetryingStore). A put
//! that fails then has met somebody else. What it met may be gone when it is looked at: garbage
//! collection of whoever took the log over.

mod flush;
mod met;
mod scan;
mod seal;
mod window;
mod writer;

pub use flush::{FlushRule, Pace, Waiting};
pub use met::met;
pub(crate) use scan::scan_slot;
pub use scan::scan_slots;
pub(crate) use seal::survey;
pub use seal::{SealError, SealedLog, Takeover, seal};
pub use window::{Place, Window};
pub use writer::ObjectWal;
