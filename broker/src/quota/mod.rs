//! Client quotas (KIP-13, KIP-219): who uses more than their share is answered at once, told for how long to
//! be still, and not read from meanwhile.
//!
//! The control plane says what each principal of a tenant may use; a broker enforces its share, which is the
//! quota divided by the brokers that are active. State is a point in time for each direction of each principal
//! that has a quota, and nothing else. No input or output: time comes with every call.

mod book;
mod window;

pub(crate) use book::{Direction, QuotaBook};
pub(crate) use window::THROTTLE_MAX;
