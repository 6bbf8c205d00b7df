use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use common_seams::Rng;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreError};

use crate::address::EtcdAddress;
use crate::client::{Client, Login, LoginError};
use crate::layout::{Head, Layout, PART, PARTS_MAX, Version};
use crate::outcome::Call;
use crate::rpc::{
    DeleteRange, Int, Lease, LeaseGrant, Put, PutReply, Range, Raw, Request, Txn, TxnReply,
};

const TXN: &str = "/v3/kv/txn";
/// Heads of one page of a listing.
const PAGE: usize = 1000;
/// Seconds after which parts go that no head names. A put takes far less.
const LEASE_SECONDS: i64 = 600;

/// Objects below a prefix of an etcd.
#[derive(Debug)]
pub struct EtcdStore {
    client: Client,
    layout: Layout,
    rng: Arc<dyn Rng>,
}

impl EtcdStore {
    /// Opens a store. Nothing is sent.
    ///
    /// # Errors
    /// When certificates cannot be used.
    pub fn open(address: EtcdAddress, login: Login, rng: Arc<dyn Rng>) -> Result<Self, LoginError> {
        let client = Client::new(address.hosts, login)?;
        Ok(Self { client, layout: Layout::new(address.prefix), rng })
    }

    async fn put_once(&self, key: &str, body: Payload, mode: PutMode) -> Result<ETag, StoreError> {
        let call = Call { what: "put", key };
        let old = match &mode {
            PutMode::IfAbsent => None,
            // A tag of another store is no version of this one.
            PutMode::IfMatch(tag) => {
                Some(Version::of_tag(tag).ok_or_else(|| StoreError::Changed(key.to_owned()))?)
            }
        };
        let mut txn = Txn {
            compare: old
                .map_or_else(|| self.layout.is_absent(key), |old| self.layout.is_version(key, old)),
            ..Txn::default()
        };
        let body = body.concat();
        let head = self.head_of(call, &body)?;
        let value = Raw(head.to_bytes());
        txn.success.push(put(Put { key: self.layout.head(key), value, ..Put::default() }));
        match &body[..] {
            [] => {}
            whole if head.parts == 1 => {
                let (key, value) = (self.layout.part(key, head.nonce, 0), Raw(whole.to_vec()));
                txn.success.push(put(Put { key, value, ..Put::default() }));
            }
            long => {
                self.send_parts(call, long, head).await?;
                for part in 0..head.parts {
                    let key = self.layout.part(key, head.nonce, part);
                    txn.compare.push(Layout::is_there(key.clone()));
                    txn.success.push(put(Put { key, ignore_value: true, ..Put::default() }));
                }
            }
        }
        if let Some(old) = old {
            let gone = self.layout.parts_of(key, old.head.nonce);
            txn.success.push(Request::RequestDeleteRange(gone));
        }
        txn.failure
            .push(Request::RequestRange(Range { key: self.layout.head(key), ..Range::default() }));
        let reply: TxnReply = self.client.call(call, TXN, &txn).await?;
        if reply.succeeded {
            return Ok(Version { revision: reply.header.revision.0, head }.tag());
        }
        Err(self.why_not(call, old, reply))
    }

    fn head_of(&self, call: Call<'_>, body: &[u8]) -> Result<Head, StoreError> {
        let parts = body.len().div_ceil(PART);
        if parts > PARTS_MAX {
            let most = PARTS_MAX * PART;
            let text = format!("{} bytes are too many for etcd, which takes {most}", body.len());
            return Err(call.denied(&text));
        }
        let mut nonce = [0; 16];
        self.rng.fill(&mut nonce);
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        Ok(Head { nonce: u128::from_le_bytes(nonce), parts, size: body.len() as u64 })
    }

    /// Writes the parts of a long body, which go by themselves unless a head takes them.
    async fn send_parts(&self, call: Call<'_>, body: &[u8], head: Head) -> Result<(), StoreError> {
        let ttl = Int(LEASE_SECONDS);
        let lease: Lease = self.client.call(call, "/v3/lease/grant", &LeaseGrant { ttl }).await?;
        for (part, value) in (0..).zip(body.chunks(PART)) {
            let key = self.layout.part(call.key, head.nonce, part);
            let value = Raw(value.to_vec());
            let put = Put { key, value, lease: lease.id, ..Put::default() };
            let _: PutReply = self.client.call(call, "/v3/kv/put", &put).await?;
        }
        Ok(())
    }

    /// Why a transaction did not match.
    fn why_not(&self, call: Call<'_>, old: Option<Version>, reply: TxnReply) -> StoreError {
        let key = call.key.to_owned();
        let there = self.version(reply);
        match old {
            None if there.is_some() => StoreError::Exists(key),
            Some(old) if there != Some(old) => StoreError::Changed(key),
            _ => call.unknown("its parts expired before they were named"),
        }
    }

    /// The version that a reply shows, of the head that was asked for.
    fn version(&self, reply: TxnReply) -> Option<Version> {
        let found = reply.responses.into_iter().next()?.response_range?;
        let head = found.kvs.first()?;
        Some(Version { revision: head.mod_revision.0, head: Head::parse(&head.value.0)? })
    }

    async fn read(&self, what: &'static str, key: &str) -> Result<(Bytes, Version), StoreError> {
        let call = Call { what, key };
        let (parts, parts_end) = self.layout.all_parts(key);
        // One transaction, so that head and parts are of one moment.
        let ranges = [
            Range { key: self.layout.head(key), ..Range::default() },
            Range { key: parts, range_end: parts_end, limit: Int(0) },
        ];
        let success = ranges.map(Request::RequestRange).into();
        let txn = Txn { success, ..Txn::default() };
        let mut reply: TxnReply = self.client.call(call, TXN, &txn).await?;
        let parts = reply.responses.pop().and_then(|r| r.response_range).unwrap_or_default();
        let present = reply.responses.first().and_then(|r| r.response_range.as_ref());
        if present.is_none_or(|found| found.kvs.is_empty()) {
            return Err(StoreError::NotFound(key.to_owned()));
        }
        let bad = |reason: &str| StoreError::Io {
            what,
            key: key.to_owned(),
            reason: format!("{reason}; was something else written below this prefix of etcd?"),
        };
        let version = self.version(reply).ok_or_else(|| bad("its head is malformed"))?;
        let own: Vec<Raw> =
            (0..version.head.parts).map(|n| self.layout.part(key, version.head.nonce, n)).collect();
        let mut body = BytesMut::new();
        let found = parts.kvs.into_iter().filter(|kv| own.binary_search(&kv.key).is_ok());
        for kv in found {
            body.extend_from_slice(&kv.value.0);
        }
        if body.len() as u64 != version.head.size {
            return Err(bad("some of its parts are missing"));
        }
        Ok((body.freeze(), version))
    }

    async fn list_pages(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        let call = Call { what: "list", key: prefix };
        let mut listed: Vec<Listed> = Vec::new();
        while listed.len() < max {
            let behind = listed.last().map(|l| l.key.as_str()).or(after);
            let limit = PAGE.min(max - listed.len());
            let page = Request::RequestRange(self.layout.heads(prefix, behind, limit));
            let txn = Txn { success: vec![page], ..Txn::default() };
            let reply: TxnReply = self.client.call(call, TXN, &txn).await?;
            let found = reply.responses.into_iter().next().and_then(|r| r.response_range);
            let found = found.unwrap_or_default().kvs;
            let whole = found.len() < limit;
            for kv in &found {
                let (Some(key), Some(head)) =
                    (self.layout.object(&kv.key.0), Head::parse(&kv.value.0))
                else {
                    return Err(call.denied("something else was written below this prefix of etcd"));
                };
                listed.push(Listed { key: key.to_owned(), size: head.size });
            }
            if whole {
                break;
            }
        }
        Ok(listed)
    }

    async fn delete_once(&self, key: &str) -> Result<(), StoreError> {
        let (parts, parts_end) = self.layout.all_parts(key);
        let ranges = [
            DeleteRange { key: self.layout.head(key), ..DeleteRange::default() },
            DeleteRange { key: parts, range_end: parts_end },
        ];
        let success = ranges.map(Request::RequestDeleteRange).into();
        let txn = Txn { success, ..Txn::default() };
        let _: TxnReply = self.client.call(Call { what: "delete", key }, TXN, &txn).await?;
        Ok(())
    }
}

fn put(put: Put) -> Request {
    Request::RequestPut(put)
}

fn cut(key: &str, whole: &Bytes, range: ByteRange) -> Result<Part, StoreError> {
    let size = whole.len() as u64;
    let (from, to) = match range {
        ByteRange::Between(range) => (range.start, range.end.min(size)),
        ByteRange::Last(count) => (size.saturating_sub(count), size),
    };
    if from >= to {
        return Err(StoreError::Range(key.to_owned()));
    }
    let at = |v: u64| usize::try_from(v).unwrap_or(usize::MAX);
    Ok(Part { bytes: whole.slice(at(from)..at(to)), size })
}

impl ObjectStore for EtcdStore {
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
            let (bytes, version) = self.read("get", &key).await?;
            Ok((bytes, version.tag()))
        }
        .boxed()
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        async move {
            let (bytes, _) = self.read("get of a part", &key).await?;
            cut(&key, &bytes, range)
        }
        .boxed()
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
}
