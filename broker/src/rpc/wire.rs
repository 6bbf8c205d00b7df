//! Frames: what they hold, and how they are written.

use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use common_types::limits::RPC_FRAME_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

/// Kind, id and length of the head.
const FIXED: usize = 1 + 8 + 4;
/// A peer that does not take a frame for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
const REQUEST: u8 = 0;
const RESPONSE: u8 = 1;

/// Which way a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
}

/// One message of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// Ties a response to its request.
    pub(super) id: u64,
    pub(super) head: Bytes,
    pub(super) body: Bytes,
}

/// Why bytes are no message.
#[derive(Debug, thiserror::Error)]
#[error("the peer sends what is no message: {0}")]
pub(super) struct BadFrame(String);

impl Frame {
    /// A message, unless it is too large to be sent.
    pub(super) fn new<T: Serialize>(
        kind: Kind,
        id: u64,
        head: &T,
        body: Bytes,
    ) -> Result<Self, BadFrame> {
        let head = serde_json::to_vec(head).map_err(|e| BadFrame(e.to_string()))?;
        let frame = Self { kind, id, head: head.into(), body };
        match frame.len() {
            len if len <= RPC_FRAME_MAX => Ok(frame),
            len => Err(BadFrame(format!("{len} bytes, at most {RPC_FRAME_MAX} can be sent"))),
        }
    }

    /// Says that there is no answer, where the answer itself cannot be sent.
    pub(super) fn refusal(id: u64, why: String) -> Self {
        let head = serde_json::json!({ "failed": { "refused": why } }).to_string();
        Self { kind: Kind::Response, id, head: head.into(), body: Bytes::new() }
    }

    /// Takes a frame apart, without its length word.
    pub(super) fn parse(bytes: BytesMut) -> Result<Self, BadFrame> {
        let mut bytes = bytes.freeze();
        if bytes.len() < FIXED {
            return Err(BadFrame(format!("a frame of {} bytes", bytes.len())));
        }
        let kind = match bytes.get_u8() {
            REQUEST => Kind::Request,
            RESPONSE => Kind::Response,
            other => return Err(BadFrame(format!("a frame of kind {other}"))),
        };
        let id = bytes.get_u64();
        let head = bytes.get_u32() as usize;
        if head > bytes.len() {
            return Err(BadFrame(format!("a head of {head} bytes in {}", bytes.len())));
        }
        let head = bytes.split_to(head);
        Ok(Self { kind, id, head, body: bytes })
    }

    /// What the head says.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, BadFrame> {
        serde_json::from_slice(&self.head).map_err(|e| BadFrame(e.to_string()))
    }

    fn len(&self) -> usize {
        FIXED + self.head.len() + self.body.len()
    }

    async fn write<W: AsyncWrite + Unpin>(&self, stream: &mut W) -> std::io::Result<()> {
        let too_long = || std::io::Error::other("a frame that is too long");
        let mut start = BytesMut::with_capacity(4 + FIXED + self.head.len());
        start.put_u32(u32::try_from(self.len()).map_err(|_| too_long())?);
        start.put_u8(match self.kind {
            Kind::Request => REQUEST,
            Kind::Response => RESPONSE,
        });
        start.put_u64(self.id);
        start.put_u32(u32::try_from(self.head.len()).map_err(|_| too_long())?);
        start.put_slice(&self.head);
        stream.write_all(&start).await?;
        stream.write_all(&self.body).await?;
        stream.flush().await
    }
}

/// Writes what comes until nothing more can come, or the connection fails.
pub(super) async fn write_frames<W: AsyncWrite + Unpin>(
    mut stream: W,
    mut frames: mpsc::Receiver<Frame>,
) -> std::io::Result<()> {
    while let Some(frame) = frames.recv().await {
        match tokio::time::timeout(WRITE_TIMEOUT, frame.write(&mut stream)).await {
            Ok(written) => written?,
            Err(late) => return Err(late.into()),
        }
    }
    stream.shutdown().await
}
