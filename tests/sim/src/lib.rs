//! What can go wrong with a cell, simulated: with a checker, and with planted bugs that it must find.
//!
//! On an object store, processes are killed (also while they take over), frozen and woken later, cloned,
//! or replaced while they work. The store loses, delays, repeats and refuses requests, and falls ill for a
//! minute; clocks are wrong; somebody deletes a slot, or restores metadata of yesterday. Time is simulated
//! and one thread does everything, so that one seed is one run: it has a history, and the history a hash.
//!
//! With several brokers, groups move besides: processes die, freeze, stop in order or do not hear each
//! other, and clients go where the leader is said to be.
//!
//! On a disk the power is cut. kill -9 leaves the page cache alone; a power cut does not. Here the real disk
//! WAL writes real files, and a layer between it and the broker knows which bytes were synced. When the
//! power goes, at a moment that the seed picks (between write and sync, inside a checkpoint, inside
//! recovery), every page that was not synced is kept or lost by chance, and the cell is opened again on what
//! is left. The WAL thread is a real thread there, so that a seed is not one exact run.
//!
//! *Invariants* that are checked
//! * I1: every acknowledged record is there, at its offset, byte for byte.
//! * I2: offsets of a partition are dense.
//! * I3: what was ever served stays, below every end that was told.
//! * I4: a log start never goes back, and moves only when somebody asked or records are old enough.
//! * I5: no offset is acknowledged or served with two records.
//! * I6: who was replaced ends, and what it acknowledged until then is in the log.
//! * I9: there is a record at every offset below the end.
//! * I10: a record that was sent again is there once, and has one offset.
//! * I15: a committed offset never goes back.
//! * I20: what is asked is answered, and who was not replaced goes on.
//! * F7, F8, F10: metadata of yesterday is refused, reads are stale for seconds at most, and no wrong clock
//!   drops records.
//!
//! *Not here*: lost renames and lost folder entries (the disk crate syncs folders; nothing here proves it).

mod bugs;
mod check;
mod client;
mod company;
mod consume;
mod cord;
mod damage;
mod disaster;
mod folder;
mod history;
mod life;
mod line;
mod model;
mod place;
mod power;
mod produce;
mod reader;
mod records;
mod run;
mod seed;
mod site;
mod store;
mod summary;
mod twin;
mod virtual_clock;
mod wal;
mod wire;
mod workload;

pub use bugs::{FOUND_WITHIN, find, name, named};
pub use company::run_company;
pub use folder::folder;
pub use power::Disk;
pub use run::{Failure, run};
pub use seed::{AtRest, SeedRun, StoreOptions, StoreRun, run_on_store};
pub use storage::planted::Planted;
pub use summary::{CompanySummary, StoreSummary, Summary};
