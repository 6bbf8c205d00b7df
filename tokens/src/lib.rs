//! Signed tokens of identity providers: whose keys signed them, for when they are good, and who is let in. The control
//! plane and brokers decide by this one reading. No input or output.
//!
//! *Invariants*: nothing in a token is believed before its signature was checked with a key that its provider
//! publishes; no algorithm has a shared secret; what a stranger sends is bounded before it is looked at; filters take
//! linear time.
//!
//! *Not here*: where keys come from and how long they are believed (api-app), what is given for a token (api-app),
//! how Kafka clients show one (broker).

mod filter;
mod identity;
mod jws;
mod key_set;

pub use filter::{Filter, claim_path};
pub use identity::identity_of;
pub use jws::{SignedToken, TOKEN_LENGTH_MAX, TokenError, end_of};
pub use key_set::read_key_set;
