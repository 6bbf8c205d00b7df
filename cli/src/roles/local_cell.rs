//! The cell of `weir up`: the broker on the local disk, and its two listeners.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api_app::App;
use broker::cell::{AclWriter, Cell, CellSettings, Endpoint, LogTier, OpenError, marker};
use broker::controller::ControllerSettings;
use broker::coordinator::Groups;
use broker::member::{Member, MemberParts};
use broker::meta::ENTRIES_MAX;
use broker::rpc::{CellSecret, Clients, Membership, RpcServer};
use broker::server::Server;
use broker_listener::{BoundListener, ListenerKind, PeerListener, TcpNetwork};
use common_errors::ErrorKind;
use common_seams::{Clock, Rng};
use storage::levels::FormatLevels;
use storage::meta::MetaError;
use storage::prove::{ProveError, prove};
use storage::store::ObjectStore;
use storage::transfer::refuse_unfinished;
use storage::wal::{FsyncPolicy, WalError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::acl_keeper::AclKeeper;
use super::address::Bound;
use super::background_bytes::BackgroundBytes;
use super::broker_folder;
use super::cell_port::CellPort;
use super::cell_store::{self, CellStore};
use super::denials::Denials;
use super::encryption::{self, Encryption};
use super::kafka_port::KafkaPort;
use super::transfer_error;
use super::up::Fsync;
use crate::error::CliError;

/// Units of leadership of a new cell. Fixed at its birth.
const PLACEMENT_GROUPS: u32 = 8;
/// The same where several brokers share them.
const PLACEMENT_GROUPS_SHARED: u32 = 64;
/// Time between syncs of `--fsync interval`.
const SYNC_INTERVAL_MS: u64 = 1000;
/// Partitions of a topic when nobody says.
const PARTITIONS_DEFAULT: i32 = 6;
/// How long it may take until all placement groups are led.
const LED_MAX: Duration = Duration::from_secs(60);
/// How long clients are kept waiting until all of them are served.
const SERVES_MAX: Duration = Duration::from_secs(1);
/// How often that is looked at.
const PAUSE: Duration = Duration::from_millis(10);
/// Time between looks for records to delete.
const RETENTION_INTERVAL: Duration = Duration::from_secs(60);
/// How long a producer that sends nothing is remembered, as in Kafka.
const PRODUCER_IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// What the cell is made of.
pub(super) struct CellParts<'a> {
    pub(super) folder: &'a Path,
    /// URL of the store, when the folder does not remember it.
    pub(super) store: Option<&'a str>,
    /// URL of the store of metadata, when it is another one that the folder does not remember.
    pub(super) meta_store: Option<&'a str>,
    pub(super) fsync: Fsync,
    /// Whether records are encrypted, when somebody says so.
    pub(super) encryption: Option<Encryption>,
    pub(super) cache_bytes: usize,
    pub(super) background_bytes: BackgroundBytes,
    /// Units of leadership, where the cell is made now and somebody says.
    pub(super) placement_groups: Option<u32>,
    /// Number of the broker in its cell.
    pub(super) id: i32,
    /// The host that clients are told.
    pub(super) host: &'a str,
    pub(super) kafka: Bound,
    pub(super) kafka_tls: Bound,
    /// Where the cell has several brokers.
    pub(super) together: Option<Together>,
    pub(super) tls: Arc<rustls::ServerConfig>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) stop: CancellationToken,
}

/// What a broker needs to be one of several.
pub(super) struct Together {
    pub(super) secret: CellSecret,
    pub(super) socket: Bound,
}

/// A cell that serves.
pub(super) struct LocalCell {
    cell: Arc<Cell>,
    /// The cell's other brokers.
    member: Option<Arc<Member>>,
    groups: Arc<Groups>,
    port: CellPort,
    kafka: KafkaPort,
    server: Arc<Server>,
    /// Bound, not open: early clients wait in the backlog.
    bound: Vec<BoundListener>,
    listeners: TaskTracker,
    stop: CancellationToken,
}

impl LocalCell {
    /// Recovers what was stored. Clients are served from [`LocalCell::listen`] on.
    pub(super) async fn start(parts: CellParts<'_>) -> Result<Self, CliError> {
        let mut settings = cell_settings(&parts);
        let asked = asked_store(&parts);
        let place = cell_store::open(parts.folder, asked, settings.fsync, &*parts.rng).await?;
        let CellStore { store, log, meta, shown } = place;
        if matches!(log, LogTier::Objects(_)) {
            prove_store(&*store, &shown, &*parts.rng).await?;
            let whole = refuse_unfinished(&*store).await;
            whole.map_err(|e| transfer_error::tell(&e))?;
        }
        if let Some(meta) = meta {
            prove_store(&*meta.store, &meta.url, &*parts.rng).await?;
        }
        let (clock, rng) = (parts.clock, parts.rng);
        let encryption = encryption::open(parts.folder, parts.encryption, &store, &rng).await?;
        let mut member = None;
        if let Some(together) = parts.together {
            if matches!(log, LogTier::Disk(_)) {
                return Err(needs_store());
            }
            let address = together.socket.address.to_string();
            settings.peer = Some(address.clone());
            let marker = marker(&*store, &*clock, &*rng, &settings);
            let marker = marker.await.map_err(|e| not_open(&shown, &e))?;
            broker_folder::remember_cell(parts.folder, marker.cell)?;
            let me = Membership { cell: marker.cell, secret: together.secret.clone() };
            let joined = Member::join(MemberParts {
                store: Arc::clone(&store),
                marker,
                secret: together.secret,
                address,
                network: Arc::new(TcpNetwork),
                clock: Arc::clone(&clock),
                rng: Arc::clone(&rng),
                formats: settings.formats,
                settings: ControllerSettings::default(),
            });
            let joined = joined.await.map_err(|e| not_open(&shown, &e))?;
            let peers = PeerListener::new(together.socket.listener);
            let peers = peers.map_err(|e| CliError::internal("up.socket", e.to_string()))?;
            let rpc = RpcServer::new(me, joined.service(), Arc::clone(&rng));
            tokio::spawn(peers.serve(rpc, parts.stop.clone()));
            member = Some(joined);
        }
        let company = member.as_ref().map(Member::company);
        let made = broker::cell::CellParts { store, log, clock, rng, company, encryption };
        let cell = Cell::open(made, settings).await.map_err(|e| not_open(&shown, &e))?;
        if let Some(member) = &member {
            cell.let_clients_in(false);
            member.attach(Arc::clone(&cell));
        }
        let groups = Groups::load(Arc::clone(&cell)).await.map_err(|e| not_open(&shown, &e))?;
        let server = Server::new(Arc::clone(&cell), Arc::clone(&groups));
        if let Some(member) = &member {
            member.answer_with(&server);
        }
        let bound = bind(parts.kafka, parts.kafka_tls, parts.tls)?;
        Ok(Self {
            cell,
            groups,
            port: CellPort::new(Arc::clone(&server), member.clone()),
            kafka: KafkaPort::new(Arc::clone(&server), member.clone()),
            member,
            server,
            bound,
            listeners: TaskTracker::new(),
            stop: parts.stop,
        })
    }

    /// Lets clients in. Called once the first access snapshot is in force: before it, right keys
    /// would be refused, and some clients take that for final.
    pub(super) fn listen(&mut self) {
        for listener in self.bound.drain(..) {
            self.listeners.spawn(listener.serve(Arc::clone(&self.server), self.stop.clone()));
        }
        self.cell.let_clients_in(true);
    }

    /// The control plane is in this process: access control lists are changed there, and what brokers deny goes
    /// to its audit log.
    pub(super) fn answer_to(&self, app: &Arc<App>) {
        let keeper: Arc<dyn AclWriter> = Arc::new(AclKeeper::new(app));
        match &self.member {
            Some(member) => member.keep_acls(keeper),
            None => self.cell.pass_acl_changes_to(keeper),
        }
        let told = Denials::new(Arc::clone(&self.cell), self.member.clone(), app);
        self.listeners.spawn(told.run(self.stop.clone()));
    }

    /// Waits until every placement group has a leader: before, no topic can be made.
    pub(super) async fn led(&self) -> Result<(), CliError> {
        let led = async {
            while !self.cell.is_led() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(LED_MAX, led).await.map_err(|_| {
            CliError::internal("cell.leaders", "the cell found no leaders for its records in time")
                .suggest("See what the log says, and start again.")
        })
    }

    /// Waits a little until this broker serves what it leads: a client that comes before tries again, and
    /// takes its time for that.
    pub(super) async fn serves(&self) {
        let serves = async {
            while !self.cell.serves_its_share() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        // It goes on serving more while clients are there.
        let _ = tokio::time::timeout(SERVES_MAX, serves).await;
    }

    /// Whether anybody may sign in.
    pub(super) fn has_access(&self) -> bool {
        self.cell.has_access()
    }

    /// Hands what this broker leads to the others, if there are any.
    pub(super) async fn leave(&self) {
        if let Some(member) = &self.member {
            member.leave().await;
        }
    }

    /// Who uses Kafka at each broker of the cell, by epoch. None where that cannot be told now.
    pub(super) async fn clients(&self) -> Option<BTreeMap<u64, Clients>> {
        let report = self.member.as_ref()?.describe().await.ok()?;
        report.brokers.iter().map(|(epoch, broker)| Some((*epoch, broker.clients?))).collect()
    }

    /// Ends in order, for now: everything that was acknowledged is in the store.
    pub(super) async fn rest(self) -> Result<(), CliError> {
        self.leave().await;
        self.stop.cancel();
        self.stopped().await
    }

    /// The cell as the control plane sees it.
    pub(super) fn port(&self) -> CellPort {
        self.port.clone()
    }

    /// The cell as callers use it with their keys.
    pub(super) fn kafka(&self) -> KafkaPort {
        self.kafka.clone()
    }

    /// Waits until the log ends by itself, and says why.
    pub(super) async fn failed(&self) -> CliError {
        match self.cell.ended().await {
            Err(error) => log_ended(&error),
            Ok(()) => CliError::internal("cell.ended", "the log was closed"),
        }
    }

    /// Waits for connections to end, makes everything durable and closes the log.
    pub(super) async fn stopped(self) -> Result<(), CliError> {
        // Members that wait for a rebalance would hold their connections open.
        self.groups.resign();
        // Nobody else closes it in a process that ends before clients were let in.
        self.listeners.close();
        self.listeners.wait().await;
        self.cell.close().await.map_err(|e| log_ended(&e))
    }
}

fn bind(
    plain: Bound,
    secure: Bound,
    tls: Arc<rustls::ServerConfig>,
) -> Result<Vec<BoundListener>, CliError> {
    let kinds = [(plain, ListenerKind::Plain), (secure, ListenerKind::Tls(tls))];
    let bound = kinds.into_iter().map(|(b, kind)| BoundListener::new(b.listener, kind));
    let bound = bound.collect::<Result<Vec<_>, _>>();
    bound.map_err(|e| CliError::internal("up.socket", e.to_string()))
}

fn asked_store<'a>(parts: &CellParts<'a>) -> cell_store::Asked<'a> {
    cell_store::Asked {
        store: parts.store,
        meta_store: parts.meta_store,
        background_bytes: parts.background_bytes,
    }
}

fn cell_settings(parts: &CellParts<'_>) -> CellSettings {
    let endpoint = |bound: &Bound| Endpoint {
        host: parts.host.trim_matches(['[', ']']).to_owned(),
        port: bound.address.port(),
    };
    CellSettings {
        node: if parts.id == 1 { "local".to_owned() } else { format!("local-{}", parts.id) },
        broker_id: parts.id,
        zone: String::new(),
        peer: None,
        formats: FormatLevels::own(),
        fsync: match parts.fsync {
            Fsync::Always => FsyncPolicy::Always,
            Fsync::Interval => FsyncPolicy::Interval(SYNC_INTERVAL_MS),
            Fsync::Never => FsyncPolicy::Never,
        },
        cache_bytes: parts.cache_bytes,
        placement_groups: parts.placement_groups.unwrap_or_else(|| {
            if parts.together.is_some() { PLACEMENT_GROUPS_SHARED } else { PLACEMENT_GROUPS }
        }),
        plain: endpoint(&parts.kafka),
        tls: endpoint(&parts.kafka_tls),
        auto_create_topics: true,
        partitions_default: PARTITIONS_DEFAULT,
        retention_interval: RETENTION_INTERVAL,
        metadata_entries: ENTRIES_MAX,
        producer_idle: PRODUCER_IDLE,
        initial_rebalance_delay: Duration::ZERO,
    }
}

fn needs_store() -> CliError {
    let message = "several brokers share a store, and the records of this folder lie on its disk";
    CliError::new(ErrorKind::Precondition, "cell.needs_store", message).suggest(
        "Start with a new folder: `weir up --data-dir DIR --brokers 3 --store file:///path`.",
    )
}

/// Tests a store as each start does.
pub(crate) async fn prove_store(
    store: &dyn ObjectStore,
    place: &str,
    rng: &dyn Rng,
) -> Result<(), CliError> {
    prove(store, rng).await.map_err(|e| unfit(place, &e))
}

fn unfit(place: &str, error: &ProveError) -> CliError {
    let (kind, code) = match error {
        ProveError::Unfit(_) => (ErrorKind::Precondition, "store.unfit"),
        ProveError::Store(_) => (ErrorKind::Unavailable, "store.unavailable"),
    };
    CliError::new(kind, code, format!("{place}: {error}"))
        .suggest("Check the URL, the credentials and the network. Nothing was changed.")
}

pub(super) fn not_open(place: &str, error: &OpenError) -> CliError {
    if let OpenError::Wal(error) = error {
        return log_ended(error);
    }
    if let OpenError::Keys(error) = error {
        return encryption::not_open(error);
    }
    if let OpenError::Level(why) | OpenError::Meta(MetaError::Level(why)) = error {
        return CliError::new(ErrorKind::Precondition, "cell.level", format!("{place}: {why}"))
            .suggest(
                "Nothing was changed. docs/operate/upgrade.md says how versions follow each other.",
            );
    }
    let message = format!("the records in {place} cannot be opened: {error}");
    CliError::internal("cell.open", message)
        .suggest("Nothing was changed. Restore the folder from a backup if it is damaged.")
        .suggest("Or start with another folder: `weir up --data-dir DIR`.")
}

fn taken_over(error: &WalError) -> CliError {
    CliError::new(ErrorKind::Conflict, "cell.taken_over", error.to_string())
        .suggest("Nothing acknowledged is lost: the other process serves it.")
        .suggest("One `weir up` at a time may use a store. Stop the other one before you start this one again.")
}

fn log_ended(error: &WalError) -> CliError {
    let (kind, code) = match error {
        WalError::Full { .. } => (ErrorKind::Limit, "disk.full"),
        WalError::Io { .. } => (ErrorKind::Internal, "disk.error"),
        WalError::Corrupt { .. } => (ErrorKind::Internal, "cell.corrupt"),
        WalError::Fenced { .. } | WalError::Replaced { .. } => return taken_over(error),
        WalError::Foreign { .. } => (ErrorKind::Conflict, "cell.foreign"),
        WalError::Store(_) => (ErrorKind::Internal, "store.error"),
    };
    CliError::new(kind, code, error.to_string())
        .suggest("Nothing acknowledged is lost. Remove the cause and start again: `weir up`.")
}
