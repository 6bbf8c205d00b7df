//! Start order: owner marker, metadata, birth, manifests, replay, commit, seals, WAL thread.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use arc_swap::ArcSwap;
use common_seams::{Clock, Rng, uuid_v4};
use common_types::TenantId;
use common_types::access::AccessSnapshot;
use common_types::limits::COORDINATOR_SLOTS;
use parking_lot::{Mutex, RwLock};
use storage::birth::{Birth, CellMarker, FORMAT_LEVEL};
use storage::ids::{BrokerEpoch, PartitionId, PgId, WalIdentity};
use storage::keys::ObjectKey;
use storage::manifest::{Manifest, PartitionProducers, ProducerSnapshot};
use storage::meta::{CellState, MetaError, MetaLog, MetaOp, Txn};
use storage::slot::ChunkKind;
use storage::store::{ObjectStore, PutMode, StoreError};
use storage::wal::{WalError, WalRead, WalStore};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::catalog::{Catalog, Topic};
use super::checkpoint::{Checkpointer, Stored};
use super::read::IndexCache;
use super::recovery::Recovery;
use super::{Cell, CellSettings};
use crate::group::SLOT_HASH;
use crate::partition::{LiveExtent, Partition, Pg};
use crate::wal::{Wal, WalThread, WalWriter};

/// Makes the WAL of a new incarnation.
pub type WalFactory = Box<dyn FnOnce(WalIdentity) -> Result<Box<dyn WalStore>, WalError> + Send>;

/// What a cell stands on.
pub struct CellParts {
    /// Objects: metadata, manifests.
    pub store: Arc<dyn ObjectStore>,
    /// WAL files, old and new.
    pub reader: Arc<dyn WalRead>,
    /// The WAL of this incarnation.
    pub wal: WalFactory,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
}

/// Why a cell does not open. Nothing was lost.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Metadata cannot be read.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The log cannot be read or written.
    #[error(transparent)]
    Wal(#[from] WalError),
    /// An object cannot be read.
    #[error(
        "object {key} is damaged: {reason}; restore it from a backup, or move the folder away to start empty"
    )]
    Damaged {
        /// The object.
        key: String,
        /// What is wrong.
        reason: String,
    },
}

pub(super) fn damaged(key: &str, reason: impl ToString) -> OpenError {
    OpenError::Damaged { key: key.to_owned(), reason: reason.to_string() }
}

impl Cell {
    /// Opens a cell: recovers what earlier incarnations wrote, and begins a new one.
    ///
    /// # Errors
    /// When something stored is damaged or cannot be written. The old state is untouched then.
    pub async fn open(parts: CellParts, settings: CellSettings) -> Result<Arc<Self>, OpenError> {
        let CellParts { store, reader, wal, clock, rng } = parts;
        let marker = load_marker(&*store, &*clock, &*rng, &settings).await?;
        let mut meta = MetaLog::open(Arc::clone(&store), marker.cell, uuid_v4(&*rng)).await?;
        let identity = be_born(&*store, &*clock, &*rng, &marker, &settings).await?;
        let pgs = load_pgs(meta.state(), &marker);
        let catalog = load_catalog(meta.state(), &pgs)?;
        let group_slots = group_slots(&marker, &pgs);
        let partitions = by_id(&catalog, &group_slots);
        let stored = load_manifests(&*store, &marker, &partitions, &*clock).await?;

        let factory = wal(identity)?;
        let mut writer = WalWriter::new(factory, identity, Arc::clone(&clock), settings.fsync);
        let mut ops = vec![MetaOp::ActivateEpoch { epoch: identity.epoch.0 }];
        let (touched, seals) =
            recover(&*reader, &mut writer, &partitions, meta.state(), &stored, &*clock, &mut ops)?;
        for pg in &pgs {
            let pg_epoch = meta.state().pgs().get(&pg.id.0).map_or(0, |row| row.pg_epoch + 1);
            ops.push(MetaOp::Lead { pg: pg.id.0, epoch: identity.epoch.0, pg_epoch });
            pg.set_epoch(pg_epoch);
        }
        meta.commit(&Txn { acting: identity.epoch.0, ops }).await?;
        // Only after the commit: until then a crash must find the old files as they were.
        seals.iter().try_for_each(|seal| seal.write(&*reader))?;

        let wal = Wal::new();
        let (rolled, notices) = mpsc::channel(1);
        let thread = WalThread::new(
            Arc::clone(&wal),
            writer,
            settings.fsync,
            settings.cache_bytes,
            rolled,
            touched,
        );
        let thread = std::thread::Builder::new()
            .name("wal".into())
            .spawn(move || thread.run())
            .map_err(|e| damaged("wal thread", e))?;
        let cell = Arc::new(Self {
            checkpoint: Checkpointer::new(stored, &*clock),
            settings,
            clock,
            rng,
            marker,
            wal,
            identity,
            store,
            reader,
            meta: tokio::sync::Mutex::new(meta),
            catalog: RwLock::new(catalog),
            pgs,
            group_slots,
            indexes: IndexCache::default(),
            access: ArcSwap::from_pointee(AccessSnapshot::default()),
            producer_ids: AtomicU32::new(0),
            wal_thread: Mutex::new(Some(thread)),
        });
        tokio::spawn(super::checkpoint::run(Arc::downgrade(&cell), notices));
        Ok(cell)
    }

    /// All partitions of a placement group, by id.
    pub(super) fn partitions_of(&self, pg: PgId) -> BTreeMap<PartitionId, Arc<Partition>> {
        let topics = self.catalog.read().all();
        let of_topics = topics.iter().flat_map(|t| t.partitions.iter());
        of_topics
            .chain(&self.group_slots)
            .filter(|p| p.pg.id == pg)
            .map(|p| (p.id, Arc::clone(p)))
            .collect()
    }
}

type Touched = HashMap<PartitionId, Arc<Partition>>;

fn recover(
    reader: &dyn WalRead,
    writer: &mut WalWriter,
    partitions: &HashMap<PartitionId, Arc<Partition>>,
    state: &CellState,
    stored: &BTreeMap<u32, Stored>,
    clock: &dyn Clock,
    ops: &mut Vec<MetaOp>,
) -> Result<(Touched, Vec<super::recovery::Seal>), WalError> {
    let pg_count = partitions.values().map(|p| p.pg.id).collect::<std::collections::BTreeSet<_>>();
    let mut recovery = Recovery {
        reader,
        writer,
        partitions,
        now: clock.mono(),
        touched: HashMap::new(),
        seals: Vec::new(),
        ops: Vec::new(),
    };
    for (epoch, epoch_state) in state.epochs() {
        // An owner has replayed all epochs before its own, so its manifests cover them.
        let covered = pg_count.iter().map(|pg| match stored.get(&pg.0) {
            Some(m) if m.manifest.owner > *epoch => u64::MAX,
            Some(m) => m.manifest.covered_slot(*epoch),
            None => 0,
        });
        let from = covered.min().unwrap_or(0);
        let done = match epoch_state {
            storage::meta::EpochState::Sealed { end } => from >= *end,
            storage::meta::EpochState::Active => from == u64::MAX,
        };
        if !done {
            recovery.replay_epoch(BrokerEpoch(*epoch), *epoch_state, from)?;
        } else if *epoch_state == storage::meta::EpochState::Active {
            recovery.seal_covered(BrokerEpoch(*epoch))?;
        }
    }
    recovery.writer.sync()?;
    let Recovery { touched, seals, ops: more, .. } = recovery;
    ops.extend(more);
    Ok((touched, seals))
}

async fn load_marker(
    store: &dyn ObjectStore,
    clock: &dyn Clock,
    rng: &dyn Rng,
    settings: &CellSettings,
) -> Result<CellMarker, OpenError> {
    let key = ObjectKey::Cell.to_string();
    match store.get(key.clone()).await {
        Ok((bytes, _)) => {
            let marker: CellMarker =
                serde_json::from_slice(&bytes).map_err(|e| damaged(&key, e))?;
            if marker.format_level > FORMAT_LEVEL {
                let text = format!(
                    "it has format level {}, this version of Weir reads up to {FORMAT_LEVEL}: use a newer version",
                    marker.format_level
                );
                return Err(damaged(&key, text));
            }
            Ok(marker)
        }
        Err(StoreError::NotFound(_)) => {
            let marker = CellMarker {
                format_level: FORMAT_LEVEL,
                cell: uuid_v4(rng),
                coordinator_slots: COORDINATOR_SLOTS,
                coordinator_hash: SLOT_HASH.to_owned(),
                placement_groups: settings.placement_groups,
                group_topic: uuid_v4(rng),
                transaction_topic: uuid_v4(rng),
                created_at_ms: clock.wall_ms(),
            };
            let body = serde_json::to_vec_pretty(&marker).map_err(|e| damaged(&key, e))?;
            store.put(key, body.into(), PutMode::IfAbsent).await?;
            Ok(marker)
        }
        Err(e) => Err(e.into()),
    }
}

/// Takes the next epoch by put-if-absent: a number once used is never used again, whatever metadata
/// says.
async fn be_born(
    store: &dyn ObjectStore,
    clock: &dyn Clock,
    rng: &dyn Rng,
    marker: &CellMarker,
    settings: &CellSettings,
) -> Result<WalIdentity, OpenError> {
    let last = store.list("epochs".into()).await?.pop();
    let last = last.as_deref().and_then(|key| key.rsplit('/').next());
    let epoch = last.and_then(|hex| u64::from_str_radix(hex, 16).ok()).map_or(1, |e| e + 1);
    if epoch >= BrokerEpoch::END {
        return Err(damaged("epochs", "all broker epochs are used up"));
    }
    let mut nonce = [0; 16];
    rng.fill(&mut nonce);
    let birth = Birth {
        format_level: FORMAT_LEVEL,
        epoch,
        nonce: Uuid::from_bytes(nonce).simple().to_string(),
        slots_in_flight_max: 1,
        node: settings.node.clone(),
        born_at_ms: clock.wall_ms(),
    };
    let key = ObjectKey::Epoch(BrokerEpoch(epoch)).to_string();
    let body = serde_json::to_vec(&birth).map_err(|e| damaged(&key, e))?;
    store.put(key, body.into(), PutMode::IfAbsent).await?;
    Ok(WalIdentity { cell: marker.cell, store: 0, epoch: BrokerEpoch(epoch), lane: 0, nonce })
}

fn load_pgs(state: &CellState, marker: &CellMarker) -> Vec<Arc<Pg>> {
    (0..marker.placement_groups)
        .map(|id| {
            let epoch = state.pgs().get(&id).map_or(0, |row| row.pg_epoch);
            Arc::new(Pg::new(PgId(id), epoch))
        })
        .collect()
}

fn load_catalog(state: &CellState, pgs: &[Arc<Pg>]) -> Result<Catalog, OpenError> {
    let mut catalog = Catalog::default();
    state.tenants().iter().for_each(|t| catalog.put_tenant(*t));
    for row in state.topics().values() {
        let topic = Topic::from_row(row, pgs).map_err(|e| damaged(&row.name, e))?;
        catalog.put(Arc::new(topic));
    }
    Ok(catalog)
}

/// Slot i is partition i of `__consumer_offsets`, in placement group i modulo their number at birth.
fn group_slots(marker: &CellMarker, pgs: &[Arc<Pg>]) -> Vec<Arc<Partition>> {
    (0..marker.coordinator_slots)
        .map(|index| {
            let id = PartitionId { tenant: TenantId::SYSTEM, topic: marker.group_topic, index };
            let pg = &pgs[(index % marker.placement_groups) as usize];
            Arc::new(Partition::new(id, Arc::clone(pg), ChunkKind::Coordinator))
        })
        .collect()
}

fn by_id(catalog: &Catalog, slots: &[Arc<Partition>]) -> HashMap<PartitionId, Arc<Partition>> {
    let topics = catalog.all();
    let of_topics = topics.iter().flat_map(|t| t.partitions.iter());
    of_topics.chain(slots).map(|p| (p.id, Arc::clone(p))).collect()
}

async fn load_manifests(
    store: &dyn ObjectStore,
    marker: &CellMarker,
    partitions: &HashMap<PartitionId, Arc<Partition>>,
    clock: &dyn Clock,
) -> Result<BTreeMap<u32, Stored>, OpenError> {
    let mut all = BTreeMap::new();
    for pg in 0..marker.placement_groups {
        let key = ObjectKey::Manifest(PgId(pg)).to_string();
        let (bytes, etag) = match store.get(key.clone()).await {
            Ok(found) => found,
            Err(StoreError::NotFound(_)) => continue,
            Err(e) => return Err(e.into()),
        };
        let manifest = Manifest::parse(&bytes).map_err(|e| damaged(&key, e))?;
        let producers = load_producers(store, PgId(pg), &manifest).await?;
        for m in &manifest.partitions {
            let id = m.id().map_err(|e| damaged(&key, e))?;
            let Some(partition) = partitions.get(&id) else { continue };
            let extents: Result<Vec<LiveExtent>, _> = m
                .extents
                .iter()
                .map(|e| {
                    Ok(LiveExtent {
                        first: e.first,
                        last: e.last,
                        file: e.object_ref()?,
                        max_timestamp: e.max_timestamp,
                        bytes: e.bytes,
                    })
                })
                .collect();
            let extents =
                extents.map_err(|e: storage::manifest::ManifestError| damaged(&key, e))?;
            partition.load(m, extents, producers.get(&id), clock.mono());
        }
        all.insert(pg, Stored { manifest, etag });
    }
    Ok(all)
}

async fn load_producers(
    store: &dyn ObjectStore,
    pg: PgId,
    manifest: &Manifest,
) -> Result<HashMap<PartitionId, PartitionProducers>, OpenError> {
    let Ok(id) = Uuid::from_slice(&manifest.producer_state) else { return Ok(HashMap::new()) };
    let key = ObjectKey::ProducerState(pg, id).to_string();
    let (bytes, _) = store.get(key.clone()).await?;
    let snapshot: ProducerSnapshot = prost::Message::decode(bytes).map_err(|e| damaged(&key, e))?;
    let mut all = HashMap::new();
    for p in snapshot.partitions {
        let tenant = p.tenant[..].try_into().ok().and_then(|b| TenantId::from_bytes(b).ok());
        let topic = Uuid::from_slice(&p.topic).ok();
        let (Some(tenant), Some(topic)) = (tenant, topic) else {
            return Err(damaged(&key, "an id is not 16 bytes"));
        };
        all.insert(PartitionId { tenant, topic, index: p.index }, p);
    }
    Ok(all)
}
