//! The decoders, one file a family.

mod fingerprint;
mod list;
mod request;
mod slot;
mod stored;

pub use list::all;
