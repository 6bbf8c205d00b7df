//! Metadata as a broker sees it: it commits transactions through a port, and acts on what it follows.
//!
//! *Invariants*
//! * A broker never acts on what it asked for, only on what it followed: its own changes and those of
//!   others arrive in one order.
//! * A revision only grows, over terms, too.

mod local;
mod remote;
mod serve;
mod store;
mod view;
mod watched;

pub use local::{ENTRIES_MAX, LocalMeta, Rolls};
pub use remote::RemoteMeta;
pub use serve::{answer_changes, answer_commit};
pub use store::{Changes, MetaStore, Revision};
pub use view::View;
pub(crate) use watched::Watched;
