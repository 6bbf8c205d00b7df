//! Writes ropes of bytes without gluing large parts together.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

const SLICES_MAX: usize = 64;
/// Parts up to this size are copied together, so that many small answers are one call.
const COPY_MAX: usize = 4 << 10;

/// Writes all parts, in order.
pub(crate) async fn write_rope<S: AsyncWrite + Unpin>(
    stream: &mut S,
    parts: Vec<Bytes>,
) -> std::io::Result<()> {
    let mut parts = coalesce(parts);
    while !parts.is_empty() {
        let slices: Vec<IoSlice<'_>> =
            parts.iter().take(SLICES_MAX).map(|p| IoSlice::new(p)).collect();
        let mut n = stream.write_vectored(&slices).await?;
        if n == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        while n > 0 {
            let Some(first) = parts.front_mut() else { break };
            let step = n.min(first.len());
            first.advance(step);
            n -= step;
            if first.is_empty() {
                parts.pop_front();
            }
        }
    }
    stream.flush().await
}

fn coalesce(parts: Vec<Bytes>) -> VecDeque<Bytes> {
    let mut out = VecDeque::with_capacity(parts.len());
    let mut small = BytesMut::new();
    for part in parts.into_iter().filter(|p| !p.is_empty()) {
        if part.len() <= COPY_MAX {
            small.extend_from_slice(&part);
            continue;
        }
        if !small.is_empty() {
            out.push_back(small.split().freeze());
        }
        out.push_back(part);
    }
    if !small.is_empty() {
        out.push_back(small.freeze());
    }
    out
}
