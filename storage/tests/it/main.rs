//! The storage formats against golden files, and against damage.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod at_rest;
mod audit;
mod damage;
mod formats;
mod golden;
mod levels;
mod metadata;
mod object_reader;
mod object_wal;
mod prove;
mod retry;
mod sample;
mod split;
mod transfer;
