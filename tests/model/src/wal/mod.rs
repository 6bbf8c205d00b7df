//! The write-ahead logs, their seals, the metadata and the one manifest of a placement group.
//!
//! One partition; every data slot holds one record of it. Three epochs at most.

mod action;
mod compaction;
mod config;
mod disaster;
mod handover;
mod model;
mod process;
mod properties;
mod sealer;
mod state;
mod takeover;
mod worlds;
mod writer;

pub(crate) use config::Config;
pub(crate) use model::Wal;
pub(crate) use worlds::WORLDS;
