use std::fmt;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use common_seams::Rng;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;

use super::chunk_name::ChunkName;

const SALT: usize = 24;
const TAG: usize = 16;
const LABEL: &[u8] = b"weir chunk 1";
/// Bytes by which a sealed chunk is longer than its batches.
pub const SEALED_OVERHEAD: usize = SALT + TAG;

/// A key that seals chunks of one tenant.
pub struct DataKey {
    id: u64,
    secret: hmac::Key,
    rng: Arc<dyn Rng>,
}

/// A chunk that does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name}: these are not the bytes that were sealed there under key {key}; they were damaged, changed, or moved"
)]
pub struct OpenError {
    name: ChunkName,
    key: u64,
}

impl DataKey {
    /// The key `id`; salts come from `rng`.
    #[must_use]
    pub fn new(id: u64, secret: &[u8; 32], rng: Arc<dyn Rng>) -> Self {
        Self { id, secret: hmac::Key::new(hmac::HMAC_SHA256, secret), rng }
    }

    /// Its number, as chunks name it; never 0.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Seals the batches of a chunk, which are copied once.
    ///
    /// # Panics
    /// When a chunk is of 64 GiB or more: slots are far smaller.
    #[must_use]
    pub fn seal(&self, name: &ChunkName, batches: &[Bytes]) -> Bytes {
        let length: usize = batches.iter().map(Bytes::len).sum();
        let mut out = BytesMut::with_capacity(length + SEALED_OVERHEAD);
        let mut salt = [0; SALT];
        self.rng.fill(&mut salt);
        out.put_slice(&salt);
        batches.iter().for_each(|b| out.put_slice(b));
        let sealed = self.of_chunk(&salt).seal_in_place_separate_tag(
            nonce(),
            Aad::from(name.bound_to(self.id)),
            &mut out[SALT..],
        );
        out.put_slice(sealed.expect("a chunk is far below 64 GiB").as_ref());
        out.freeze()
    }

    /// The batches of a sealed chunk.
    ///
    /// # Errors
    /// When the bytes are not what was sealed under this key and name.
    pub fn open(&self, name: &ChunkName, sealed: &[u8]) -> Result<Bytes, OpenError> {
        let failed = || OpenError { name: *name, key: self.id };
        let (salt, rest) = sealed.split_first_chunk::<SALT>().ok_or_else(failed)?;
        let mut out = BytesMut::from(rest);
        let bound = Aad::from(name.bound_to(self.id));
        let opened = self.of_chunk(salt).open_in_place(nonce(), bound, &mut out);
        let length = opened.map_err(|_| failed())?.len();
        out.truncate(length);
        Ok(out.freeze())
    }

    fn of_chunk(&self, salt: &[u8; SALT]) -> LessSafeKey {
        let mut made = hmac::Context::with_key(&self.secret);
        made.update(LABEL);
        made.update(salt);
        let key = UnboundKey::new(&AES_256_GCM, made.sign().as_ref());
        LessSafeKey::new(key.expect("HMAC-SHA-256 gives the 32 bytes that AES-256 takes"))
    }
}

/// A key of a chunk seals once, so any nonce will do.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;
    use common_types::TenantId;
    use uuid::Uuid;

    use super::*;
    use crate::ids::PartitionId;

    const NAME: ChunkName = ChunkName {
        partition: PartitionId { tenant: TenantId::SYSTEM, topic: Uuid::from_u128(1), index: 2 },
        first: 10,
        last: 12,
    };

    fn key(id: u64) -> DataKey {
        DataKey::new(id, &[7; 32], Arc::new(SeededRng::new(id)))
    }

    #[test]
    fn what_is_sealed_opens_again_and_never_looks_the_same() {
        let batches = [Bytes::from_static(b"first batch"), Bytes::from_static(b"second")];
        let key = key(1);
        let (one, two) = (key.seal(&NAME, &batches), key.seal(&NAME, &batches));
        assert_ne!(one, two);
        assert_eq!(one.len(), 17 + SEALED_OVERHEAD);
        assert!(!one.windows(5).any(|w| w == b"batch"));
        assert_eq!(key.open(&NAME, &one).unwrap(), "first batchsecond");
    }

    #[test]
    fn a_changed_cut_or_empty_chunk_does_not_open() {
        let key = key(1);
        let sealed = key.seal(&NAME, &[Bytes::from_static(b"records")]);
        for at in 0..sealed.len() {
            let mut changed = sealed.to_vec();
            changed[at] ^= 1;
            assert!(key.open(&NAME, &changed).is_err(), "byte {at}");
            assert!(key.open(&NAME, &sealed[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn a_chunk_opens_under_its_own_name_and_key_only() {
        let (one, other) = (key(1), key(2));
        let sealed = one.seal(&NAME, &[Bytes::from_static(b"records")]);
        let of = |index| PartitionId { index, ..NAME.partition };
        let topic = PartitionId { topic: Uuid::from_u128(9), ..NAME.partition };
        let tenant = PartitionId { tenant: "lkc-x".parse().unwrap(), ..NAME.partition };
        for name in [
            ChunkName { partition: of(3), ..NAME },
            ChunkName { partition: topic, ..NAME },
            ChunkName { partition: tenant, ..NAME },
            ChunkName { first: 11, ..NAME },
            ChunkName { last: 13, ..NAME },
        ] {
            let error = one.open(&name, &sealed).unwrap_err();
            assert!(error.to_string().contains("key 1"), "{error}");
        }
        assert!(other.open(&NAME, &sealed).is_err());
        let stranger = DataKey::new(1, &[8; 32], Arc::new(SeededRng::new(1)));
        assert!(stranger.open(&NAME, &sealed).is_err());
    }
}
