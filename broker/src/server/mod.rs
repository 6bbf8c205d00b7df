//! Connections: frames in, requests to handlers, answers out in request order.

mod authenticate;
mod bearer;
mod connection;
mod dispatch;
mod frame;
mod on_behalf;
mod output;
mod request;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common_types::TenantId;
use common_types::limits::CONNECTIONS_MAX;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::cell::Cell;
use crate::coordinator::Groups;
use crate::rpc::Clients;

pub use connection::ConnectionEnd;
pub(crate) use frame::{FrameError, Frames};
pub use on_behalf::OnBehalfError;
pub(crate) use request::{BadRequest, Listener, Request, encode};

/// Bytes of large request frames that all connections together may hold.
const FRAME_BYTES_MAX: usize = 256 << 20;

/// The Kafka server of one cell.
#[derive(Debug)]
pub struct Server {
    pub(crate) cell: Arc<Cell>,
    pub(crate) groups: Arc<Groups>,
    connections: Arc<Semaphore>,
    admitted: AtomicU64,
    frame_kib: Arc<Semaphore>,
}

/// What a listener knows of a connection before its first byte.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Whether the connection came through TLS: decides the advertised address.
    pub tls: bool,
    /// The tenant that the server name asks for.
    pub tenant: Option<TenantId>,
    /// Where it comes from.
    pub address: SocketAddr,
}

impl Server {
    /// A server of `cell`.
    #[must_use]
    pub fn new(cell: Arc<Cell>, groups: Arc<Groups>) -> Arc<Self> {
        Arc::new(Self {
            cell,
            groups,
            connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            admitted: AtomicU64::new(0),
            frame_kib: Arc::new(Semaphore::new(FRAME_BYTES_MAX >> 10)),
        })
    }

    /// The cell that is served.
    #[must_use]
    pub fn cell(&self) -> &Arc<Cell> {
        &self.cell
    }

    /// Takes a place for a connection; none when the broker is full.
    #[must_use]
    pub fn admit(&self) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.connections).try_acquire_owned().ok()?;
        self.admitted.fetch_add(1, Ordering::Relaxed);
        Some(place)
    }

    /// Who is connected.
    #[must_use]
    pub fn clients(&self) -> Clients {
        let ever = self.admitted.load(Ordering::Relaxed);
        let open = CONNECTIONS_MAX - self.connections.available_permits();
        Clients { open: open as u64, ever }
    }
}
