//! The cell of `weir up`: the broker on the local disk, and its two listeners.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use broker::cell::{Cell, CellSettings, Endpoint, LogTier, OpenError};
use broker::coordinator::Groups;
use broker::server::Server;
use broker_listener::{BoundListener, ListenerKind};
use common_errors::ErrorKind;
use common_seams::{Clock, Rng};
use storage::prove::{ProveError, prove};
use storage::wal::{FsyncPolicy, WalError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::address::Bound;
use super::cell_port::CellPort;
use super::cell_store::{self, CellStore};
use super::up::{Fsync, Settings};
use crate::error::CliError;

/// Units of leadership of a new cell. Fixed at its birth.
const PLACEMENT_GROUPS: u32 = 8;
/// Time between syncs of `--fsync interval`.
const SYNC_INTERVAL_MS: u64 = 1000;
/// Partitions of a topic when nobody says.
const PARTITIONS_DEFAULT: i32 = 6;
/// Time between looks for records to delete.
const RETENTION_INTERVAL: Duration = Duration::from_secs(60);
/// How long a producer that sends nothing is remembered, as in Kafka.
const PRODUCER_IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// What the cell is made of.
pub(super) struct CellParts<'a> {
    pub(super) folder: &'a Path,
    pub(super) settings: &'a Settings,
    /// The host that clients are told.
    pub(super) host: &'a str,
    pub(super) kafka: Bound,
    pub(super) kafka_tls: Bound,
    pub(super) tls: Arc<rustls::ServerConfig>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) stop: CancellationToken,
}

/// A cell that serves.
pub(super) struct LocalCell {
    cell: Arc<Cell>,
    groups: Arc<Groups>,
    port: CellPort,
    server: Arc<Server>,
    /// Bound, not open: early clients wait in the backlog.
    bound: Vec<BoundListener>,
    listeners: TaskTracker,
    stop: CancellationToken,
}

impl LocalCell {
    /// Recovers what was stored. Clients are served from [`LocalCell::listen`] on.
    pub(super) async fn start(parts: CellParts<'_>) -> Result<Self, CliError> {
        let settings = cell_settings(&parts);
        let asked = cell_store::Asked {
            store: parts.settings.store.as_deref(),
            meta_store: parts.settings.meta_store.as_deref(),
        };
        let place = cell_store::open(parts.folder, asked, settings.fsync, &*parts.rng).await?;
        let CellStore { store, log, meta, shown } = place;
        if matches!(log, LogTier::Objects(_)) {
            prove(&*store, &*parts.rng).await.map_err(|e| unfit(&shown, &e))?;
        }
        if let Some(meta) = meta {
            prove(&*meta.store, &*parts.rng).await.map_err(|e| unfit(&meta.url, &e))?;
        }
        let (clock, rng) = (parts.clock, parts.rng);
        let made = broker::cell::CellParts { store, log, clock, rng, company: None };
        let cell = Cell::open(made, settings).await.map_err(|e| not_open(&shown, &e))?;
        let groups = Groups::load(Arc::clone(&cell)).await.map_err(|e| not_open(&shown, &e))?;
        let server = Server::new(Arc::clone(&cell), Arc::clone(&groups));
        let kinds =
            [(parts.kafka, ListenerKind::Plain), (parts.kafka_tls, ListenerKind::Tls(parts.tls))];
        let bound = kinds.into_iter().map(|(b, kind)| BoundListener::new(b.listener, kind));
        let bound = bound.collect::<Result<Vec<_>, _>>();
        let bound = bound.map_err(|e| CliError::internal("up.socket", e.to_string()))?;
        Ok(Self {
            cell,
            groups,
            port: CellPort::new(Arc::clone(&server)),
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
        self.listeners.close();
    }

    /// The cell as the control plane sees it.
    pub(super) fn port(&self) -> CellPort {
        self.port.clone()
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
        self.listeners.wait().await;
        self.cell.close().await.map_err(|e| log_ended(&e))
    }
}

fn cell_settings(parts: &CellParts<'_>) -> CellSettings {
    let endpoint = |bound: &Bound| Endpoint {
        host: parts.host.trim_matches(['[', ']']).to_owned(),
        port: bound.address.port(),
    };
    CellSettings {
        node: "local".to_owned(),
        broker_id: 1,
        zone: String::new(),
        peer: None,
        fsync: match parts.settings.fsync {
            Fsync::Always => FsyncPolicy::Always,
            Fsync::Interval => FsyncPolicy::Interval(SYNC_INTERVAL_MS),
            Fsync::Never => FsyncPolicy::Never,
        },
        cache_bytes: parts.settings.cache_bytes,
        placement_groups: PLACEMENT_GROUPS,
        plain: endpoint(&parts.kafka),
        tls: endpoint(&parts.kafka_tls),
        auto_create_topics: true,
        partitions_default: PARTITIONS_DEFAULT,
        retention_interval: RETENTION_INTERVAL,
        producer_idle: PRODUCER_IDLE,
        initial_rebalance_delay: Duration::ZERO,
    }
}

fn unfit(place: &str, error: &ProveError) -> CliError {
    let (kind, code) = match error {
        ProveError::Unfit(_) => (ErrorKind::Precondition, "store.unfit"),
        ProveError::Store(_) => (ErrorKind::Unavailable, "store.unavailable"),
    };
    CliError::new(kind, code, format!("{place}: {error}"))
        .suggest("Check the URL, the credentials and the network. Nothing was changed.")
}

fn not_open(place: &str, error: &OpenError) -> CliError {
    if let OpenError::Wal(error) = error {
        return log_ended(error);
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
