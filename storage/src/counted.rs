//! Counts what a store is asked for: requests are what an object store costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use crate::payload::Payload;
use crate::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};

/// Keys in a page of a listing; each page is a request.
const PAGE: u64 = 1000;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// A put, conditional as all of them are.
    Put,
    /// A get of a whole object.
    Get,
    /// A get of a part.
    Range,
    /// A listing.
    List,
    /// A deletion.
    Delete,
}

/// Requests of one kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How often it was sent, whatever came of it.
    pub requests: u64,
    /// Bytes that went to the store, once per request.
    pub bytes_up: u64,
    /// Bytes that came back.
    pub bytes_down: u64,
}

/// Requests by kind and by the first segment of their key: `wal`, `seg`, `pg`, `meta`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts(BTreeMap<(Op, String), Count>);

impl Counts {
    /// Requests of one kind below one first segment.
    #[must_use]
    pub fn of(&self, op: Op, segment: &str) -> Count {
        self.0.get(&(op, segment.to_owned())).copied().unwrap_or_default()
    }

    /// Requests of one kind.
    #[must_use]
    pub fn all(&self, op: Op) -> Count {
        let of_op = self.0.iter().filter(|((o, _), _)| *o == op);
        of_op.fold(Count::default(), |sum, (_, c)| Count {
            requests: sum.requests + c.requests,
            bytes_up: sum.bytes_up + c.bytes_up,
            bytes_down: sum.bytes_down + c.bytes_down,
        })
    }

    /// Every kind and first segment that was seen.
    pub fn iter(&self) -> impl Iterator<Item = (Op, &str, Count)> {
        self.0.iter().map(|((op, segment), count)| (*op, segment.as_str(), *count))
    }

    /// The count that a request with this key (or prefix) belongs to.
    pub fn entry(&mut self, op: Op, key: &str) -> &mut Count {
        let segment = key.split('/').next().unwrap_or_default();
        self.0.entry((op, segment.to_owned())).or_default()
    }
}

/// A store whose requests are counted. A listing counts a request for every thousand keys.
#[derive(Debug, Clone)]
pub struct CountedStore {
    inner: Arc<dyn ObjectStore>,
    counts: Arc<Mutex<Counts>>,
}

impl CountedStore {
    /// Counts what `inner` is asked for.
    #[must_use]
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, counts: Arc::default() }
    }

    /// Requests so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts.lock().clone()
    }

    /// Counts a request now, and what came back when it has.
    fn count<'a, T: Send + 'a>(
        &'a self,
        op: Op,
        key: &str,
        bytes_up: u64,
        call: BoxFuture<'a, Result<T, StoreError>>,
        came_back: fn(&T, &mut Count),
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        let key = key.to_owned();
        async move {
            {
                let mut counts = self.counts.lock();
                let count = counts.entry(op, &key);
                count.requests += 1;
                count.bytes_up += bytes_up;
            }
            let reply = call.await?;
            came_back(&reply, self.counts.lock().entry(op, &key));
            Ok(reply)
        }
        .boxed()
    }
}

impl ObjectStore for CountedStore {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        let up = body.len();
        self.count(Op::Put, &key.clone(), up, self.inner.put(key, body, mode), |_, _| ())
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.count(Op::Get, &key.clone(), 0, self.inner.get(key), |(bytes, _), count| {
            count.bytes_down += bytes.len() as u64;
        })
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        let call = self.inner.get_range(key.clone(), range);
        self.count(Op::Range, &key, 0, call, |part, count| {
            count.bytes_down += part.bytes.len() as u64;
        })
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        let call = self.inner.list_after(prefix.clone(), after, max);
        self.count(Op::List, &prefix, 0, call, |found, count| {
            count.requests += (found.len() as u64).saturating_sub(1) / PAGE;
        })
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.count(Op::Delete, &key.clone(), 0, self.inner.delete(key), |(), _| ())
    }

    fn date(&self) -> Option<StoreDate> {
        self.inner.date()
    }
}
