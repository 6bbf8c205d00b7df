use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use common_seams::{Clock, Rng, SeededRng};
use common_types::TenantId;
use protocol::batch::{BatchHeader, renew_checksum};
use protocol::new_batch::{NewRecord, batch_of};
use storage::at_rest::Encryption;
use storage::levels::FormatLevels;
use storage::manifest::{PartitionManifest, PartitionProducers};
use storage::store::ObjectStore;
use storage::wal::FsyncPolicy;
use storage_testkit::SimStore;
use tokio::time::Instant;

use super::super::checkpoint::Occasion;
use super::super::*;

pub(super) const PARTITIONS: i32 = 3;
/// When records begin.
pub(super) const BEGIN_MS: i64 = 1_700_000_000_000;

#[derive(Debug)]
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn wall_ms(&self) -> i64 {
        BEGIN_MS + i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }

    fn mono(&self) -> Duration {
        Duration::from_secs(10_000) + self.0.elapsed()
    }
}

/// A store, and processes on it, one after the other.
pub(super) struct World {
    pub(super) store: SimStore,
    clock: Arc<VirtualClock>,
    rng: Arc<SeededRng>,
    pub(super) log: ObjectLog,
    pub(super) encryption: Encryption,
    /// Checkpoints by themselves.
    pub(super) retention_interval: Duration,
    /// Settings of the topic.
    pub(super) configs: BTreeMap<String, String>,
}

/// A process, and its requests.
pub(super) struct Life {
    pub(super) cell: Arc<Cell>,
    pub(super) caller: SimStore,
}

/// What a client, or a later leader, can know of a partition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    /// Batches as they are served, with their first offsets.
    pub(super) batches: Vec<(i64, Bytes)>,
    /// Bounds and leader epochs.
    pub(super) manifest: PartitionManifest,
    pub(super) producers: PartitionProducers,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let rng = Arc::new(SeededRng::new(seed));
        let log = ObjectLog { merge_from: 4, ..ObjectLog::default() };
        Self {
            store: SimStore::new(Arc::clone(&rng) as Arc<dyn Rng>),
            clock: Arc::new(VirtualClock(Instant::now())),
            rng,
            log,
            encryption: Encryption::default(),
            retention_interval: Duration::from_mins(5),
            configs: BTreeMap::new(),
        }
    }

    /// Opens the cell, and takes it over from whoever has it. Nothing happens by itself for a minute.
    pub(super) async fn open(&self) -> Life {
        let caller = self.store.caller();
        let parts = CellParts {
            store: Arc::new(caller.clone()) as Arc<dyn ObjectStore>,
            log: LogTier::Objects(self.log),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            rng: Arc::clone(&self.rng) as Arc<dyn Rng>,
            company: None,
            encryption: self.encryption.clone(),
        };
        let settings = CellSettings { retention_interval: self.retention_interval, ..settings() };
        let cell = Cell::open(parts, settings).await.unwrap();
        cell.ensure_tenant(tenant()).await.unwrap();
        if cell.topic(tenant(), "orders").is_none() {
            let topic = NewTopic {
                name: "orders".to_owned(),
                partitions: Some(PARTITIONS),
                configs: self.configs.clone(),
                ..NewTopic::default()
            };
            cell.create_topic(tenant(), topic).await.unwrap();
        }
        Life { cell, caller }
    }

    /// Keys of all segments.
    pub(super) fn segments(&self) -> Vec<String> {
        self.store.objects("seg").into_iter().map(|(key, _)| key).collect()
    }
}

impl Life {
    pub(super) fn partition(&self, index: i32) -> Arc<Partition> {
        let topic = self.cell.topic(tenant(), "orders").unwrap();
        Arc::clone(topic.partition(index).unwrap())
    }

    pub(super) fn partitions(&self) -> Vec<Arc<Partition>> {
        (0..PARTITIONS).map(|index| self.partition(index)).collect()
    }

    /// Appends a batch of two records to each partition, and makes a segment of them, `passes` times.
    pub(super) async fn fill(&self, passes: usize, value: &[u8]) {
        for _ in 0..passes {
            for partition in self.partitions() {
                self.append(&partition, value).await;
            }
            self.checkpoint().await;
        }
    }

    pub(super) async fn append_to_first(&self, value: &[u8]) {
        self.append(&self.partition(0), value).await;
    }

    async fn append(&self, partition: &Arc<Partition>, value: &[u8]) {
        // Of a producer per partition, whose sequences are its offsets.
        let sequence = i32::try_from(partition.bounds().1).unwrap();
        let batch = batch(self.cell.clock.wall_ms(), (77, sequence), value);
        let header = BatchHeader::validate(&batch).unwrap();
        self.cell.wal.keys.ready(tenant()).await.unwrap();
        let now = self.cell.clock.mono();
        let appended = partition.append(&self.cell.wal, batch, &header, None, now).unwrap();
        assert!(self.cell.wal.durable(appended.ticket).await);
    }

    pub(super) async fn merge(&self) {
        self.cell.merge(self.merges()).await.unwrap();
    }

    pub(super) fn merges(&self) -> &merge::Merges {
        self.cell.merges.as_ref().unwrap()
    }

    pub(super) async fn checkpoint(&self) {
        self.checkpoint_on(Occasion::Due).await;
    }

    /// As the writer asks for it, when nothing is in flight.
    pub(super) async fn checkpoint_on(&self, occasion: Occasion) {
        *self.cell.checkpoint.below.lock() = self.cell.wal.place().next;
        self.cell.checkpoint(occasion).await.unwrap();
    }

    /// Extents of each partition.
    pub(super) fn extents(&self) -> Vec<usize> {
        self.partitions().iter().map(|p| p.state.lock().extents.len()).collect()
    }

    /// Everything but where it lies, read from the store.
    pub(super) async fn known(&self) -> Vec<Known> {
        let mut all = Vec::new();
        for partition in self.partitions() {
            partition.evict(i64::MAX);
            let mut batches = Vec::new();
            let visit = |bytes: &Bytes| {
                let mut at = 0;
                while at < bytes.len() {
                    let h = BatchHeader::parse(&bytes[at..]).unwrap();
                    batches.push((h.base_offset, bytes.slice(at..at + h.total_len)));
                    at += h.total_len;
                }
            };
            self.cell.read_all(&partition, visit).await.unwrap();
            let (start, end) = partition.bounds();
            // Times are those of the process.
            let mut producers = partition.to_producers(end, Duration::ZERO);
            producers.producers.iter_mut().for_each(|p| p.idle_ms = 0);
            let manifest =
                PartitionManifest { extents: Vec::new(), ..partition.to_manifest_whole(start) };
            all.push(Known { batches, manifest, producers });
        }
        all
    }

    /// Half an hour and more, with all that is done meanwhile, until nobody needs what nothing names.
    pub(super) async fn grace(&self) {
        // A listing finds it, a later one deletes it.
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_mins(51)).await;
            self.checkpoint().await;
        }
    }
}

fn settings() -> CellSettings {
    let endpoint = Endpoint { host: "localhost".to_owned(), port: 9092 };
    CellSettings {
        node: "test".to_owned(),
        broker_id: 1,
        zone: String::new(),
        peer: None,
        formats: FormatLevels::own(),
        fsync: FsyncPolicy::Always,
        cache_bytes: 1 << 20,
        placement_groups: 2,
        plain: endpoint.clone(),
        tls: endpoint,
        auto_create_topics: false,
        partitions_default: 1,
        retention_interval: Duration::from_hours(1),
        metadata_entries: crate::meta::ENTRIES_MAX,
        producer_idle: Duration::from_hours(1000),
        initial_rebalance_delay: Duration::ZERO,
    }
}

pub(super) fn tenant() -> TenantId {
    "lkc-merge".parse().unwrap()
}

/// Two records of an idempotent producer.
pub(super) fn batch(timestamp_ms: i64, (producer, sequence): (i64, i32), value: &[u8]) -> BytesMut {
    let record = NewRecord { timestamp_ms, key: None, value: Some(value), headers: &[] };
    let mut batch = batch_of(&[record, record]);
    batch[43..51].copy_from_slice(&producer.to_be_bytes());
    batch[51..53].copy_from_slice(&0_i16.to_be_bytes());
    batch[53..57].copy_from_slice(&sequence.to_be_bytes());
    renew_checksum(&mut batch);
    batch
}
