//! The edge of the broker: TCP and TLS, and the tenant that a server name asks for.
//!
//! *Invariants*
//! * A connection beyond the limit is closed at once; those that are served are not disturbed.
//! * A server name `<cluster id>.<anything>` names the tenant; the key must then belong to it.
//! * Every connection ends when its token is cancelled.
//!
//! *Not here*: requests and authentication (broker), certificates (the binary makes and renews them).

mod accept;
mod sni;

pub use accept::{BoundListener, ListenerKind};
