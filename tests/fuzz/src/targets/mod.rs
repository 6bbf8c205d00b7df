//! The decoders, one file a family.

mod fingerprint;
mod group_coordinator;
mod group_records;
mod list;
mod request;
mod request_body;
mod slot;
mod stored;

pub use list::all;
