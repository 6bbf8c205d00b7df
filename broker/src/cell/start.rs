//! The part of a start that differs by tier: what earlier incarnations left, and the writer.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use common_seams::{Clock, Rng};
use parking_lot::{Mutex, RwLock};
use storage::at_rest::Keyring;
use storage::birth::CellMarker;
use storage::ids::{PartitionId, WalIdentity};
use storage::levels::VERSION;
use storage::meta::{BrokerRow, EpochState, MetaError, MetaOp, Txn};
use storage::object_reader::ObjectReader;
use storage::object_wal::ObjectWal;
use storage::store::ObjectStore;
use storage::wal::LogRead;
use tokio::sync::{Notify, mpsc, watch};

use super::catalog::Catalog;
use super::checkpoint::{Checkpointer, Stored};
use super::freshness::Freshness;
use super::gain::Gaining;
use super::members::Members;
use super::merge::Merges;
use super::open::{OpenError, damaged, group_slots, load_catalog};
use super::read::IndexCache;
use super::recovery::{Replay, recover_disk};
use super::release::Peers;
use super::scans::Scans;
use super::tier::{DiskLog, ObjectLog, Tier};
use super::{Cell, CellSettings, Endpoint};
use super::{manifests, takeover};
use crate::meta::{MetaStore, Revision, View};
use crate::partition::{Partition, Pg};
use crate::wal::{Complete, ObjectTask, ObjectTaskParts, Wal, WalThread, WalWriter};

/// Deletions that those who remember things of topics have not seen yet.
const EVENTS_MAX: usize = 10_000;

/// Pause before a commit of unknown outcome is asked for again.
const PAUSE: Duration = Duration::from_millis(200);

/// A cell that is being opened.
pub(super) struct Start {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: CellSettings,
    pub(super) marker: CellMarker,
    pub(super) keys: Arc<Keyring>,
    pub(super) meta: Arc<dyn MetaStore>,
    pub(super) view: Arc<View>,
    pub(super) identity: WalIdentity,
    pub(super) pgs: Vec<Arc<Pg>>,
    pub(super) alone: bool,
}

/// What a tier gives to the cell.
pub(super) struct Started {
    tier: Tier,
    reader: Arc<dyn LogRead>,
    stored: BTreeMap<u32, Stored>,
    catalog: Catalog,
    group_slots: Vec<Arc<Partition>>,
    wal: Arc<Wal>,
    thread: Option<JoinHandle<()>>,
    complete: mpsc::Receiver<Complete>,
    merges: Option<Merges>,
}

impl Start {
    /// Manifests, replay, commit, seals, WAL thread.
    pub(super) async fn on_disk(&mut self, disk: DiskLog) -> Result<Started, OpenError> {
        let stored = manifests::read(&*self.store, self.marker.placement_groups).await?;
        let state = self.view.state();
        let catalog = load_catalog(&state, &self.pgs)?;
        let group_slots = group_slots(&self.marker, &self.pgs);
        let partitions = by_id(&catalog, &group_slots);
        manifests::load(&stored, &partitions, &*self.clock)?;
        let (identity, fsync) = (self.identity, self.settings.fsync);
        let files = (disk.wal)(identity)?;
        let mut writer = WalWriter::new(files, identity, Arc::clone(&self.clock), fsync);
        let mut ops = self.registration();
        let replay = Replay { partitions: &partitions, now: self.clock.mono() };
        let recovered = recover_disk(&*disk.files, &mut writer, replay, &state, &stored)?;
        ops.extend(recovered.ops);
        ops.extend(self.lead_all());
        self.commit(ops).await?;
        // Only after the commit: until then a crash must find the old files as they were.
        recovered.seals.iter().try_for_each(|seal| seal.write(&*disk.files))?;
        let state = self.view.state();
        for pg in &self.pgs {
            let tenure = pg.begin();
            let epoch = state.pgs().get(&pg.id.0).map_or(0, |row| row.pg_epoch);
            pg.serve(tenure, epoch, self.clock.mono());
        }

        let wal = Wal::new(Arc::clone(&self.keys));
        let (sender, complete) = mpsc::channel(1);
        let cache_bytes = self.settings.cache_bytes;
        let shared = Arc::clone(&wal);
        let thread = WalThread::new(shared, writer, fsync, cache_bytes, sender, recovered.touched);
        let thread = std::thread::Builder::new()
            .name("wal".into())
            .spawn(move || thread.run())
            .map_err(|e| damaged("wal thread", e))?;
        let (tier, reader, thread) = (Tier::Disk(disk.files), disk.reader, Some(thread));
        let merges = None;
        Ok(Started { tier, reader, stored, catalog, group_slots, wal, thread, complete, merges })
    }

    /// Membership, and when it is alone: takeover and leadership. Groups are recovered by whoever is
    /// told to lead them.
    pub(super) async fn on_objects(&mut self, objects: ObjectLog) -> Result<Started, OpenError> {
        let identity = self.identity;
        let mut ops = self.registration();
        if self.alone {
            // In one transaction: two that take over each other cannot both be active.
            let state = self.view.state();
            let running = state.epochs().iter().filter(|(_, s)| is_open(**s));
            ops.extend(running.map(|(epoch, _)| MetaOp::FenceEpoch { epoch: *epoch }));
        }
        self.commit(ops).await?;
        if self.alone {
            self.end_others().await?;
            self.commit(self.lead_all()).await?;
        }

        let wal = Wal::new(Arc::clone(&self.keys));
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
        let catalog = load_catalog(&self.view.state(), &self.pgs)?;
        let group_slots = group_slots(&self.marker, &self.pgs);
        let (tier, reader, stored) = (Tier::Objects, Arc::new(reader), BTreeMap::new());
        let (thread, merges) = (None, Some(Merges::new(Arc::clone(&self.clock), objects)));
        Ok(Started { tier, reader, stored, catalog, group_slots, wal, thread, complete, merges })
    }

    async fn end_others(&self) -> Result<(), OpenError> {
        let others: Vec<u64> = {
            let state = self.view.state();
            let fenced = state.epochs().iter().filter(|(_, s)| **s == EpochState::Fenced);
            fenced.map(|(epoch, _)| *epoch).collect()
        };
        for epoch in others {
            // Read after the fence was committed: from then on it stands still.
            let low = self.view.state().wal_low(epoch);
            let end = takeover::end_log(&*self.store, self.identity, epoch, low).await?;
            self.commit(vec![MetaOp::SealEpoch { epoch, end }]).await?;
        }
        Ok(())
    }

    /// Every placement group gets a new leader epoch under this incarnation.
    fn lead_all(&self) -> Vec<MetaOp> {
        let state = self.view.state();
        let lead = |pg: &Arc<Pg>| {
            let pg_epoch = state.pgs().get(&pg.id.0).map_or(0, |row| row.pg_epoch + 1);
            MetaOp::Lead { pg: pg.id.0, epoch: self.identity.epoch.0, pg_epoch }
        };
        self.pgs.iter().map(lead).collect()
    }

    async fn commit(&self, ops: Vec<MetaOp>) -> Result<(), OpenError> {
        let acting = self.identity.epoch.0;
        let mut in_doubt = false;
        loop {
            match self.meta.commit(Txn { acting, ops: ops.clone() }).await {
                Ok(revision) => return Ok(self.view.catch_up(&*self.meta, revision).await?),
                // The writer went away over it; the next one knows whether it was committed.
                Err(MetaError::Store(e)) if !self.alone && e.is_unknown() => in_doubt = true,
                Err(MetaError::Conflict(why)) if in_doubt => {
                    self.view.catch_up(&*self.meta, Revision::default()).await?;
                    let active =
                        self.view.state().epochs().get(&acting) == Some(&EpochState::Active);
                    return if active { Ok(()) } else { Err(MetaError::Conflict(why).into()) };
                }
                Err(e) => return Err(e.into()),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// This incarnation exists, and says who it is. A cell that is new has the level of whoever made it.
    fn registration(&self) -> Vec<MetaOp> {
        let epoch = self.identity.epoch.0;
        let mut ops =
            vec![MetaOp::ActivateEpoch { epoch }, MetaOp::RegisterBroker(self.broker_row())];
        let level = self.marker.format_level;
        if level > self.view.state().level() {
            ops.push(MetaOp::RaiseLevel { level, by: VERSION.to_owned() });
        }
        ops
    }

    fn broker_row(&self) -> BrokerRow {
        let place = |endpoint: &Endpoint| (endpoint.host.clone(), endpoint.port);
        BrokerRow {
            epoch: self.identity.epoch.0,
            id: self.settings.broker_id,
            node: self.settings.node.clone(),
            zone: self.settings.zone.clone(),
            plain: place(&self.settings.plain),
            tls: place(&self.settings.tls),
            peer: self.settings.peer.clone(),
            draining: false,
            formats: self.settings.formats,
        }
    }

    /// The cell, with its tasks but for those that act on metadata.
    pub(super) fn into_cell(
        self,
        started: Started,
        rng: Arc<dyn Rng>,
        peers: Option<Arc<dyn Peers>>,
    ) -> Arc<Cell> {
        let groups = self.marker.placement_groups;
        let members = Members::new(self.pgs.len());
        members.add(started.catalog.all().iter().flat_map(|t| &t.partitions));
        members.add(&started.group_slots);
        let (events, listener) = mpsc::channel(EVENTS_MAX);
        let cell = Arc::new(Cell {
            checkpoint: Checkpointer::new(started.stored, groups, &*self.clock),
            merges: started.merges,
            fresh: Freshness::new(&*self.clock),
            proving: tokio::sync::Mutex::new(()),
            tier: started.tier,
            settings: self.settings,
            clock: self.clock,
            rng,
            marker: self.marker,
            wal: started.wal,
            identity: self.identity,
            store: self.store,
            reader: started.reader,
            meta: self.meta,
            view: self.view,
            alone: self.alone,
            peers,
            changing: tokio::sync::Mutex::new(()),
            catalog: RwLock::new(started.catalog),
            members,
            pgs: self.pgs,
            group_slots: started.group_slots,
            gaining: watch::Sender::new(Gaining::default()),
            scans: Scans::default(),
            handed: Mutex::default(),
            leadership: Notify::new(),
            events,
            listener: Mutex::new(Some(listener)),
            indexes: IndexCache::default(),
            access: ArcSwap::default(),
            acl_writer: OnceLock::new(),
            denials: super::denials::Denials::default(),
            quotas: crate::quota::QuotaBook::default(),
            producer_ids: AtomicU32::new(0),
            usage: crate::usage::UsageBook::default(),
            wal_thread: Mutex::new(started.thread),
            shut: AtomicBool::new(false),
        });
        tokio::spawn(super::checkpoint::run(Arc::downgrade(&cell), started.complete));
        tokio::spawn(super::merge::run(Arc::downgrade(&cell)));
        tokio::spawn(super::audit::run(Arc::downgrade(&cell)));
        cell
    }
}

fn is_open(state: EpochState) -> bool {
    matches!(state, EpochState::Active | EpochState::Fenced)
}

fn by_id(catalog: &Catalog, slots: &[Arc<Partition>]) -> HashMap<PartitionId, Arc<Partition>> {
    let topics = catalog.all();
    let of_topics = topics.iter().flat_map(|t| t.partitions.iter());
    of_topics.chain(slots).map(|p| (p.id, Arc::clone(p))).collect()
}
