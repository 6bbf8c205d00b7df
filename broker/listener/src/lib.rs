//! The edge of the broker: TCP and TLS, the tenant that a server name asks for, and the sockets between
//! the processes of a cell.
//!
//! *Invariants*
//! * A connection beyond the limit is closed at once; those that are served are not disturbed.
//! * A server name `<cluster id>.<anything>` names the tenant; the key must then belong to it.
//! * Every connection ends when its token is cancelled.
//!
//! *Not here*: requests and authentication (broker), certificates (the binary makes and renews them).

mod accept;
mod peers;
mod sni;

pub use accept::{BoundListener, ListenerKind};
pub use peers::{PeerListener, TcpNetwork};
