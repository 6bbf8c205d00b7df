use bytes::{BufMut, Bytes, BytesMut};
use uuid::Uuid;

/// Writes Kafka's primitive types.
///
/// Lengths that do not fit their type cannot come up: names are bounded by
/// `GroupSettings::NAME_SIZE_MAX` and bytes by the size of a request. Should one get here all the
/// same, it is cut rather than written with a wrong length, which would make the slot unreadable.
#[derive(Default)]
pub(super) struct Writer(BytesMut);

impl Writer {
    pub(super) fn new(version: i16) -> Self {
        Self::default().i16(version)
    }

    pub(super) fn i16(mut self, v: i16) -> Self {
        self.0.put_i16(v);
        self
    }

    pub(super) fn i32(mut self, v: i32) -> Self {
        self.0.put_i32(v);
        self
    }

    pub(super) fn i64(mut self, v: i64) -> Self {
        self.0.put_i64(v);
        self
    }

    pub(super) fn uuid(mut self, v: Uuid) -> Self {
        self.0.put_slice(v.as_bytes());
        self
    }

    pub(super) fn uvarint(mut self, v: usize) -> Self {
        let mut rest = v;
        while rest >= 0x80 {
            self.0.put_u8(0x80 | u8::try_from(rest & 0x7f).unwrap_or_default());
            rest >>= 7;
        }
        self.0.put_u8(u8::try_from(rest).unwrap_or_default());
        self
    }

    pub(super) fn text(self, v: &str) -> Self {
        self.nullable_text(Some(v))
    }

    pub(super) fn nullable_text(self, v: Option<&str>) -> Self {
        let Some(text) = v else { return self.i16(-1) };
        let cut = cut_at(text, usize::from(i16::MAX.unsigned_abs()));
        let mut next = self.i16(i16::try_from(cut.len()).unwrap_or(i16::MAX));
        next.0.put_slice(cut.as_bytes());
        next
    }

    pub(super) fn compact_text(self, v: &str) -> Self {
        let mut next = self.uvarint(v.len() + 1);
        next.0.put_slice(v.as_bytes());
        next
    }

    pub(super) fn bytes(self, v: &[u8]) -> Self {
        let size = i32::try_from(v.len()).unwrap_or(i32::MAX);
        let mut next = self.i32(size);
        next.0.put_slice(&v[..usize::try_from(size).unwrap_or_default()]);
        next
    }

    pub(super) fn finish(self) -> Bytes {
        self.0.freeze()
    }
}

fn cut_at(text: &str, size: usize) -> &str {
    let mut end = text.len().min(size);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
