//! Connections between the processes of a cell.

use std::net::SocketAddr;
use std::sync::Arc;

use broker::rpc::{DialError, Network, RpcServer, Stream};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::ACCEPT_PAUSE;

/// A bound socket for the other processes of a cell.
pub struct PeerListener {
    socket: TcpListener,
}

impl PeerListener {
    /// Takes over a bound socket.
    ///
    /// # Errors
    /// When the runtime cannot watch it.
    pub fn new(socket: std::net::TcpListener) -> std::io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket: TcpListener::from_std(socket)? })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system said.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves connections until cancelled, then waits for them to end. The socket is closed as soon as
    /// it is cancelled: whoever connects then is refused, and knows that this process goes.
    pub async fn serve(self, server: Arc<RpcServer>, cancel: CancellationToken) {
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = cancel.cancelled() => break,
                accepted = self.socket.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    tracing::warn!(error = %e, "a peer could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (server, cancel) = (Arc::clone(&server), cancel.clone());
            connections.spawn(async move {
                // Without it answers are slower, not wrong.
                let _ = stream.set_nodelay(true);
                match server.serve(stream, cancel).await {
                    Ok(()) => tracing::debug!(%peer, "peer has gone"),
                    Err(error) => tracing::info!(%peer, %error, "peer connection ended"),
                }
            });
        }
        drop(self.socket);
        connections.close();
        connections.wait().await;
    }
}

/// Reaches other processes over TCP.
#[derive(Debug, Default, Clone, Copy)]
pub struct TcpNetwork;

impl Network for TcpNetwork {
    fn connect(&self, address: String) -> BoxFuture<'_, Result<Box<dyn Stream>, DialError>> {
        async move {
            let stream = TcpStream::connect(&address).await.map_err(|e| match e.kind() {
                std::io::ErrorKind::ConnectionRefused => DialError::Refused,
                _ => DialError::Silent(e.to_string()),
            })?;
            stream.set_nodelay(true).map_err(|e| DialError::Silent(e.to_string()))?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use broker::rpc::{Answer, CellSecret, Membership, Request, Response, Service, Session, dial};
    use bytes::Bytes;
    use common_seams::SeededRng;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug)]
    struct Present;

    impl Service for Present {
        fn open(&self) -> Arc<dyn Session> {
            Arc::new(Self)
        }
    }

    impl Session for Present {
        fn call(self: Arc<Self>, _: Request, _: Bytes) -> BoxFuture<'static, Answer> {
            async { Response::Accepted.into() }.boxed()
        }
    }

    #[tokio::test]
    async fn peer_answers_until_it_is_cancelled_and_is_refused_from_then_on() {
        let patience = Duration::from_secs(10);
        let me = Membership { cell: Uuid::nil(), secret: CellSecret([1; 32]) };
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listener = PeerListener::new(socket).unwrap();
        let address = listener.address().unwrap().to_string();
        let server = RpcServer::new(me.clone(), Arc::new(Present), Arc::new(SeededRng::new(1)));
        let cancel = CancellationToken::new();
        let served = tokio::spawn(listener.serve(server, cancel.clone()));

        let rng = SeededRng::new(2);
        let client = dial(&TcpNetwork, &address, &me, &rng, patience).await.unwrap();
        let answer = client.call(&Request::Probe, Bytes::new(), patience).await.unwrap();
        assert_eq!(answer.head, Response::Accepted);

        cancel.cancel();
        client.ended().await;
        served.await.unwrap();
        let refused = dial(&TcpNetwork, &address, &me, &rng, patience).await;
        assert!(matches!(refused, Err(DialError::Refused)), "{refused:?}");
    }
}
