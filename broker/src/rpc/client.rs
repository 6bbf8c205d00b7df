use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use common_seams::Rng;
use common_types::limits::{RPC_FRAME_MAX, RPC_IN_FLIGHT_MAX};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::hello::{HelloError, Membership, greet};
use super::message::{Answer, Failure, Request, Response};
use super::wire::{Frame, Kind, write_frames};
use crate::server::Frames;

/// Requests that wait to be written.
const QUEUE: usize = 16;

/// Why a call has no good answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The request was not sent.
    #[error("the request was not sent: {0}")]
    NotSent(String),
    /// The connection ended first: the outcome is unknown.
    #[error("the connection ended before the answer came")]
    Lost,
    /// It took too long: the outcome is unknown.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The peer says why not.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The answer belongs to another question.
    #[error("the peer answered something else")]
    Mismatch,
}

type Pending = Arc<Mutex<BTreeMap<u64, oneshot::Sender<Answer>>>>;

/// A connection to another process of the cell. It ends when this is dropped.
#[derive(Debug)]
pub struct Client {
    queue: mpsc::Sender<Frame>,
    pending: Pending,
    next: AtomicU64,
    in_flight: Semaphore,
    ended: CancellationToken,
    _task: AbortOnDropHandle<()>,
}

impl Client {
    /// Says hello on a new connection, and serves it from then on.
    ///
    /// # Errors
    /// When the peer is none of ours, or the connection fails.
    pub async fn hello<S>(mut stream: S, me: &Membership, rng: &dyn Rng) -> Result<Self, HelloError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        greet(&mut stream, me, rng).await?;
        let (queue, frames) = mpsc::channel(QUEUE);
        let pending = Pending::default();
        let ended = CancellationToken::new();
        let (known, guard) = (Arc::clone(&pending), ended.clone().drop_guard());
        let task = tokio::spawn(async move {
            let (read, write) = tokio::io::split(stream);
            tokio::select! {
                biased;
                () = receive(read, &known) => {}
                _ = write_frames(write, frames) => {}
            }
            // Whoever asks from now on is told so; then those who wait learn that nothing comes.
            drop(guard);
            known.lock().clear();
        });
        Ok(Self {
            queue,
            pending,
            next: AtomicU64::new(0),
            in_flight: Semaphore::new(RPC_IN_FLIGHT_MAX),
            ended,
            _task: AbortOnDropHandle::new(task),
        })
    }

    /// Asks and waits for the answer, at most `patience`. Calls may overtake each other.
    ///
    /// # Errors
    /// Says whether the outcome is known.
    pub async fn call(
        &self,
        request: &Request,
        body: Bytes,
        patience: Duration,
    ) -> Result<Answer, CallError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let frame = Frame::new(Kind::Request, id, request, body)
            .map_err(|e| CallError::NotSent(e.to_string()))?;
        let asked = self.ask(id, frame);
        let answer = tokio::time::timeout(patience, asked).await;
        match answer.unwrap_or(Err(CallError::TimedOut(patience)))? {
            Answer { head: Response::Failed(failure), .. } => Err(failure.into()),
            answer => Ok(answer),
        }
    }

    async fn ask(&self, id: u64, frame: Frame) -> Result<Answer, CallError> {
        let over = || CallError::NotSent("the connection has ended".to_owned());
        let _permit = self.in_flight.acquire().await.map_err(|_| over())?;
        let (sender, receiver) = oneshot::channel();
        let _waiting = Waiting { pending: &self.pending, id };
        self.pending.lock().insert(id, sender);
        if self.ended.is_cancelled() {
            return Err(over());
        }
        self.queue.send(frame).await.map_err(|_| over())?;
        receiver.await.map_err(|_| CallError::Lost)
    }

    /// Waits until the connection has ended.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.is_cancelled()
    }
}

/// A question that is not answered yet; forgotten when nobody waits any more.
struct Waiting<'a> {
    pending: &'a Pending,
    id: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.pending.lock().remove(&self.id);
    }
}

/// Gives answers to those who wait, until the connection ends or the peer lies.
async fn receive<R: AsyncRead + Unpin>(mut stream: R, pending: &Pending) {
    let mut frames = Frames::default();
    loop {
        match frames.length(&mut stream, RPC_FRAME_MAX).await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            Err(error) => return tracing::debug!(%error, "connection to a peer ended"),
        }
        let frame = match frames.body(&mut stream).await {
            Ok(bytes) => Frame::parse(bytes),
            Err(error) => return tracing::debug!(%error, "connection to a peer ended"),
        };
        let answer = frame.and_then(|frame| {
            let head = frame.read()?;
            Ok((frame.kind, frame.id, Answer { head, body: frame.body }))
        });
        match answer {
            Ok((Kind::Response, id, answer)) => {
                // Nobody: the caller has gone, or the peer answers what was not asked.
                let waiting = pending.lock().remove(&id);
                if let Some(sender) = waiting {
                    let _ = sender.send(answer);
                }
            }
            Ok((Kind::Request, ..)) => {
                return tracing::warn!("a peer asks where it should answer");
            }
            Err(error) => return tracing::warn!(%error, "connection to a peer is given up"),
        }
    }
}
