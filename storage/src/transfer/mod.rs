//! A cell in another place: a copy that begins a life of its own, also of a cell that runs, or the move of a
//! cell from a local disk into a store.
//!
//! The place that is written was empty before. The first object there, `copy.json`, says what is being
//! copied; it goes last, and as long as it lies there nobody starts. A copy that was cut short is made
//! again, or goes on. The source is read only.
//!
//! *Invariants*
//! * A copy holds everything that its source had acknowledged when the copy began, or fails. Of what is
//!   acknowledged meanwhile it holds a prefix, partition by partition.
//! * In the copy no incarnation runs: all logs have ended, with seals.
//! * Sealed chunks are copied as they are: no key is needed.

mod companion;
mod content;
mod disk;
mod ends;
mod error;
mod mark;
mod migrate;
mod pages;
mod restore;

pub use companion::{Alone, Companion};
pub use disk::{DiskCopy, copy_disk};
pub use error::{Copied, TransferError};
pub use mark::{complete, refuse_unfinished};
pub use migrate::{Migration, migrate};
pub use restore::{Restoration, restore, restore_with};
