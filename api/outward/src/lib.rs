//! Asks addresses that users gave: keys of identity providers are read there, tokens of people asked for, and notifications sent to them.
//!
//! The address is a user's, so this is where somebody could make Weir ask what only Weir can reach. It asks nobody
//! but addresses that are public, whatever a name resolves to, unless the operator allows more networks; it follows
//! no redirect, goes through no proxy, and takes a small answer in little time.
//!
//! *Invariants*: an address is looked at where the connection is made, not before, so a name that resolves to
//! something else a moment later gains nothing.
//!
//! *Not here*: what is in a document or a message, and how often somebody is asked (api-app).

mod collector;
mod outward;
mod poster;
mod public;
mod reader;

pub use collector::Collector;
pub use outward::SetupError;
pub use poster::HttpPoster;
pub use public::is_public;
pub use reader::HttpKeySets;
