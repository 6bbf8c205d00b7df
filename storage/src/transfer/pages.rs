//! Objects that are copied as they are.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::ends::put_new;
use super::error::damaged;
use super::{Copied, TransferError};
use crate::ids::PgId;
use crate::keys::ObjectKey;
use crate::manifest::Manifest;
use crate::store::{ETag, ObjectStore, PutMode, StoreError};

/// Objects at a time: each lies in memory.
const WIDTH: usize = 4;

/// Copies objects that the target does not have.
pub(super) async fn copy_all(
    from: &dyn ObjectStore,
    to: &dyn ObjectStore,
    keys: impl IntoIterator<Item = String>,
    present: &mut BTreeSet<String>,
    copied: &mut Copied,
) -> Result<(), TransferError> {
    let wanted = keys.into_iter().filter(|key| !present.contains(key));
    let wanted: BTreeSet<String> = wanted.collect();
    let copies: Vec<_> = wanted
        .into_iter()
        .map(|key| async move {
            let bytes = fetch(from, &key).await?;
            let size = bytes.len() as u64;
            let new = put_new(to, key.clone(), bytes.into()).await?;
            Ok::<_, TransferError>((key, if new { size } else { 0 }))
        })
        .collect();
    let mut done = stream::iter(copies).buffer_unordered(WIDTH);
    while let Some((key, size)) = done.try_next().await? {
        present.insert(key);
        copied.objects += 1;
        copied.bytes += size;
    }
    Ok(())
}

/// An object that must be there.
pub(super) async fn fetch(from: &dyn ObjectStore, key: &str) -> Result<Bytes, TransferError> {
    match from.get(key.to_owned()).await {
        Ok((bytes, _)) => Ok(bytes),
        Err(StoreError::NotFound(_)) => Err(damaged(key, "it is missing")),
        Err(e) => Err(e.into()),
    }
}

/// The manifest of a group, if it has one.
pub(super) async fn manifest_of(
    store: &dyn ObjectStore,
    pg: PgId,
) -> Result<Option<(Manifest, ETag)>, TransferError> {
    let key = ObjectKey::Manifest(pg).to_string();
    match store.get(key.clone()).await {
        Ok((bytes, etag)) => {
            Ok(Some((Manifest::parse(&bytes).map_err(|e| damaged(&key, e))?, etag)))
        }
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Writes a manifest of the copy, whatever was there.
pub(super) async fn put_manifest(
    to: &dyn ObjectStore,
    manifest: &Manifest,
) -> Result<(), TransferError> {
    let pg = PgId(manifest.pg);
    let mode = match manifest_of(to, pg).await? {
        Some((_, etag)) => PutMode::IfMatch(etag),
        None => PutMode::IfAbsent,
    };
    let body = prost::Message::encode_to_vec(manifest);
    to.put(ObjectKey::Manifest(pg).to_string(), body.into(), mode).await?;
    Ok(())
}
