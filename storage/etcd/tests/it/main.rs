//! The store against a real etcd, and against a server that answers what a test tells it to.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod canned;
mod doubt;
mod login;
mod meta_log;
mod objects;
mod server;
