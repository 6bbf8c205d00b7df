//! Bytes of an object, in parts: a slot goes to a store without being copied into one buffer.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// The bytes of a put. Clones share them, so that a retry sends the very same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payload {
    parts: Arc<[Bytes]>,
    len: u64,
}

impl Payload {
    /// The parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Bytes] {
        &self.parts
    }

    /// Bytes of all parts together.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All bytes in one buffer: copied, unless there is just one part.
    #[must_use]
    pub fn concat(&self) -> Bytes {
        if let [one] = &*self.parts {
            return one.clone();
        }
        let mut all = BytesMut::new();
        self.parts.iter().for_each(|p| all.extend_from_slice(p));
        all.freeze()
    }
}

impl FromIterator<Bytes> for Payload {
    fn from_iter<I: IntoIterator<Item = Bytes>>(parts: I) -> Self {
        let parts: Arc<[Bytes]> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        let len = parts.iter().map(|p| p.len() as u64).sum();
        Self { parts, len }
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self::from_iter([bytes])
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&'static str> for Payload {
    fn from(text: &'static str) -> Self {
        Bytes::from(text).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_shared_and_only_concat_copies() {
        let body = Bytes::from(vec![7; 100]);
        let payload: Payload =
            [Bytes::from("head"), Bytes::new(), body.clone()].into_iter().collect();
        assert_eq!((payload.parts().len(), payload.len()), (2, 104));
        assert_eq!(payload.parts()[1].as_ptr(), body.as_ptr());
        assert_eq!(payload.concat().len(), 104);
        assert_eq!(Payload::from(body.clone()).concat().as_ptr(), body.as_ptr());
        assert!(Payload::from("").is_empty());
    }
}
