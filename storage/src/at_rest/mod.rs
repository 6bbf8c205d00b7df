//! Encryption at rest: record batches are sealed chunk by chunk, each tenant under keys of its own.
//!
//! ```text
//! sealed chunk:  salt (24) | ciphertext, as long as the batches | tag (16)
//! cipher:        AES-256-GCM under HMAC-SHA-256(data key, "weir chunk 1" | salt), nonce zero
//! bound to it:   tenant (16), topic (16), partition u32, first offset i64, last offset i64, key id u64
//! ```
//! Numbers are little-endian; all of it is frozen. Every chunk has a key of its own, made from a fresh
//! salt of 192 bits, so that no nonce is ever used twice under a key, however much a tenant writes. A
//! chunk that was changed, cut, or moved to another place does not open.
//!
//! The data keys of a tenant lie in one object, `keys/{tenant}`, wrapped by a [`KeyStore`]. Deleting the
//! object makes everything unreadable that was sealed under them, wherever copies of it lie.
//!
//! *Clear*: which tenant has how many bytes in which partition of which topic id, offsets, timestamps,
//! leader epochs, producer ids and sequences, names and settings of topics.

mod chunk_name;
mod data_key;
mod key_store;
mod keyring;
mod tenant_keys;

pub use chunk_name::ChunkName;
pub use data_key::{DataKey, OpenError, SEALED_OVERHEAD};
pub use key_store::{KeyStore, KeyStoreError, Wrapped};
pub use keyring::{Encryption, KeyError, Keyring, NotReady, has_keys};
pub use tenant_keys::{StoredKey, TenantKeys};
