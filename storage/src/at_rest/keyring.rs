use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use common_seams::Rng;
use common_types::TenantId;
use parking_lot::RwLock;

use super::data_key::DataKey;
use super::key_store::{KeyStore, KeyStoreError};
use super::tenant_keys::{StoredKey, TenantKeys};
use crate::keys::ObjectKey;
use crate::store::{ObjectStore, PutMode, StoreError};

/// Folder of the tenants' keys.
const FOLDER: &str = "keys";
/// Numbers of keys are below, so that tools that have only floating point show them right.
const IDS_END: u64 = 1 << 53;

/// Pause before a key that others work on is asked for again.
const PAUSE: Duration = Duration::from_millis(50);

/// Whether records are sealed, and where the keys are wrapped.
#[derive(Debug, Clone, Default)]
pub struct Encryption {
    /// Wraps and unwraps data keys; needed to read what was sealed before, too.
    pub key_store: Option<Arc<dyn KeyStore>>,
    /// Whether what is written from now on is sealed.
    pub seal: bool,
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The object store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The wrapping keys are not known to this process.
    #[error(
        "the records of this cell are encrypted, and the key store that wraps their keys was not given"
    )]
    NoKeyStore,
    /// The key store failed.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The object with the wrapped keys cannot be read.
    #[error("{key} is damaged: {reason}")]
    Damaged {
        /// The object.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// No such key, any more.
    #[error("key {id} of {tenant} does not exist: a key is destroyed when its cluster is deleted")]
    Destroyed {
        /// Whose key.
        tenant: TenantId,
        /// Its number.
        id: u64,
    },
}

impl KeyError {
    /// Whether asking again may help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Store(_) | Self::KeyStore(KeyStoreError::Unavailable { .. }) => true,
            Self::NoKeyStore
            | Self::KeyStore(KeyStoreError::NoKey { .. } | KeyStoreError::Refused { .. })
            | Self::Damaged { .. }
            | Self::Destroyed { .. } => false,
        }
    }
}

/// The key of a tenant is not in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no key is at hand that seals records of {0}")]
pub struct NotReady(pub TenantId);

/// The data keys of a cell: made when they are needed, kept in memory, destroyed with their tenants.
#[derive(Debug)]
pub struct Keyring {
    store: Arc<dyn ObjectStore>,
    rng: Arc<dyn Rng>,
    encryption: Encryption,
    known: RwLock<HashMap<TenantId, Known>>,
}

/// The keys of a tenant, oldest first.
type Known = Arc<[Arc<DataKey>]>;

/// Whether the records in a store are sealed, or were at some time.
///
/// # Errors
/// When the store fails.
pub async fn has_keys(store: &dyn ObjectStore) -> Result<bool, StoreError> {
    match store.get(ObjectKey::TenantKeys(TenantId::SYSTEM).to_string()).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(e) => Err(e),
    }
}

impl Keyring {
    /// The keys of the cell in `store`. Proves with those of the cell itself that they can be unwrapped;
    /// makes these when records are to be sealed and never were. Without a key store nothing is asked:
    /// who has none looks first whether the cell [has keys](has_keys).
    ///
    /// # Errors
    /// When there are keys that cannot be unwrapped, or the store fails.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        rng: Arc<dyn Rng>,
        encryption: Encryption,
    ) -> Result<Self, KeyError> {
        let keyring = Self { store, rng, encryption, known: RwLock::default() };
        if keyring.encryption.seal {
            keyring.ready(TenantId::SYSTEM).await?;
        } else if keyring.encryption.key_store.is_some() {
            keyring.load(TenantId::SYSTEM).await?;
        }
        Ok(keyring)
    }

    /// The key that seals what a tenant writes; none when nothing is sealed.
    ///
    /// # Errors
    /// When the tenant's keys are not in memory: see [`Keyring::ready`].
    pub fn sealing(&self, tenant: TenantId) -> Result<Option<Arc<DataKey>>, NotReady> {
        if !self.encryption.seal {
            return Ok(None);
        }
        let newest = self.known.read().get(&tenant).and_then(|keys| keys.last().cloned());
        newest.map(Some).ok_or(NotReady(tenant))
    }

    /// Whether [`Keyring::sealing`] answers for a tenant.
    #[must_use]
    pub fn is_ready(&self, tenant: TenantId) -> bool {
        !self.encryption.seal || self.known.read().contains_key(&tenant)
    }

    /// Makes sure that what a tenant writes can be sealed; makes its key at its first record.
    ///
    /// Must be called only for tenants that exist: nobody else destroys the key again.
    ///
    /// # Errors
    /// When the store or the key store fails.
    pub async fn ready(&self, tenant: TenantId) -> Result<(), KeyError> {
        while !self.is_ready(tenant) {
            if self.load(tenant).await?.is_none() && !self.make(tenant).await? {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// A key that sealed a chunk.
    ///
    /// # Errors
    /// When it was destroyed or cannot be unwrapped.
    pub async fn find(&self, tenant: TenantId, id: u64) -> Result<Arc<DataKey>, KeyError> {
        let among = |keys: &Known| keys.iter().find(|k| k.id() == id).cloned();
        let known = self.known.read().get(&tenant).and_then(among);
        if let Some(key) = known {
            return Ok(key);
        }
        let loaded = self.load(tenant).await?;
        loaded.as_ref().and_then(among).ok_or(KeyError::Destroyed { tenant, id })
    }

    /// Forgets the keys of a tenant that is gone.
    pub fn forget(&self, tenant: TenantId) {
        self.known.write().remove(&tenant);
    }

    /// Destroys the keys of a tenant that is gone: nothing that they sealed can be read again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn destroy(&self, tenant: TenantId) -> Result<(), StoreError> {
        self.forget(tenant);
        if self.encryption.key_store.is_none() {
            return Ok(());
        }
        self.store.delete(ObjectKey::TenantKeys(tenant).to_string()).await
    }

    /// All tenants that have keys.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        if self.encryption.key_store.is_none() {
            return Ok(Vec::new());
        }
        let keys = self.store.list(FOLDER.to_owned()).await?;
        let names = keys.iter().filter_map(|key| key.rsplit('/').next());
        Ok(names.filter_map(|name| name.parse().ok()).collect())
    }

    /// Reads and unwraps the keys of a tenant. None: it has none.
    async fn load(&self, tenant: TenantId) -> Result<Option<Known>, KeyError> {
        let key = ObjectKey::TenantKeys(tenant).to_string();
        let bytes = match self.store.get(key.clone()).await {
            Ok((bytes, _)) => bytes,
            Err(StoreError::NotFound(_)) => return Ok(None),
            Err(e) => return Err(e.into()),
        };
        let damaged = |reason: String| KeyError::Damaged { key: key.clone(), reason };
        let stored = TenantKeys::parse(tenant, &bytes).map_err(damaged)?;
        let mut keys = Vec::with_capacity(stored.keys.len());
        for one in &stored.keys {
            keys.push(self.unwrap(tenant, one, &key).await?);
        }
        let keys: Known = keys.into();
        self.known.write().insert(tenant, Arc::clone(&keys));
        Ok(Some(keys))
    }

    async fn unwrap(
        &self,
        tenant: TenantId,
        stored: &StoredKey,
        key: &str,
    ) -> Result<Arc<DataKey>, KeyError> {
        let key_store = self.encryption.key_store.as_ref().ok_or(KeyError::NoKeyStore)?;
        let wrapped = stored.wrapped().ok_or_else(|| KeyError::Damaged {
            key: key.to_owned(),
            reason: "a wrapped key is not hexadecimal".to_owned(),
        })?;
        let bound = TenantKeys::bound_to(tenant, stored.id);
        let secret = key_store.unwrap(bound, wrapped).await?;
        Ok(Arc::new(DataKey::new(stored.id, &secret, Arc::clone(&self.rng))))
    }

    /// Stores a new key for a tenant, unless somebody else is first. It counts once it was read back.
    /// False: somebody is at it.
    async fn make(&self, tenant: TenantId) -> Result<bool, KeyError> {
        let key_store = self.encryption.key_store.as_ref().ok_or(KeyError::NoKeyStore)?;
        let id = 1 + self.rng.below(IDS_END - 1);
        let mut secret = [0; 32];
        self.rng.fill(&mut secret);
        let wrapped = key_store.wrap(TenantKeys::bound_to(tenant, id), secret).await?;
        let key = ObjectKey::TenantKeys(tenant).to_string();
        let body = serde_json::to_vec(&TenantKeys::new(tenant, id, &wrapped));
        let body =
            body.map_err(|e| KeyError::Damaged { key: key.clone(), reason: e.to_string() })?;
        match self.store.put(key, body.into(), PutMode::IfAbsent).await {
            Ok(_) | Err(StoreError::Exists(_)) => Ok(true),
            Err(StoreError::Contended(_)) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }
}
