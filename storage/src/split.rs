//! A cell whose metadata lies in another store than its records.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::keys::ObjectKey;
use crate::levels::{FIRST_LEVEL, FORMAT_LEVEL};
use crate::payload::Payload;
use crate::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};

/// First segment of the keys of metadata.
const META: &str = "meta";

/// Why two stores are not the two halves of a cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// One of them failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The metadata is not looked for where it is.
    #[error("the metadata of this cell lies in a store of its own; name it with --meta-store")]
    Elsewhere,
    /// The metadata lies with the records.
    #[error("the metadata of this cell lies with its records; start it without --meta-store")]
    Together,
    /// The metadata is that of other records.
    #[error("the metadata store holds the metadata of another cell; use another prefix of it")]
    OtherCell,
    /// The metadata is gone.
    #[error(
        "the metadata store is empty, but the cell has records; bring its metadata back from a backup of that store"
    )]
    Emptied,
    /// A mark cannot be read.
    #[error("{0} is damaged; restore it from a backup")]
    Damaged(String),
    /// A mark of a newer version.
    #[error("{0} was written by a newer version of Weir")]
    TooNew(String),
}

/// Lies in both halves, so that neither is ever used with a stranger.
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    format_level: u16,
    id: Uuid,
}

/// Two stores that look like one: keys below `meta/` lie in the one, all others in the other.
#[derive(Debug, Clone)]
pub struct SplitStore {
    records: Arc<dyn ObjectStore>,
    meta: Arc<dyn ObjectStore>,
}

impl SplitStore {
    /// Binds two empty stores to each other under `id`, or recognises two that were bound before.
    ///
    /// # Errors
    /// When they do not belong together, or do not answer.
    pub async fn bind(
        records: Arc<dyn ObjectStore>,
        meta: Arc<dyn ObjectStore>,
        id: Uuid,
    ) -> Result<Self, SplitError> {
        let place = ObjectKey::MetaPlace.to_string();
        let owner = ObjectKey::MetaOwner.to_string();
        let found = try_join(read_mark(&*records, &place), read_mark(&*meta, &owner)).await?;
        match found {
            (Some(place), Some(owner)) if place == owner => return Ok(Self { records, meta }),
            (_, Some(_)) => return Err(SplitError::OtherCell),
            // Metadata with the records, and a cell that had metadata elsewhere.
            (place, None) if is_there(&*records, ObjectKey::Cell).await? => {
                return Err(place.map_or(SplitError::Together, |_| SplitError::Emptied));
            }
            (None, None) if is_there(&*records, ObjectKey::MetaCurrent).await? => {
                return Err(SplitError::Together);
            }
            (_, None) => {}
        }
        // Records first: metadata that no records name is never taken for one's own.
        let id = agree(&*records, &place, id).await?;
        if agree(&*meta, &owner, id).await? != id {
            return Err(SplitError::OtherCell);
        }
        Ok(Self { records, meta })
    }

    /// Recognises two stores that were bound before. Writes nothing.
    ///
    /// # Errors
    /// When they were not, or do not answer.
    pub async fn bound(
        records: Arc<dyn ObjectStore>,
        meta: Arc<dyn ObjectStore>,
    ) -> Result<Self, SplitError> {
        let place = ObjectKey::MetaPlace.to_string();
        let owner = ObjectKey::MetaOwner.to_string();
        match try_join(read_mark(&*records, &place), read_mark(&*meta, &owner)).await? {
            (Some(place), Some(owner)) if place == owner => Ok(Self { records, meta }),
            (Some(_), None) => Err(SplitError::Emptied),
            (None, None) => Err(SplitError::Together),
            (_, Some(_)) => Err(SplitError::OtherCell),
        }
    }

    fn of(&self, key: &str) -> &dyn ObjectStore {
        if is_meta(key) { &*self.meta } else { &*self.records }
    }

    async fn list_both(
        &self,
        after: Option<String>,
        max: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        let records = self.records.list_after(String::new(), after.clone(), max);
        let meta = self.meta.list_after(String::new(), after, max);
        let (mut all, meta) = try_join(records, meta).await?;
        all.extend(meta);
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all.truncate(max);
        Ok(all)
    }
}

/// Refuses records whose metadata lies elsewhere: with an empty metadata log they would look like
/// nobody's.
///
/// # Errors
/// When it does, or the store does not answer.
pub async fn refuse_split(store: &dyn ObjectStore) -> Result<(), SplitError> {
    match read_mark(store, &ObjectKey::MetaPlace.to_string()).await? {
        Some(_) => Err(SplitError::Elsewhere),
        None => Ok(()),
    }
}

fn is_meta(key: &str) -> bool {
    key.strip_prefix(META).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

async fn is_there(store: &dyn ObjectStore, key: ObjectKey) -> Result<bool, SplitError> {
    match store.get(key.to_string()).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Puts a mark unless one is there. Returns the id of the one that is.
async fn agree(store: &dyn ObjectStore, key: &str, id: Uuid) -> Result<Uuid, SplitError> {
    let damaged = || SplitError::Damaged(key.to_owned());
    let mark = Mark { format_level: FIRST_LEVEL, id };
    let body = serde_json::to_vec(&mark).map_err(|_| damaged())?;
    match store.put(key.to_owned(), body.into(), PutMode::IfAbsent).await {
        Ok(_) => Ok(id),
        Err(StoreError::Exists(_)) => read_mark(store, key).await?.ok_or_else(damaged),
        Err(e) => Err(e.into()),
    }
}

async fn read_mark(store: &dyn ObjectStore, key: &str) -> Result<Option<Uuid>, SplitError> {
    let bytes = match store.get(key.to_owned()).await {
        Ok((bytes, _)) => bytes,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let mark: Mark =
        serde_json::from_slice(&bytes).map_err(|_| SplitError::Damaged(key.to_owned()))?;
    if mark.format_level > FORMAT_LEVEL {
        return Err(SplitError::TooNew(key.to_owned()));
    }
    Ok(Some(mark.id))
}

impl ObjectStore for SplitStore {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.of(&key).put(key, body, mode)
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.of(&key).get(key)
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.of(&key).get_range(key, range)
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        if prefix.is_empty() {
            return self.list_both(after, max).boxed();
        }
        self.of(&prefix).list_after(prefix, after, max)
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.of(&key).delete(key)
    }

    /// Records are dropped by the clock of the store that has them.
    fn date(&self) -> Option<StoreDate> {
        self.records.date()
    }
}
