//! Cuts frames out of a byte stream. Never allocates what a peer only promises.

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

const SMALL_READ: usize = 4 << 10;
const LARGE_READ: usize = 128 << 10;
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
    last: usize,
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
            if self.buf.len() >= 4 {
                let len = self.buf.get_i32();
                match usize::try_from(len) {
                    Ok(n) if n <= max => self.need = Some(n),
                    _ => return Err(FrameError::Length(len.into(), max)),
                }
                continue;
            }
            // One large read takes many requests of a busy producer; an idle peer costs little.
            self.buf.reserve(if self.last > SMALL_READ { LARGE_READ } else { SMALL_READ });
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
        while self.buf.len() < need {
            let missing = need - self.buf.len();
            let step = if need <= GROW_STEP {
                missing
            } else {
                missing.min(self.buf.len().max(GROW_STEP))
            };
            self.buf.reserve(step);
            if stream.read_buf(&mut self.buf).await? == 0 {
                return Err(FrameError::Truncated);
            }
        }
        self.need = None;
        self.last = need;
        let frame = self.buf.split_to(need);
        if self.buf.is_empty() {
            // Let go of the frame's memory: what is kept of it belongs to whoever keeps it.
            self.buf = BytesMut::new();
        }
        Ok(frame)
    }
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
