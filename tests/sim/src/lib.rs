//! Power cuts, simulated: a cell runs under idempotent producers on a disk that loses what was not synced.
//!
//! kill -9 leaves the page cache alone; a power cut does not. Here the real disk WAL writes real files, and
//! a layer between it and the broker knows which bytes were synced. When the power goes, at a moment that
//! the seed picks (between write and sync, inside a checkpoint, inside recovery), every page that was not
//! synced is kept or lost by chance, and the cell is opened again on what is left.
//!
//! *Invariants* that are checked
//! * I1: every acknowledged record is there, at its offset, byte for byte.
//! * I2: offsets of a partition are dense.
//! * I3: what was ever served stays.
//! * I10: a record that was sent again is there once.
//!
//! On the object tier there is no power to cut: processes are killed, frozen and woken, or simply replaced
//! while they work, over a store that loses, delays, repeats and refuses requests. One more check there:
//! * I6: who was replaced ends, and what it acknowledged until then is in the log.
//!
//! A disk that lies (it reports a sync that it did not do) is a planted bug: the checks must find it.
//!
//! *Not here*: lost renames and lost folder entries (the disk crate syncs folders; nothing here proves it),
//! several brokers, and one seed as one exact run: the WAL thread is a real thread.

mod check;
mod client;
mod cord;
mod damage;
mod folder;
mod life;
mod model;
mod objects;
mod power;
mod reader;
mod records;
mod run;
mod store;
mod virtual_clock;
mod wal;
mod workload;

pub use folder::folder;
pub use objects::{StoreSummary, run_on_store};
pub use power::Disk;
pub use run::{Failure, Summary, run};
