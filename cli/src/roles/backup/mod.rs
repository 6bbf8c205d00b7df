//! Backups of a whole Weir: its control plane's store, its secrets, and the cell with all records.
//!
//! ```text
//! manifest.json    what the backup has, with a checksum of each file; written last
//! partial.json     says that it is not whole; written first, goes last
//! control.db       the control plane's store
//! folder/…         other files of the data folder, secrets among them
//! cell/…           a copy of the cell, under an id of its own
//! ```
//!
//! *Invariants*
//! * The source is only read. It may run, and be used, meanwhile.
//! * What was acknowledged before a backup began is in it. Of what is acknowledged meanwhile it has a prefix of each
//!   partition.
//! * Control plane and cell know the same clusters: the store is copied between two looks at the tenants.
//! * Nothing is restored from a backup that is not whole, nor over anything.

mod create;
mod error;
mod folder_files;
mod manifest;
mod place;
mod progress;
mod restore;
mod vault;
mod verify;

pub(crate) use create::{BackUp, back_up};
pub(crate) use restore::{Restored, restore_backup};
pub(crate) use verify::verify_backup;
