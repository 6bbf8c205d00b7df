//! The disk tier: objects as files in a folder, a WAL with group commit, and a file of wrapping keys.
//!
//! ```text
//! {root}/wal/{hh}/{epoch}/{lane}/{first slot}   files of consecutive slots
//! {root}/epochs meta pg cell.json               objects, replaced by rename
//! ```
//!
//! *Invariants*
//! * A put that returned is on the disk: file and folder are synced.
//! * The first failed write or sync ends the WAL; nothing is retried, because after an error the page
//!   cache can no longer be trusted (Linux marks the pages clean).
//! * One process owns a WAL; the caller holds its lock. Objects may be shared by processes of one host.
//!
//! *Not here*: other hosts taking a folder over; that is the object tier.

mod error;
mod folder;
mod key_file;
mod reader;
mod scan;
mod scratch;
mod writer;

pub use folder::FolderStore;
pub use key_file::{KeyFile, KeyFileError};
pub use reader::DiskWalReader;
pub use writer::{DiskWal, DiskWalOptions};
