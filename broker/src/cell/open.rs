//! Start order: owner marker, metadata, birth, manifests, replay, commit, seals, WAL thread.

use std::collections::BTreeMap;
use std::sync::Arc;

use common_seams::{Clock, Rng, uuid_v4};
use common_types::TenantId;
use common_types::limits::COORDINATOR_SLOTS;
use storage::at_rest::{Encryption, KeyError, Keyring};
use storage::birth::{Birth, CellMarker};
use storage::ids::{BrokerEpoch, PartitionId, PgId, WalIdentity};
use storage::keys::ObjectKey;
use storage::levels::{FIRST_LEVEL, FormatLevels, LevelError};
use storage::meta::{CellState, MetaError, MetaLog};
use storage::object_wal::SealError;
use storage::planted::{Planted, on};
use storage::retry::RetryingStore;
use storage::slot::ChunkKind;
use storage::store::{ObjectStore, PutMode, StoreError};
use storage::wal::WalError;
use uuid::Uuid;

use super::catalog::{Catalog, Topic};
use super::release::Peers;
use super::sealing::destroy_left;
use super::start::Start;
use super::tier::{LogTier, Tier};
use super::{Cell, CellSettings};
use crate::group::SLOT_HASH;
use crate::meta::{LocalMeta, MetaStore, Revision, Rolls, View};
use crate::partition::{Partition, Pg};

/// What a cell stands on.
pub struct CellParts {
    /// Objects: metadata, manifests, and on the object tier everything else.
    pub store: Arc<dyn ObjectStore>,
    /// Where records lie.
    pub log: LogTier,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The brokers of the cell, of which this is one. None: it is alone, opens the metadata itself, and
    /// takes the cell over from whoever has it.
    pub company: Option<Company>,
    /// Whether records are sealed.
    pub encryption: Encryption,
}

/// What a broker has of others.
pub struct Company {
    /// The metadata of the cell.
    pub meta: Arc<dyn MetaStore>,
    /// The other brokers.
    pub peers: Arc<dyn Peers>,
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
    /// The log of an earlier incarnation cannot be taken over.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The keys that sealed the records cannot be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The cell has a format level that this version does not know. Nothing is damaged.
    #[error(transparent)]
    Level(#[from] LevelError),
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
    /// Opens a cell: recovers what earlier incarnations wrote, and begins a new one. On the object tier
    /// it takes the cell over from whoever has it.
    ///
    /// # Errors
    /// When something stored is damaged or cannot be written. The old state is untouched then.
    pub async fn open(parts: CellParts, settings: CellSettings) -> Result<Arc<Self>, OpenError> {
        let CellParts { store, log, clock, rng, company, encryption } = parts;
        let store: Arc<dyn ObjectStore> = match &log {
            LogTier::Disk(_) => store,
            LogTier::Objects(_) => Arc::new(RetryingStore::for_ever(store, Arc::clone(&rng))),
        };
        let marker = marker(&*store, &*clock, &*rng, &settings).await?;
        let keys = Keyring::open(Arc::clone(&store), Arc::clone(&rng), encryption).await?;
        let keys = Arc::new(keys);
        let with_keys = keys.tenants().await?;
        let (meta, peers) = match company {
            Some(company) => (company.meta, Some(company.peers)),
            None => {
                let id = uuid_v4(&*rng);
                let (known, store) = (settings.formats, Arc::clone(&store));
                let log = MetaLog::open_knowing(known, store, marker.cell, id, None).await?;
                let (after, rng) = (settings.metadata_entries, Arc::clone(&rng));
                (LocalMeta::new(log, Rolls { after, rng }) as Arc<dyn MetaStore>, None)
            }
        };
        let view = Arc::new(View::new(Revision::default(), CellState::default()));
        view.catch_up(&*meta, Revision::default()).await?;
        // Before the birth: whoever is refused leaves nothing behind.
        settings.formats.check(view.state().level(), view.state().raised_by())?;
        let width = match &log {
            LogTier::Disk(_) => 1,
            LogTier::Objects(objects) => objects.slots_in_flight,
        };
        let mut identity = be_born(&*store, &*clock, &*rng, &marker, &settings, width).await?;
        if on(Planted::EpochReused) {
            identity.epoch.0 = view.state().epochs().keys().last().map_or(1, |e| e + 1);
        }
        let pgs = load_pgs(&view.state(), &marker);
        let alone = peers.is_none();
        let mut start =
            Start { store, clock, settings, marker, keys, meta, view, identity, pgs, alone };
        let started = match log {
            LogTier::Disk(disk) => start.on_disk(disk).await?,
            LogTier::Objects(objects) => start.on_objects(objects).await?,
        };
        destroy_left(&start.keys, with_keys, &start.view.state()).await?;
        let cell = start.into_cell(started, rng, peers);
        if matches!(cell.tier, Tier::Objects) {
            tokio::spawn(super::freshness::run(Arc::downgrade(&cell)));
            cell.see_leadership(&cell.view.state());
            if alone {
                cell.gained().await?;
            }
        }
        tokio::spawn(super::follow::run(Arc::downgrade(&cell)));
        Ok(cell)
    }

    /// All partitions of a placement group, by id.
    pub(super) fn partitions_of(&self, pg: PgId) -> BTreeMap<PartitionId, Arc<Partition>> {
        self.members.of(pg)
    }
}

/// The owner marker of a cell; makes the cell when there is none.
///
/// # Errors
/// When the store fails, or the marker is of a newer format.
pub async fn marker(
    store: &dyn ObjectStore,
    clock: &dyn Clock,
    rng: &dyn Rng,
    settings: &CellSettings,
) -> Result<CellMarker, OpenError> {
    let key = ObjectKey::Cell.to_string();
    match store.get(key.clone()).await {
        Ok((bytes, _)) => read_marker(&key, &bytes, settings.formats),
        Err(StoreError::NotFound(_)) => {
            let marker = CellMarker {
                // Nobody with an older version has to read what is made just now.
                format_level: settings.formats.write_max,
                cell: uuid_v4(rng),
                coordinator_slots: COORDINATOR_SLOTS,
                coordinator_hash: SLOT_HASH.to_owned(),
                placement_groups: settings.placement_groups,
                group_topic: uuid_v4(rng),
                transaction_topic: uuid_v4(rng),
                created_at_ms: clock.wall_ms(),
            };
            let body = serde_json::to_vec_pretty(&marker).map_err(|e| damaged(&key, e))?;
            match store.put(key.clone(), body.into(), PutMode::IfAbsent).await {
                Ok(_) => Ok(marker),
                // Another process of the same cell was first.
                Err(StoreError::Exists(_)) => {
                    let (bytes, _) = store.get(key.clone()).await?;
                    read_marker(&key, &bytes, settings.formats)
                }
                Err(e) => Err(e.into()),
            }
        }
        Err(e) => Err(e.into()),
    }
}

fn read_marker(key: &str, bytes: &[u8], known: FormatLevels) -> Result<CellMarker, OpenError> {
    let marker: CellMarker = serde_json::from_slice(bytes).map_err(|e| damaged(key, e))?;
    // The level may have been raised since, so that it is not too old whatever it began with.
    if marker.format_level > known.write_max {
        known.check(marker.format_level, None)?;
    }
    Ok(marker)
}

/// Takes the next epoch by put-if-absent: a number once used is never used again, whatever metadata
/// says.
async fn be_born(
    store: &dyn ObjectStore,
    clock: &dyn Clock,
    rng: &dyn Rng,
    marker: &CellMarker,
    settings: &CellSettings,
    width: u32,
) -> Result<WalIdentity, OpenError> {
    let last = store.list("epochs".into()).await?.pop();
    let last = last.as_deref().and_then(|key| key.rsplit('/').next());
    let mut epoch = last.and_then(|hex| u64::from_str_radix(hex, 16).ok()).map_or(1, |e| e + 1);
    let mut nonce = [0; 16];
    rng.fill(&mut nonce);
    while epoch < BrokerEpoch::END {
        let birth = Birth {
            format_level: FIRST_LEVEL,
            epoch,
            nonce: Uuid::from_bytes(nonce).simple().to_string(),
            slots_in_flight_max: width,
            node: settings.node.clone(),
            born_at_ms: clock.wall_ms(),
        };
        let key = ObjectKey::Epoch(BrokerEpoch(epoch)).to_string();
        let body = serde_json::to_vec(&birth).map_err(|e| damaged(&key, e))?;
        match store.put(key, body.into(), PutMode::IfAbsent).await {
            Ok(_) => {
                let epoch = BrokerEpoch(epoch);
                return Ok(WalIdentity { cell: marker.cell, store: 0, epoch, lane: 0, nonce });
            }
            // Somebody else is born at the same time.
            Err(StoreError::Exists(_)) => epoch += 1,
            Err(e) => return Err(e.into()),
        }
    }
    Err(damaged("epochs", "all broker epochs are used up"))
}

fn load_pgs(state: &CellState, marker: &CellMarker) -> Vec<Arc<Pg>> {
    (0..marker.placement_groups)
        .map(|id| {
            let epoch = state.pgs().get(&id).map_or(0, |row| row.pg_epoch);
            Arc::new(Pg::new(PgId(id), epoch))
        })
        .collect()
}

pub(super) fn load_catalog(state: &CellState, pgs: &[Arc<Pg>]) -> Result<Catalog, OpenError> {
    let mut catalog = Catalog::default();
    state.tenants().iter().for_each(|t| catalog.put_tenant(*t));
    for row in state.topics().values() {
        let topic = Topic::from_row(row, pgs).map_err(|e| damaged(&row.name, e))?;
        catalog.put(Arc::new(topic));
    }
    Ok(catalog)
}

/// Slot i is partition i of `__consumer_offsets`, in placement group i modulo their number at birth.
pub(super) fn group_slots(marker: &CellMarker, pgs: &[Arc<Pg>]) -> Vec<Arc<Partition>> {
    (0..marker.coordinator_slots)
        .map(|index| {
            let id = PartitionId { tenant: TenantId::SYSTEM, topic: marker.group_topic, index };
            let pg = &pgs[(index % marker.placement_groups) as usize];
            Arc::new(Partition::new(id, Arc::clone(pg), ChunkKind::Coordinator))
        })
        .collect()
}
