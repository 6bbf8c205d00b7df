use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use broker::cell::{
    Cell, CellParts, CellSettings, DiskLog, Endpoint, LogTier, NewTopic, ObjectLog, OpenError,
    TopicError, marker,
};
use broker::controller::ControllerSettings;
use broker::coordinator::Groups;
use broker::member::{Member, MemberParts};
use broker::rpc::{CellSecret, Network};
use broker::server::Server;
use common_seams::{Clock, OsRng, Rng, SystemClock};
use common_types::TenantId;
use common_types::access::{AccessSnapshot, KeyEntry, Pepper};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use storage::at_rest::Encryption;
use storage::levels::FormatLevels;
use storage::object_wal::FlushRule;
use storage::retry::RetryingStore;
use storage::store::ObjectStore;
use storage::wal::FsyncPolicy;
use storage_disk::{DiskWal, DiskWalOptions, DiskWalReader, FolderStore};
use uuid::Uuid;

use crate::place::{BRIEF, BRIEF_MS, KEPT, PLACES};
use crate::power::{Disk, Power};
use crate::reader::PoweredReader;
use crate::store::PoweredStore;
use crate::wal::PoweredWal;

pub(crate) const KEY: &str = "SIMKEY";
pub(crate) const SECRET: &str = "secret";
/// The disk crate's smallest file, so that runs roll often.
const FILE_BYTES: u64 = 4 << 20;

/// Opens the cell in `root` under a power supply.
pub(crate) async fn open(
    root: &Path,
    power: &Arc<Power>,
    disk: Disk,
) -> Result<Arc<Server>, OpenError> {
    let io = |e: std::io::Error| OpenError::Damaged {
        key: root.display().to_string(),
        reason: e.to_string(),
    };
    let store =
        PoweredStore { inner: FolderStore::open(root).map_err(io)?, power: Arc::clone(power) };
    let reader = DiskWalReader::new(root);
    let files =
        PoweredReader { inner: reader.clone(), power: Arc::clone(power), root: root.to_owned() };
    // The layer above decides when to sync, so that the power can go in between.
    let options = DiskWalOptions {
        root: root.to_owned(),
        fsync: FsyncPolicy::Interval(1000),
        file_bytes: FILE_BYTES,
    };
    let (root, supply) = (root.to_owned(), Arc::clone(power));
    let parts = CellParts {
        store: Arc::new(store),
        log: LogTier::Disk(DiskLog {
            files: Arc::new(files),
            reader: Arc::new(reader),
            wal: Box::new(move |identity| {
                let inner = DiskWal::create(options, identity)?;
                Ok(Box::new(PoweredWal {
                    inner,
                    root,
                    power: supply,
                    disk,
                    syncs: 0,
                    file: PathBuf::new(),
                }))
            }),
        }),
        clock: Arc::new(SystemClock),
        rng: Arc::new(OsRng::new()),
        company: None,
        encryption: Encryption::default(),
    };
    let cell = Cell::open(parts, settings()).await?;
    cell.publish_access(access());
    let groups = Groups::load(Arc::clone(&cell)).await?;
    Ok(Server::new(cell, groups))
}

/// So few that terms of the metadata end while a seed runs.
const METADATA_ENTRIES: u64 = 5;

/// Opens the cell on an object store, with limits so small that slots are compacted and collected.
pub(crate) async fn open_on_store(
    store: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    encryption: Encryption,
) -> Result<Arc<Server>, OpenError> {
    let parts = CellParts { store, log: object_log(), clock, rng, company: None, encryption };
    let settings = CellSettings {
        cache_bytes: 128 << 10,
        retention_interval: Duration::from_secs(20),
        ..settings()
    };
    let cell = Cell::open(parts, settings).await?;
    cell.publish_access(access());
    let groups = Groups::load(Arc::clone(&cell)).await?;
    Ok(Server::new(cell, groups))
}

/// What a process of a cell of several has besides its store.
pub(crate) struct MemberNeeds {
    pub(crate) broker: i32,
    pub(crate) secret: CellSecret,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
}

/// Opens one broker of a cell of several. `listen` is called when the others may ask it.
pub(crate) async fn open_in_company(
    store: Arc<dyn ObjectStore>,
    needs: MemberNeeds,
    listen: impl FnOnce(&Arc<Member>, Uuid, &str),
) -> Result<(Arc<Server>, Arc<Member>), OpenError> {
    let MemberNeeds { broker, secret, network, clock, rng } = needs;
    let address = format!("broker-{broker}:1");
    let settings = CellSettings {
        node: format!("node-{broker}"),
        broker_id: broker,
        peer: Some(address.clone()),
        cache_bytes: 128 << 10,
        retention_interval: Duration::from_secs(20),
        ..settings()
    };
    let waits: Arc<dyn ObjectStore> =
        Arc::new(RetryingStore::for_ever(Arc::clone(&store), Arc::clone(&rng)));
    let marker = marker(&*waits, &*clock, &*rng, &settings).await?;
    let cell = marker.cell;
    let member = Member::join(MemberParts {
        store: Arc::clone(&store),
        marker,
        secret,
        address: address.clone(),
        network,
        clock: Arc::clone(&clock),
        rng: Arc::clone(&rng),
        formats: settings.formats,
        settings: ControllerSettings {
            metadata_entries: METADATA_ENTRIES,
            ..ControllerSettings::default()
        },
    })
    .await?;
    listen(&member, cell, &address);
    let company = Some(member.company());
    let encryption = Encryption::default();
    let parts = CellParts { store, log: object_log(), clock, rng, company, encryption };
    let cell = Cell::open(parts, settings).await?;
    member.attach(Arc::clone(&cell));
    cell.publish_access(access());
    let groups = Groups::load(Arc::clone(&cell)).await?;
    Ok((Server::new(cell, groups), member))
}

/// Limits so small that slots are compacted and collected.
fn object_log() -> LogTier {
    LogTier::Objects(ObjectLog {
        slots_in_flight: 4,
        flush: FlushRule {
            linger: Duration::from_millis(20),
            interval: Duration::from_millis(5),
            free: Duration::from_millis(5),
            burst: 1,
            max_bytes: 64 << 10,
        },
        block_cache_bytes: 1 << 20,
        pass_bytes: 256 << 10,
        slots_max: 40,
        merge_from: 3,
        background_bytes_per_second: 512 << 10,
    })
}

/// Makes the topics that are not there.
pub(crate) async fn ensure_topics(cell: &Cell) -> Result<(), TopicError> {
    cell.ensure_tenant(tenant()).await?;
    for name in [KEPT, BRIEF] {
        if cell.topic(tenant(), name).is_some() {
            continue;
        }
        let partitions = PLACES.iter().filter(|place| place.topic == name).count();
        let retention = ("retention.ms".to_owned(), BRIEF_MS.to_string());
        let topic = NewTopic {
            name: name.to_owned(),
            partitions: i32::try_from(partitions).ok(),
            configs: if name == BRIEF { BTreeMap::from([retention]) } else { BTreeMap::new() },
            ..NewTopic::default()
        };
        cell.create_topic(tenant(), topic).await?;
    }
    Ok(())
}

pub(crate) fn tenant() -> TenantId {
    "lkc-sim".parse().expect("a valid id")
}

fn settings() -> CellSettings {
    let endpoint = Endpoint { host: "localhost".to_owned(), port: 9092 };
    CellSettings {
        node: "sim".to_owned(),
        broker_id: 1,
        zone: String::new(),
        peer: None,
        formats: FormatLevels::own(),
        fsync: FsyncPolicy::Always,
        cache_bytes: 1 << 20,
        placement_groups: 8,
        plain: endpoint.clone(),
        tls: endpoint,
        auto_create_topics: false,
        partitions_default: 1,
        retention_interval: Duration::from_secs(3600),
        metadata_entries: METADATA_ENTRIES,
        producer_idle: Duration::from_secs(3600),
        initial_rebalance_delay: Duration::ZERO,
    }
}

/// One key of one tenant.
fn access() -> AccessSnapshot {
    let pepper = [7; 32];
    let mut mac = Hmac::<Sha256>::new_from_slice(&pepper).expect("any length is a key");
    mac.update(SECRET.as_bytes());
    let entry = KeyEntry {
        verifier: mac.finalize().into_bytes().into(),
        pepper_version: 1,
        principal: "sa-sim".to_owned(),
        tenant: tenant(),
        cluster_admin: true,
    };
    AccessSnapshot {
        revision: 1,
        peppers: BTreeMap::from([(1, Pepper(pepper))]),
        tenants: BTreeSet::from([tenant()]),
        keys: BTreeMap::from([(KEY.to_owned(), entry)]),
        ..AccessSnapshot::default()
    }
}
