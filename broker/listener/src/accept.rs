use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use broker::server::{ConnectionEnd, Peer, Server};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sni::tenant_of;

/// A TLS handshake must be done by then.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after the system refused to accept, as when file descriptors run out.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener speaks.
#[derive(Clone)]
pub enum ListenerKind {
    /// `SASL_PLAINTEXT`.
    Plain,
    /// `SASL_SSL`.
    Tls(Arc<ServerConfig>),
}

/// A bound socket that is not served yet: ports are taken first, and opened when the broker is ready.
pub struct BoundListener {
    socket: TcpListener,
    kind: ListenerKind,
}

impl BoundListener {
    /// Takes over a bound socket.
    ///
    /// # Errors
    /// When the runtime cannot watch it.
    pub fn new(socket: std::net::TcpListener, kind: ListenerKind) -> std::io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket: TcpListener::from_std(socket)?, kind })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system said.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves connections until cancelled, then waits for them to end.
    pub async fn serve(self, server: Arc<Server>, cancel: CancellationToken) {
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = cancel.cancelled() => break,
                accepted = self.socket.accept() => accepted,
            };
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    tracing::warn!(error = %e, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Some(permit) = server.admit() else {
                tracing::warn!(peer = %address, "too many connections, this one is closed");
                continue;
            };
            let (server, kind, cancel) = (Arc::clone(&server), self.kind.clone(), cancel.clone());
            connections.spawn(async move {
                let end = one(server, kind, stream, address, cancel).await;
                log_end(address, &end);
                drop(permit);
            });
        }
        connections.close();
        connections.wait().await;
    }
}

async fn one(
    server: Arc<Server>,
    kind: ListenerKind,
    stream: TcpStream,
    address: SocketAddr,
    cancel: CancellationToken,
) -> ConnectionEnd {
    if let Err(e) = stream.set_nodelay(true) {
        return e.into();
    }
    match kind {
        ListenerKind::Plain => {
            server.serve(stream, Peer { tls: false, tenant: None, address }, cancel).await
        }
        ListenerKind::Tls(config) => {
            let handshake = TlsAcceptor::from(config).accept(stream);
            let stream = match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(e)) => return e.into(),
                Err(_) => return ConnectionEnd::Timeout("TLS handshake"),
            };
            let tenant = tenant_of(stream.get_ref().1.server_name());
            server.serve(Box::new(stream), Peer { tls: true, tenant, address }, cancel).await
        }
    }
}

fn log_end(peer: SocketAddr, end: &ConnectionEnd) {
    match end {
        ConnectionEnd::Closed | ConnectionEnd::Io(_) => {
            tracing::debug!(%peer, %end, "connection ended");
        }
        ConnectionEnd::Protocol(_)
        | ConnectionEnd::Timeout(_)
        | ConnectionEnd::LogEnded
        | ConnectionEnd::TokenEnded
        | ConnectionEnd::Unauthenticated => tracing::info!(%peer, %end, "connection refused"),
    }
}
