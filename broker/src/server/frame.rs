//! Cuts frames out of a byte stream. Never allocates what a peer only promises.
//!
//! A large frame has memory of its own and of its size: its record batches stay in the tail cache by
//! reference, and a larger buffer behind them would be held, and not counted, as long as they are.

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// One read takes many small requests; an idle peer costs little.
const SMALL_READ: usize = 4 << 10;
/// Bytes that say how long a frame is.
const LENGTH: usize = 4;
/// Beyond this, memory grows with the bytes that have come.
const GROW_STEP: usize = 1 << 20;

/// Why a stream yields no more frames.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("frame of {0} bytes, at most {1} are accepted")]
    Length(i64, usize),
    #[error("the connection ended inside a frame")]
    Truncated,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Bytes of a connection that are not yet a whole frame. Dropping a future of [`Frames::next`] loses
/// nothing.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    buf: BytesMut,
    need: Option<usize>,
}

impl Frames {
    /// The length of the frame that is being read, once it is known.
    pub(crate) fn pending(&self) -> Option<usize> {
        self.need
    }

    /// Reads until the length of the next frame is known. None: the stream ended between frames.
    pub(crate) async fn length<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        max: usize,
    ) -> Result<Option<usize>, FrameError> {
        loop {
            if let Some(need) = self.need {
                return Ok(Some(need));
            }
            if self.buf.len() >= LENGTH {
                let len = self.buf.get_i32();
                match usize::try_from(len) {
                    Ok(n) if n <= max => self.need = Some(n),
                    _ => return Err(FrameError::Length(len.into(), max)),
                }
                continue;
            }
            self.buf.reserve(SMALL_READ);
            if stream.read_buf(&mut self.buf).await? == 0 {
                return if self.buf.is_empty() { Ok(None) } else { Err(FrameError::Truncated) };
            }
        }
    }

    /// Reads the rest of the frame whose length is known.
    pub(crate) async fn body<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<BytesMut, FrameError> {
        let need = self.need.unwrap_or(0);
        if self.buf.is_empty() {
            // Not `reserve`: that may go by the size of the buffer before.
            self.buf = BytesMut::with_capacity(room(need, 0));
        }
        while self.buf.len() < need {
            let (have, capacity) = (self.buf.len(), self.buf.capacity());
            if have == capacity || (need <= GROW_STEP && capacity < need) {
                self.buf.reserve(room(need, have));
            }
            if stream.read_buf(&mut self.buf).await? == 0 {
                return Err(FrameError::Truncated);
            }
        }
        self.need = None;
        let frame = self.buf.split_to(need);
        if self.buf.is_empty() {
            // Let go of the frame's memory: what is kept of it belongs to whoever keeps it.
            self.buf = BytesMut::new();
        }
        Ok(frame)
    }
}

/// Bytes to make room for when `have` of a frame are there: the rest of it, and the length of the next
/// frame, which a busy peer has sent already.
fn room(need: usize, have: usize) -> usize {
    let missing = (need + LENGTH).saturating_sub(have).max(SMALL_READ.saturating_sub(have));
    if need <= GROW_STEP { missing } else { missing.min(have.max(GROW_STEP)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(mut bytes: &[u8], max: usize) -> Vec<Result<Vec<u8>, String>> {
        let mut frames = Frames::default();
        let mut out = Vec::new();
        loop {
            match frames.length(&mut bytes, max).await {
                Ok(None) => return out,
                Ok(Some(_)) => match frames.body(&mut bytes).await {
                    Ok(frame) => out.push(Ok(frame.to_vec())),
                    Err(e) => out.push(Err(e.to_string())),
                },
                Err(e) => out.push(Err(e.to_string())),
            }
            if out.last().is_some_and(Result::is_err) {
                return out;
            }
        }
    }

    #[tokio::test]
    async fn frames_are_cut() {
        assert_eq!(
            all(b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01c", 10).await,
            [Ok(b"ab".to_vec()), Ok(vec![]), Ok(b"c".to_vec())]
        );
    }

    #[tokio::test]
    async fn large_frame_has_memory_of_its_size() {
        let mut stream = Vec::new();
        for byte in [1_u8, 2, 3] {
            stream.extend_from_slice(&20_000_i32.to_be_bytes());
            stream.extend_from_slice(&[byte; 20_000]);
        }
        let (mut frames, mut stream) = (Frames::default(), &stream[..]);
        for byte in [1_u8, 2, 3] {
            assert_eq!(frames.length(&mut stream, 1 << 20).await.unwrap(), Some(20_000));
            let frame = frames.body(&mut stream).await.unwrap();
            assert!(frame.iter().all(|b| *b == byte));
            assert!(frame.capacity() < 20_000 + SMALL_READ, "{}", frame.capacity());
        }
    }

    #[tokio::test]
    async fn liars_are_refused() {
        assert_eq!(
            all(b"\0\0\0\x0bx", 10).await,
            [Err("frame of 11 bytes, at most 10 are accepted".into())]
        );
        assert_eq!(
            all(b"\xff\xff\xff\xff", 10).await,
            [Err("frame of -1 bytes, at most 10 are accepted".into())]
        );
        assert_eq!(
            all(b"\0\0\0\x05ab", 10).await,
            [Err("the connection ended inside a frame".into())]
        );
        assert_eq!(all(b"\0\0", 10).await, [Err("the connection ended inside a frame".into())]);
    }
}
