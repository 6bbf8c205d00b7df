use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_seams::Rng;
use common_types::limits::{RPC_CONNECTIONS_MAX, RPC_FRAME_MAX, RPC_IN_FLIGHT_MAX, RPC_MEMORY_MAX};
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::hello::{HelloError, Membership, welcome};
use super::message::{Answer, Failure, Request};
use super::wire::{BadFrame, Frame, Kind, write_frames};
use crate::server::{FrameError, Frames};

/// Answers that wait to be written.
const QUEUE: usize = 16;
/// A peer that says nothing for so long is gone: those that are there beat, or ask again for changes.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Serves requests.
pub trait Service: Send + Sync + std::fmt::Debug {
    /// A peer that knows the secret has connected. The session is dropped when the connection ends.
    fn open(&self) -> Arc<dyn Session>;
}

/// One connection of a peer.
pub trait Session: Send + Sync {
    /// Answers a request. It is dropped in the middle when the connection ends.
    fn call(self: Arc<Self>, request: Request, body: Bytes) -> BoxFuture<'static, Answer>;
}

/// Why a connection ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It did not begin.
    #[error(transparent)]
    Hello(#[from] HelloError),
    /// The peer sends what is no message.
    #[error("{0}")]
    Protocol(String),
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Nothing came for a long time.
    #[error("nothing came for {SILENCE_MAX:?}")]
    Silent,
    /// There are too many connections.
    #[error("there are {RPC_CONNECTIONS_MAX} connections already")]
    Full,
}

impl From<BadFrame> for ServeError {
    fn from(e: BadFrame) -> Self {
        Self::Protocol(e.to_string())
    }
}

impl From<FrameError> for ServeError {
    fn from(e: FrameError) -> Self {
        match e {
            FrameError::Io(e) => Self::Io(e),
            FrameError::Length(..) | FrameError::Truncated => Self::Protocol(e.to_string()),
        }
    }
}

/// Serves the processes of a cell.
#[derive(Debug)]
pub struct RpcServer {
    me: Membership,
    service: Arc<dyn Service>,
    rng: Arc<dyn Rng>,
    connections: Semaphore,
    memory_kib: Arc<Semaphore>,
}

impl RpcServer {
    /// A server for peers of the same cell.
    #[must_use]
    pub fn new(me: Membership, service: Arc<dyn Service>, rng: Arc<dyn Rng>) -> Arc<Self> {
        Self::with_memory(me, service, rng, RPC_MEMORY_MAX)
    }

    /// A server that holds at most `memory` bytes of requests; one frame must fit.
    pub(super) fn with_memory(
        me: Membership,
        service: Arc<dyn Service>,
        rng: Arc<dyn Rng>,
        memory: usize,
    ) -> Arc<Self> {
        let connections = Semaphore::new(RPC_CONNECTIONS_MAX);
        let memory_kib = Arc::new(Semaphore::new(memory >> 10));
        Arc::new(Self { me, service, rng, connections, memory_kib })
    }

    /// Serves one connection until it ends or is cancelled.
    ///
    /// # Errors
    /// When the peer is refused, lies, or is gone.
    pub async fn serve<S>(&self, mut stream: S, cancel: CancellationToken) -> Result<(), ServeError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin,
    {
        let _place = self.connections.try_acquire().map_err(|_| ServeError::Full)?;
        tokio::select! {
            biased;
            hello = welcome(&mut stream, &self.me, &*self.rng) => hello?,
            () = cancel.cancelled() => return Ok(()),
        }
        let (read, write) = tokio::io::split(stream);
        let (answers, queue) = mpsc::channel(QUEUE);
        tokio::select! {
            biased;
            () = cancel.cancelled() => Ok(()),
            read = self.requests(read, answers) => read,
            written = write_frames(write, queue) => Ok(written?),
        }
    }

    async fn requests<S: AsyncRead>(
        &self,
        mut stream: ReadHalf<S>,
        answers: mpsc::Sender<Frame>,
    ) -> Result<(), ServeError> {
        let session = self.service.open();
        let in_flight = Arc::new(Semaphore::new(RPC_IN_FLIGHT_MAX));
        // Ends with the connection: nobody would hear the answers.
        let mut running = JoinSet::new();
        let mut frames = Frames::default();
        loop {
            while running.try_join_next().is_some() {}
            let Some((frame, memory)) = self.next(&mut frames, &mut stream).await? else {
                return Ok(());
            };
            if frame.kind != Kind::Request {
                return Err(ServeError::Protocol("an answer to no question".to_owned()));
            }
            let Ok(place) = Arc::clone(&in_flight).acquire_owned().await else { return Ok(()) };
            let (session, answers) = (Arc::clone(&session), answers.clone());
            running.spawn(async move {
                let id = frame.id;
                let answer = match frame.read() {
                    Ok(request) => session.call(request, frame.body).await,
                    // A newer peer may know requests that this process does not.
                    Err(e) => Failure::Refused(e.to_string()).into(),
                };
                drop(memory);
                // Gone: so is the connection.
                let _ = answers.send(encode(id, answer)).await;
                drop(place);
            });
        }
    }

    /// The next request, and the right to hold its bytes.
    async fn next<S: AsyncRead>(
        &self,
        frames: &mut Frames,
        stream: &mut ReadHalf<S>,
    ) -> Result<Option<(Frame, OwnedSemaphorePermit)>, ServeError> {
        let length = tokio::time::timeout(SILENCE_MAX, frames.length(stream, RPC_FRAME_MAX));
        let Some(length) = length.await.map_err(|_| ServeError::Silent)?? else {
            return Ok(None);
        };
        let kib = u32::try_from(length.div_ceil(1024)).unwrap_or(u32::MAX);
        let memory = Arc::clone(&self.memory_kib).acquire_many_owned(kib).await;
        let memory = memory.map_err(|_| ServeError::Full)?;
        let body = tokio::time::timeout(SILENCE_MAX, frames.body(stream));
        let bytes = body.await.map_err(|_| ServeError::Silent)??;
        Ok(Some((Frame::parse(bytes)?, memory)))
    }
}

fn encode(id: u64, answer: Answer) -> Frame {
    Frame::new(Kind::Response, id, &answer.head, answer.body)
        .unwrap_or_else(|e| Frame::refusal(id, e.to_string()))
}
