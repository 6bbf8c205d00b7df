use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

use crate::group::{GroupError, Text};

/// A name of our own: a slice of the request would keep the whole frame in memory.
pub(super) fn text(s: &StrBytes) -> Text {
    Text::from(s.as_str())
}

pub(super) fn optional_text(s: Option<&StrBytes>) -> Option<Text> {
    s.map(text)
}

/// Bytes of our own, for the same reason.
pub(super) fn owned(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

pub(super) fn str_bytes(s: &str) -> StrBytes {
    StrBytes::from_string(s.to_owned())
}

pub(super) fn optional_str_bytes(s: Option<&str>) -> Option<StrBytes> {
    s.map(str_bytes)
}

pub(super) fn code(result: &Result<(), GroupError>) -> i16 {
    result.err().map_or(0, GroupError::code)
}
