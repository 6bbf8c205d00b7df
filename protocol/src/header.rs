//! The request header: what a server must know before it knows the message.

use bytes::{BufMut, BytesMut};

use crate::cursor::{Cursor, Malformed};

/// A decoded request header and where the body starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHeader<'a> {
    /// Which API.
    pub api_key: i16,
    /// Its version.
    pub api_version: i16,
    /// Chosen by the client, sent back.
    pub correlation_id: i32,
    /// Chosen by the client, for logs.
    pub client_id: Option<&'a str>,
    /// First byte of the body.
    pub body: usize,
}

/// Reads a header. `first_flexible` gives the first flexible version of an API, if it is known.
///
/// # Errors
/// When the frame ends early.
pub fn parse_request_header(
    frame: &[u8],
    first_flexible: impl Fn(i16) -> Option<i16>,
) -> Result<RequestHeader<'_>, Malformed> {
    let mut c = Cursor::new(frame);
    let (api_key, api_version, correlation_id) = (c.i16()?, c.i16()?, c.i32()?);
    // The client id keeps its old form in every header version (KIP-482).
    let client_id = c.nullable_string(false)?;
    c.tags(first_flexible(api_key).is_some_and(|v| api_version >= v))?;
    Ok(RequestHeader { api_key, api_version, correlation_id, client_id, body: c.position() })
}

/// Starts a response: a place for the length, the correlation id, and tags where they belong.
pub fn begin_response(out: &mut BytesMut, correlation_id: i32, flexible: bool) {
    out.put_i32(0);
    out.put_i32(correlation_id);
    if flexible {
        out.put_u8(0);
    }
}

/// Fills the length in once the size of everything that follows the length word is known.
///
/// # Panics
/// When the response is larger than the protocol can say.
pub fn finish_response(out: &mut [u8], size: usize) {
    let size = i32::try_from(size).expect("responses are bounded below 2 GiB");
    out[..4].copy_from_slice(&size.to_be_bytes());
}

/// UNSIGNED_VARINT.
pub fn put_uvarint(out: &mut BytesMut, mut v: u32) {
    while v >= 0x80 {
        // The low seven bits, and the mark that more follow.
        out.put_u8((v & 0x7f) as u8 | 0x80);
        v >>= 7;
    }
    out.put_u8(v as u8);
}

/// ARRAY or COMPACT_ARRAY count.
pub fn put_count(out: &mut BytesMut, n: usize, flexible: bool) {
    let n = i32::try_from(n).expect("arrays of responses are bounded");
    if flexible {
        put_uvarint(out, n.unsigned_abs() + 1);
    } else {
        out.put_i32(n);
    }
}

/// STRING or its compact form.
pub fn put_string(out: &mut BytesMut, s: &str, flexible: bool) {
    if flexible {
        put_uvarint(out, u32::try_from(s.len()).expect("strings of responses are bounded") + 1);
    } else {
        out.put_i16(i16::try_from(s.len()).expect("strings of responses are bounded"));
    }
    out.put_slice(s.as_bytes());
}
