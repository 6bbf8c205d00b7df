//! One connection. Produce requests are pipelined: appended in the order of arrival, answered as they
//! become durable. Every other request waits for the answers before it, as in Kafka.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use common_types::limits::{
    PIPELINE_BYTES_MAX, PIPELINE_REQUESTS_MAX, REQUEST_FRAME_MAX, UNAUTHENTICATED_FRAME_MAX,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::authenticate::Login;
use super::frame::{FrameError, Frames};
use super::output::write_rope;
use super::request::{BadRequest, Listener};
use super::{Peer, Server};
use crate::quota::THROTTLE_MAX;

/// A frame must be complete this long after its length.
const FRAME_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that has not logged in by then is dropped.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that takes no bytes for this long is dropped.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// When the server stops, answers that are on their way may take this long.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// Bytes that say how long a frame is.
const LENGTH: usize = 4;
/// Frames from this size on count against the budget of all connections.
const COUNTED_FRAME: usize = 64 << 10;

/// Why a connection ended. All but the first are worth a line in the log.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionEnd {
    /// The client closed it, or the server stops.
    #[error("closed")]
    Closed,
    /// Bytes that are no request.
    #[error("{0}")]
    Protocol(String),
    /// The client was too slow.
    #[error("timed out: {0}")]
    Timeout(&'static str),
    /// The log has ended: nothing can be acknowledged.
    #[error("the log has ended")]
    LogEnded,
    /// The key was deleted or the login refused.
    #[error("not authenticated")]
    Unauthenticated,
    /// The token that was shown ended, and the client went on without showing another (KIP-368).
    #[error("the token ended, and no other was shown")]
    TokenEnded,
    /// The network failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl From<BadRequest> for ConnectionEnd {
    fn from(e: BadRequest) -> Self {
        Self::Protocol(e.to_string())
    }
}

impl From<FrameError> for ConnectionEnd {
    fn from(e: FrameError) -> Self {
        match e {
            FrameError::Io(e) => Self::Io(e),
            FrameError::Length(..) | FrameError::Truncated => Self::Protocol(e.to_string()),
        }
    }
}

impl Outcome {
    /// Bytes that the client gets.
    fn bytes(&self) -> usize {
        match self {
            Self::Answer(parts) => parts.iter().map(Bytes::len).sum(),
            Self::WhenDurable { answer, .. } => answer.len(),
            Self::Nothing => 0,
        }
    }
}

/// An answer that waits for durability.
struct Waiting {
    ticket: u64,
    answer: Bytes,
    bytes: usize,
    _budget: Option<OwnedSemaphorePermit>,
}

/// What a handler made of a request.
pub(super) enum Outcome {
    /// Send this.
    Answer(Vec<Bytes>),
    /// Send this once `ticket` is durable.
    WhenDurable { ticket: u64, answer: Bytes },
    /// Nothing to send, as for acks=0.
    Nothing,
}

pub(super) struct Connection<S> {
    pub(super) server: Arc<Server>,
    pub(super) stream: S,
    pub(super) login: Login,
    pub(super) listener: Listener,
    pub(super) address: IpAddr,
    frames: Frames,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    notify: Arc<Notify>,
    /// Nothing is read before: its owner used more than their quota (KIP-219).
    still_until: Option<Instant>,
    /// Whoever has not signed in by then is dropped.
    login_by: Instant,
}

/// Ends some time after the stop was asked for.
async fn stopped(cancel: &CancellationToken) {
    cancel.cancelled().await;
    tokio::time::sleep(STOP_GRACE).await;
}

impl Server {
    /// Serves one connection until it ends.
    ///
    /// # Errors
    /// Why it ended; [`ConnectionEnd::Closed`] is the ordinary end.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send>(
        self: Arc<Self>,
        stream: S,
        peer: Peer,
        cancel: CancellationToken,
    ) -> ConnectionEnd {
        let mut connection = Connection {
            login: Login::new(peer.tenant),
            listener: Listener { tls: peer.tls },
            address: peer.address.ip(),
            server: self,
            stream,
            frames: Frames::default(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            notify: Arc::new(Notify::new()),
            still_until: None,
            login_by: Instant::now() + LOGIN_TIMEOUT,
        };
        tokio::select! {
            biased;
            end = connection.run(&cancel) => end.err().unwrap_or(ConnectionEnd::Closed),
            () = stopped(&cancel) => ConnectionEnd::Closed,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    async fn run(&mut self, cancel: &CancellationToken) -> Result<(), ConnectionEnd> {
        loop {
            let deadline = self.login_by;
            let known = self.login.session().is_some();
            let max = if known { REQUEST_FRAME_MAX } else { UNAUTHENTICATED_FRAME_MAX };
            let still_until = self.still_until;
            let has_room = still_until.is_none()
                && self.waiting.len() < PIPELINE_REQUESTS_MAX
                && self.waiting_bytes < PIPELINE_BYTES_MAX;
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(()),
                () = self.notify.notified(), if !self.waiting.is_empty() => {
                    self.send_durable().await?;
                }
                length = self.frames.length(&mut self.stream, max), if has_room => {
                    let Some(length) = length? else { return Ok(()) };
                    self.request(length, cancel).await?;
                }
                () = tokio::time::sleep_until(still_until.unwrap_or(deadline)),
                    if still_until.is_some() => self.still_until = None,
                () = tokio::time::sleep_until(deadline), if !known => {
                    return Err(ConnectionEnd::Timeout("no login"));
                }
            }
        }
    }

    async fn request(
        &mut self,
        length: usize,
        cancel: &CancellationToken,
    ) -> Result<(), ConnectionEnd> {
        debug_assert_eq!(self.frames.pending(), Some(length));
        let budget = self.take_budget(length).await;
        let frame = tokio::select! {
            biased;
            frame = self.frames.body(&mut self.stream) => frame?,
            () = cancel.cancelled() => return Err(ConnectionEnd::Closed),
            () = tokio::time::sleep(FRAME_TIMEOUT) => {
                return Err(ConnectionEnd::Timeout("frame not complete"));
            }
        };
        if !super::dispatch::is_pipelined(&frame) {
            self.drain().await?;
        }
        let api = super::dispatch::api_of(&frame);
        let outcome = self.handle(frame).await?;
        if let Some(presence) = self.login.presence() {
            presence.served(api, length + LENGTH, outcome.bytes());
        }
        match outcome {
            Outcome::Answer(parts) => {
                self.drain().await?;
                self.write(parts).await
            }
            Outcome::WhenDurable { ticket, answer } => {
                self.waiting_bytes += length;
                self.waiting.push_back(Waiting { ticket, answer, bytes: length, _budget: budget });
                if self.waiting.len() == 1 {
                    self.send_durable().await?;
                }
                Ok(())
            }
            Outcome::Nothing => Ok(()),
        }
    }

    /// Gives a client that was signed in until now the time to acknowledge that it is not any more.
    pub(super) fn expect_login(&mut self) {
        self.login_by = Instant::now() + LOGIN_TIMEOUT;
    }

    /// Leaves what the client sends unread for a time; answers that wait go out meanwhile.
    pub(super) fn be_still(&mut self, time: Duration) {
        if !time.is_zero() {
            self.still_until = Some(Instant::now() + time.min(THROTTLE_MAX));
        }
    }

    /// Large frames of all connections share a budget. Where it is used up, reading waits; a single
    /// frame may take all of it.
    async fn take_budget(&self, length: usize) -> Option<OwnedSemaphorePermit> {
        if length < COUNTED_FRAME {
            return None;
        }
        let kib = u32::try_from(length >> 10).unwrap_or(u32::MAX);
        Arc::clone(&self.server.frame_kib).acquire_many_owned(kib).await.ok()
    }

    /// Sends every answer at the front whose records are durable, in one write; then asks to be woken
    /// for the next one.
    async fn send_durable(&mut self) -> Result<(), ConnectionEnd> {
        loop {
            let mut ready = Vec::new();
            while let Some(front) = self.waiting.front()
                && self.server.cell.wal.is_durable(front.ticket)
            {
                let Some(done) = self.waiting.pop_front() else { break };
                self.waiting_bytes -= done.bytes;
                ready.push(done.answer);
            }
            if !ready.is_empty() {
                self.write(ready).await?;
            }
            let Some(front) = self.waiting.front() else { return Ok(()) };
            let wal = &self.server.cell.wal;
            if wal.notify_when_durable(front.ticket, &self.notify) {
                return Ok(());
            }
            if !wal.is_durable(front.ticket) {
                return Err(ConnectionEnd::LogEnded);
            }
        }
    }

    /// Waits until every answer was sent.
    async fn drain(&mut self) -> Result<(), ConnectionEnd> {
        while !self.waiting.is_empty() {
            self.send_durable().await?;
            if !self.waiting.is_empty() {
                self.notify.notified().await;
            }
        }
        Ok(())
    }

    async fn write(&mut self, parts: Vec<Bytes>) -> Result<(), ConnectionEnd> {
        match tokio::time::timeout(WRITE_TIMEOUT, write_rope(&mut self.stream, parts)).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(ConnectionEnd::Timeout("the client takes no bytes")),
        }
    }

    pub(super) async fn answer_now(&mut self, bytes: BytesMut) -> Result<(), ConnectionEnd> {
        self.write(vec![bytes.freeze()]).await
    }
}
