//! Counts what a store is asked for: requests are what an object store costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::durations::Durations;
use crate::payload::Payload;
use crate::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};

/// Keys in a page of a listing; each page is a request.
const PAGE: u64 = 1000;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How often it was sent, whatever came of it.
    pub requests: u64,
    /// Bytes that went to the store, once per request.
    pub bytes_up: u64,
    /// Bytes that came back.
    pub bytes_down: u64,
}

/// Requests by kind, and by what they are about: the first segment of the key (`wal`, `seg`, `meta`), and
/// below `pg` what the object is (`manifest`, `pages`).
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Row>", into = "Vec<Row>")]
pub struct Counts(BTreeMap<(Op, String), Count>);

/// One line of [`Counts`], as it is sent and shown.
#[derive(Serialize, Deserialize)]
struct Row {
    op: Op,
    of: String,
    #[serde(flatten)]
    count: Count,
}

impl From<Vec<Row>> for Counts {
    fn from(rows: Vec<Row>) -> Self {
        Self(rows.into_iter().map(|row| ((row.op, row.of), row.count)).collect())
    }
}

impl From<Counts> for Vec<Row> {
    fn from(counts: Counts) -> Self {
        counts.0.into_iter().map(|((op, of), count)| Row { op, of, count }).collect()
    }
}

/// What a store was asked for since the process started, and how long it took to store slots.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreUse {
    /// Requests.
    pub counts: Counts,
    /// Half of the slots were stored within this time, in microseconds.
    pub slot_p50_us: u64,
    /// 99 of 100 slots were stored within this time, in microseconds.
    pub slot_p99_us: u64,
}

impl Counts {
    /// Requests of one kind about one thing.
    #[must_use]
    pub fn of(&self, op: Op, what: &str) -> Count {
        self.0.get(&(op, what.to_owned())).copied().unwrap_or_default()
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

    /// Every kind and thing that was seen.
    pub fn iter(&self) -> impl Iterator<Item = (Op, &str, Count)> {
        self.0.iter().map(|((op, what), count)| (*op, what.as_str(), *count))
    }

    /// The count that a request with this key (or prefix) belongs to.
    pub fn entry(&mut self, op: Op, key: &str) -> &mut Count {
        self.0.entry((op, what(key).to_owned())).or_default()
    }
}

/// What an object is, by its key.
fn what(key: &str) -> &str {
    let mut parts = key.split('/');
    let first = parts.next().unwrap_or_default();
    if first == "pg" { parts.nth(1).unwrap_or(first) } else { first }
}

/// A store whose requests are counted. A listing counts a request for every thousand keys.
#[derive(Debug, Clone)]
pub struct CountedStore {
    inner: Arc<dyn ObjectStore>,
    counts: Arc<Mutex<Counts>>,
    /// How long it took to store slots that were stored.
    slots: Arc<Mutex<Durations>>,
}

impl CountedStore {
    /// Counts what `inner` is asked for.
    #[must_use]
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, counts: Arc::default(), slots: Arc::default() }
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
        let (up, is_slot) = (body.len(), what(&key) == "wal");
        let put = self.count(Op::Put, &key.clone(), up, self.inner.put(key, body, mode), |_, _| ());
        if !is_slot {
            return put;
        }
        async move {
            let asked = Instant::now();
            let tag = put.await?;
            self.slots.lock().add(asked.elapsed());
            Ok(tag)
        }
        .boxed()
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

    fn used(&self) -> Option<StoreUse> {
        let (counts, slots) = (self.counts(), self.slots.lock());
        let us = |part| u64::try_from(slots.quantile(part).as_micros()).unwrap_or(u64::MAX);
        Some(StoreUse { counts, slot_p50_us: us(0.5), slot_p99_us: us(0.99) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart_by_what_they_are_about() {
        let mut counts = Counts::default();
        for key in ["pg/00000001/manifest", "pg/00000002/manifest", "pg/00000001/pages/x", "pg"] {
            counts.entry(Op::Put, key).requests += 1;
        }
        counts.entry(Op::Get, "wal/0/0/7").bytes_down += 3;
        let of = |what| counts.of(Op::Put, what).requests;
        assert_eq!((of("manifest"), of("pages"), of("pg")), (2, 1, 1));
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(serde_json::from_str::<Counts>(&text).unwrap(), counts);
        assert!(text.contains(r#"{"op":"get","of":"wal","requests":0"#), "{text}");
    }
}
