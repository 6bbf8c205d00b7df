use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use common_types::TenantId;
use parking_lot::RwLock;
use protocol::batch::BatchHeader;
use protocol::versions::OFFERED;

use super::report::{ApiUsage, TenantUsage, TopicUsage};

/// Tenants that have used this broker.
#[derive(Debug, Default)]
pub(crate) struct UsageBook(RwLock<HashMap<TenantId, Arc<TenantUse>>>);

/// What one tenant has used it for.
#[derive(Debug)]
struct TenantUse {
    connections: AtomicU64,
    authentications: AtomicU64,
    /// In the order of [`OFFERED`].
    apis: Vec<ApiUse>,
}

#[derive(Debug, Default)]
struct ApiUse {
    requests: AtomicU64,
    request_bytes: AtomicU64,
    response_bytes: AtomicU64,
}

/// Records of one topic.
#[derive(Debug, Default)]
pub(crate) struct TopicUse {
    received_bytes: AtomicU64,
    received_records: AtomicU64,
    sent_bytes: AtomicU64,
    sent_records: AtomicU64,
}

/// A client that has signed in: counted as a connection until this is dropped.
#[derive(Debug)]
pub(crate) struct Presence(Arc<TenantUse>);

fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl UsageBook {
    /// A client of a tenant has signed in.
    pub(crate) fn signed_in(&self, tenant: TenantId) -> Presence {
        let known = self.0.read().get(&tenant).cloned();
        let used = known.unwrap_or_else(|| Arc::clone(self.0.write().entry(tenant).or_default()));
        add(&used.connections, 1);
        add(&used.authentications, 1);
        Presence(used)
    }

    /// Forgets a tenant that was removed.
    pub(crate) fn forget(&self, tenant: TenantId) {
        self.0.write().remove(&tenant);
    }

    /// Each tenant that has used this broker.
    pub(crate) fn read(&self) -> Vec<(TenantId, TenantUsage)> {
        self.0.read().iter().map(|(tenant, used)| (*tenant, used.read())).collect()
    }
}

impl Default for TenantUse {
    fn default() -> Self {
        Self {
            connections: AtomicU64::new(0),
            authentications: AtomicU64::new(0),
            apis: OFFERED.iter().map(|_| ApiUse::default()).collect(),
        }
    }
}

impl TenantUse {
    fn read(&self) -> TenantUsage {
        let apis = OFFERED.iter().zip(&self.apis).filter(|(_, api)| read(&api.requests) > 0);
        let apis = apis.map(|(offered, api)| {
            let usage = ApiUsage {
                requests: read(&api.requests),
                request_bytes: read(&api.request_bytes),
                response_bytes: read(&api.response_bytes),
            };
            (offered.key, usage)
        });
        TenantUsage {
            connections: read(&self.connections),
            authentications: read(&self.authentications),
            apis: apis.collect(),
            ..TenantUsage::default()
        }
    }
}

impl Presence {
    /// A request of this client was served. Bytes are those of the frames, lengths included.
    pub(crate) fn served(&self, api: i16, request_bytes: usize, response_bytes: usize) {
        let place = OFFERED.binary_search_by_key(&api, |offered| offered.key);
        let Some(used) = place.ok().and_then(|at| self.0.apis.get(at)) else { return };
        add(&used.requests, 1);
        add(&used.request_bytes, request_bytes as u64);
        add(&used.response_bytes, response_bytes as u64);
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl TopicUse {
    /// A batch was appended.
    pub(crate) fn received(&self, batch: &BatchHeader) {
        add(&self.received_bytes, batch.total_len as u64);
        add(&self.received_records, u64::try_from(batch.record_count).unwrap_or(0));
    }

    /// Batches are on their way to a client.
    pub(crate) fn sent(&self, bytes: usize, records: u64) {
        add(&self.sent_bytes, bytes as u64);
        add(&self.sent_records, records);
    }

    /// What was counted.
    pub(crate) fn read(&self) -> TopicUsage {
        TopicUsage {
            received_bytes: read(&self.received_bytes),
            received_records: read(&self.received_records),
            sent_bytes: read(&self.sent_bytes),
            sent_records: read(&self.sent_records),
            ..TopicUsage::default()
        }
    }
}

/// Records in whole batches.
pub(crate) fn records_in(batches: &[Bytes]) -> u64 {
    let mut records = 0;
    for bytes in batches {
        let mut at = 0;
        while let Some(Ok(batch)) = bytes.get(at..).map(BatchHeader::parse) {
            records += u64::try_from(batch.record_count).unwrap_or(0);
            at += batch.total_len;
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_counts_until_it_goes_and_what_it_did_stays() {
        let (book, tenant) = (UsageBook::default(), "lkc-1".parse().unwrap());
        let (one, two) = (book.signed_in(tenant), book.signed_in(tenant));
        one.served(0, 100, 40);
        two.served(0, 50, 40);
        two.served(3, 20, 200);
        two.served(i16::MAX, 1, 1);
        drop(one);
        let (_, usage) = book.read().remove(0);
        assert_eq!((usage.connections, usage.authentications), (1, 2));
        let produce = ApiUsage { requests: 2, request_bytes: 150, response_bytes: 80 };
        let metadata = ApiUsage { requests: 1, request_bytes: 20, response_bytes: 200 };
        assert_eq!(usage.apis, [(0, produce), (3, metadata)].into());
        book.forget(tenant);
        assert!(book.read().is_empty());
    }
}
