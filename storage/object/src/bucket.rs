use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, GetResult, ObjectMeta, ObjectStoreExt as _, PutMode as Condition,
    PutOptions, PutPayload, UpdateVersion,
};
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};

use crate::outcome::{self, Call};
use crate::wire::{StoreClock, watch};

/// Keys that every service gives in one page.
const PAGE: usize = 1000;

/// Objects below a prefix of a bucket.
#[derive(Debug)]
pub struct BucketStore {
    client: Client,
    prefix: String,
    clock: Arc<StoreClock>,
}

#[derive(Debug)]
pub(crate) enum Client {
    S3(object_store::aws::AmazonS3),
    Gcs(object_store::gcp::GoogleCloudStorage),
    Azure(object_store::azure::MicrosoftAzure),
}

impl Client {
    fn objects(&self) -> &dyn object_store::ObjectStore {
        match self {
            Self::S3(s) => s,
            Self::Gcs(s) => s,
            Self::Azure(s) => s,
        }
    }

    fn pages(&self) -> &dyn PaginatedListStore {
        match self {
            Self::S3(s) => s,
            Self::Gcs(s) => s,
            Self::Azure(s) => s,
        }
    }

    /// GCS compares generations, the others compare ETags.
    fn version(&self, tag: Option<String>, generation: Option<String>) -> Option<ETag> {
        match self {
            Self::S3(_) | Self::Azure(_) => tag.map(ETag),
            Self::Gcs(_) => generation.map(ETag),
        }
    }
}

impl BucketStore {
    pub(crate) fn new(client: Client, prefix: String, clock: Arc<StoreClock>) -> Self {
        Self { client, prefix, clock }
    }

    /// The key in the bucket.
    fn whole(&self, key: &str) -> String {
        match (self.prefix.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.prefix.clone(),
            (false, false) => format!("{}/{key}", self.prefix),
        }
    }

    fn path(&self, key: &str) -> Path {
        Path::from(self.whole(key))
    }

    async fn put_once(&self, key: &str, body: Payload, mode: PutMode) -> Result<ETag, StoreError> {
        let condition = match &mode {
            PutMode::IfAbsent => Condition::Create,
            PutMode::IfMatch(ETag(tag)) => Condition::Update(UpdateVersion {
                e_tag: Some(tag.clone()),
                version: Some(tag.clone()),
            }),
        };
        let payload: PutPayload = body.parts().iter().cloned().collect();
        let options = PutOptions { mode: condition, ..PutOptions::default() };
        let path = self.path(key);
        let put = self.client.objects().put_opts(&path, payload, options);
        let (done, answer) = watch(put).await;
        let call = Call::Put(&mode);
        let put = done.map_err(|e| outcome::of(&call, key, answer, &e))?;
        self.client.version(put.e_tag, put.version).ok_or_else(|| {
            outcome::unknown(&call, key.to_owned(), "the store named no version (ETag)")
        })
    }

    /// Reads; `None` is all of the object.
    async fn read(
        &self,
        call: &Call<'_>,
        key: &str,
        range: Option<GetRange>,
    ) -> Result<(Bytes, ObjectMeta), StoreError> {
        let path = self.path(key);
        let options = GetOptions { range, ..GetOptions::default() };
        let (done, answer) = watch(self.client.objects().get_opts(&path, options)).await;
        let found: GetResult = done.map_err(|e| outcome::of(call, key, answer, &e))?;
        let meta = found.meta.clone();
        match found.bytes().await {
            Ok(bytes) => Ok((bytes, meta)),
            // The connection broke in the middle of the body.
            Err(e) => Err(outcome::unknown(call, key.to_owned(), &e.to_string())),
        }
    }

    async fn size(&self, key: &str) -> Result<u64, StoreError> {
        let path = self.path(key);
        let (done, answer) = watch(self.client.objects().head(&path)).await;
        Ok(done.map_err(|e| outcome::of(&Call::Range, key, answer, &e))?.size)
    }

    async fn read_range(&self, key: &str, range: ByteRange) -> Result<Part, StoreError> {
        let range = match (range, &self.client) {
            (ByteRange::Between(r), _) if r.is_empty() => {
                return Err(StoreError::Range(key.to_owned()));
            }
            (ByteRange::Between(r), _) => GetRange::Bounded(r),
            // Azure knows no range from the end.
            (ByteRange::Last(n), Client::Azure(_)) => {
                let size = self.size(key).await?;
                let from = size.saturating_sub(n);
                if from >= size {
                    return Err(StoreError::Range(key.to_owned()));
                }
                GetRange::Bounded(from..size)
            }
            (ByteRange::Last(n), _) => GetRange::Suffix(n),
        };
        let (bytes, meta) = self.read(&Call::Range, key, Some(range)).await?;
        Ok(Part { bytes, size: meta.size })
    }

    async fn list_pages(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        let folder = match self.whole(prefix) {
            whole if whole.is_empty() => None,
            whole => Some(format!("{whole}/")),
        };
        let offset = after.map(|key| self.whole(key));
        let mut found: Vec<Listed> = Vec::new();
        let mut page_token = None;
        loop {
            let options = PaginatedListOptions {
                offset: offset.clone(),
                max_keys: Some(PAGE),
                page_token,
                ..PaginatedListOptions::default()
            };
            let call = self.client.pages().list_paginated(folder.as_deref(), options);
            let (done, answer) = watch(call).await;
            let page = done.map_err(|e| outcome::of(&Call::List, prefix, answer, &e))?;
            for object in page.result.objects {
                let key = self.own(object.location.as_ref());
                // Azurite, for one, begins every listing at the beginning.
                if after.is_some_and(|after| *key <= *after) {
                    continue;
                }
                if found.last().is_some_and(|last| last.key >= key) {
                    let unsorted = "the store lists keys in no order";
                    return Err(outcome::denied(&Call::List, prefix.to_owned(), unsorted));
                }
                found.push(Listed { key, size: object.size });
                if found.len() == max {
                    return Ok(found);
                }
            }
            page_token = page.page_token;
            if page_token.is_none() {
                return Ok(found);
            }
        }
    }

    /// The key without our prefix.
    fn own(&self, whole: &str) -> String {
        let rest = whole.strip_prefix(&self.prefix).unwrap_or(whole);
        rest.strip_prefix('/').unwrap_or(rest).to_owned()
    }

    async fn delete_once(&self, key: &str) -> Result<(), StoreError> {
        let path = self.path(key);
        let (done, answer) = watch(self.client.objects().delete(&path)).await;
        match done.map_err(|e| outcome::of(&Call::Delete, key, answer, &e)) {
            Ok(()) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(e) => Err(e),
        }
    }
}

impl ObjectStore for BucketStore {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        async move { self.put_once(&key, body, mode).await }.boxed()
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        async move {
            let (bytes, meta) = self.read(&Call::Get, &key, None).await?;
            let tag = self.client.version(meta.e_tag, meta.version);
            let nameless =
                || outcome::denied(&Call::Get, key.clone(), "the store named no version (ETag)");
            Ok((bytes, tag.ok_or_else(nameless)?))
        }
        .boxed()
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        async move { self.read_range(&key, range).await }.boxed()
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        async move { self.list_pages(&prefix, after.as_deref(), max).await }.boxed()
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        async move { self.delete_once(&key).await }.boxed()
    }

    fn date(&self) -> Option<StoreDate> {
        self.clock.last()
    }
}
