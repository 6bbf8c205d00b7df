//! The part of a start that differs by tier: what earlier incarnations left, and the writer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::thread::JoinHandle;

use common_seams::Clock;
use storage::birth::CellMarker;
use storage::ids::{PartitionId, WalIdentity};
use storage::meta::{MetaLog, MetaOp, Txn};
use storage::object_reader::ObjectReader;
use storage::object_wal::ObjectWal;
use storage::store::ObjectStore;
use storage::wal::LogRead;
use tokio::sync::mpsc;

use super::CellSettings;
use super::checkpoint::Stored;
use super::open::{OpenError, damaged};
use super::recovery::{Replay, recover_disk};
use super::tier::{DiskLog, ObjectLog, Tier};
use super::{manifests, takeover};
use crate::partition::{Partition, Pg};
use crate::wal::{Complete, ObjectTask, ObjectTaskParts, Wal, WalThread, WalWriter};

/// A cell that is being opened.
pub(super) struct Start {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: CellSettings,
    pub(super) marker: CellMarker,
    pub(super) meta: MetaLog,
    pub(super) identity: WalIdentity,
    pub(super) pgs: Vec<Arc<Pg>>,
    pub(super) partitions: HashMap<PartitionId, Arc<Partition>>,
}

/// What a tier gives to the cell.
pub(super) struct Started {
    pub(super) tier: Tier,
    pub(super) reader: Arc<dyn LogRead>,
    pub(super) stored: BTreeMap<u32, Stored>,
    pub(super) wal: Arc<Wal>,
    pub(super) thread: Option<JoinHandle<()>>,
    pub(super) complete: mpsc::Receiver<Complete>,
}

impl Start {
    /// Manifests, replay, commit, seals, WAL thread.
    pub(super) async fn on_disk(&mut self, disk: DiskLog) -> Result<Started, OpenError> {
        let stored = manifests::read(&*self.store, self.marker.placement_groups).await?;
        manifests::load(&*self.store, &stored, &self.partitions, &*self.clock).await?;
        let (identity, fsync) = (self.identity, self.settings.fsync);
        let files = (disk.wal)(identity)?;
        let mut writer = WalWriter::new(files, identity, Arc::clone(&self.clock), fsync);
        let mut ops = vec![MetaOp::ActivateEpoch { epoch: identity.epoch.0 }];
        let replay = Replay { partitions: &self.partitions, now: self.clock.mono() };
        let state = self.meta.state();
        let recovered = recover_disk(&*disk.files, &mut writer, replay, state, &stored)?;
        ops.extend(recovered.ops);
        ops.extend(self.lead());
        self.meta.commit(&Txn { acting: identity.epoch.0, ops }).await?;
        // Only after the commit: until then a crash must find the old files as they were.
        recovered.seals.iter().try_for_each(|seal| seal.write(&*disk.files))?;

        let wal = Wal::new();
        let (sender, complete) = mpsc::channel(1);
        let cache_bytes = self.settings.cache_bytes;
        let shared = Arc::clone(&wal);
        let thread = WalThread::new(shared, writer, fsync, cache_bytes, sender, recovered.touched);
        let thread = std::thread::Builder::new()
            .name("wal".into())
            .spawn(move || thread.run())
            .map_err(|e| damaged("wal thread", e))?;
        let tier = Tier::Disk(disk.files);
        Ok(Started { tier, reader: disk.reader, stored, wal, thread: Some(thread), complete })
    }

    /// Takeover, leadership, claims, replay, WAL task.
    pub(super) async fn on_objects(&mut self, objects: ObjectLog) -> Result<Started, OpenError> {
        let identity = self.identity;
        let logs = takeover::take_over(&*self.store, &mut self.meta, identity).await?;
        let ops = self.lead();
        self.meta.commit(&Txn { acting: identity.epoch.0, ops }).await?;
        let groups = self.marker.placement_groups;
        let stored = takeover::claim(&*self.store, &self.meta, identity.epoch, groups).await?;
        manifests::load(&*self.store, &stored, &self.partitions, &*self.clock).await?;
        let replay = Replay { partitions: &self.partitions, now: self.clock.mono() };
        for log in logs.values() {
            replay.sealed(log)?;
        }

        let wal = Wal::new();
        let (sender, complete) = mpsc::channel(1);
        let width = objects.slots_in_flight;
        let task = ObjectTask::new(ObjectTaskParts {
            wal: Arc::clone(&wal),
            log: ObjectWal::new(Arc::clone(&self.store), identity, width),
            rule: objects.flush,
            clock: Arc::clone(&self.clock),
            cache_bytes: self.settings.cache_bytes,
            pass_bytes: objects.pass_bytes,
            slots_max: objects.slots_max,
            complete: sender,
        });
        tokio::spawn(task.run());
        let reader = ObjectReader::new(Arc::clone(&self.store), objects.block_cache_bytes);
        let reader = Arc::new(reader);
        Ok(Started { tier: Tier::Objects, reader, stored, wal, thread: None, complete })
    }

    /// Every placement group gets a new leader epoch under this incarnation.
    fn lead(&self) -> Vec<MetaOp> {
        let rows = self.meta.state().pgs();
        let lead = |pg: &Arc<Pg>| {
            let pg_epoch = rows.get(&pg.id.0).map_or(0, |row| row.pg_epoch + 1);
            pg.set_epoch(pg_epoch);
            MetaOp::Lead { pg: pg.id.0, epoch: self.identity.epoch.0, pg_epoch }
        };
        self.pgs.iter().map(lead).collect()
    }
}
