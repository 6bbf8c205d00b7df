//! Server roles, wired here and nowhere else.
//!
//! `weir up` in order: data folder (lock, format), sockets, secrets and certificates, cell, store,
//! use-cases, first start, reconciler, HTTP and Kafka; then the table for people. Stopping goes the
//! other way round and is bounded.
//!
//! *Invariants*: one process a folder; nothing listens off loopback without TLS unless `--insecure`;
//! what is shown once is written to `admin.json` before it is shown; a start that fails leaves no
//! half-written file.

mod acl_keeper;
mod address;
mod admin_file;
mod assignment;
mod background_bytes;
mod backup;
mod broker_folder;
mod broker_process;
mod cell_client;
mod cell_port;
mod cell_secret;
mod cell_store;
mod context_file;
mod control_plane;
mod control_store;
mod data_dir;
mod database;
mod database_move;
mod denials;
mod detach;
mod dev_tls;
mod encryption;
mod format;
mod instance;
mod kafka_port;
mod kafka_records;
mod keys;
mod local_cell;
mod logs;
mod memory_folder;
mod meta_store;
mod meter;
mod migration;
mod object_store;
mod ops;
mod pepper;
mod rest;
mod running;
mod shutdown;
mod supervisor;
mod table;
mod traces;
mod transfer_error;
mod up;

pub(crate) use address::Asked;
pub(crate) use api::RequestRates;
pub(crate) use background_bytes::BackgroundBytes;
pub(crate) use backup::{BackUp, Restored, back_up, restore_backup, verify_backup};
pub(crate) use broker_folder::want;
pub(crate) use broker_process::{BrokerSettings, broker};
pub(crate) use cell_client::{describe, finalize};
pub(crate) use cell_store::use_store;
pub(crate) use context_file::forget_context;
pub(crate) use data_dir::{DataDir, running_pid};
pub(crate) use database::parse_asked as parse_database;
pub(crate) use database_move::{MoveReport, move_store};
pub(crate) use detach::detach;
pub(crate) use encryption::Encryption;
pub(crate) use instance::Instance;
pub(crate) use local_cell::prove_store;
pub(crate) use memory_folder::MemoryFolder;
pub(crate) use meta_store::{is_meta_store, join_to_read, open_meta_store};
pub(crate) use migration::move_to_store;
pub(crate) use object_store::{open_store, open_store_that_is_there};
pub(crate) use rest::{Cause, Stage, StageReport, Woken, is_at_rest, rest, stage_report as stage};
pub(crate) use table::{COLUMNS, rows};
pub(crate) use traces::TraceSettings;
pub(crate) use transfer_error::tell as tell_transfer_error;
pub(crate) use up::{Fsync, Settings, up};
