//! One cell in one process: metadata, partitions, and the WAL of this incarnation.

mod access;
mod acl_writer;
mod audit;
mod budget;
mod catalog;
mod checkpoint;
mod compact;
mod denials;
mod follow;
mod freshness;
mod gain;
mod garbage;
mod handed;
mod manifests;
mod members;
mod merge;
mod merge_read;
mod open;
mod placement;
mod pulse;
mod quotas;
mod read;
mod recovery;
mod release;
mod retention;
mod ripe;
mod scans;
mod sealing;
mod settings;
mod settling;
mod start;
mod takeover;
#[cfg(test)]
mod tests;
mod tier;
mod timestamps;
mod topics;
mod usage;
mod workloads;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use bytes::Bytes;
use common_seams::{Clock, Rng};
use parking_lot::{Mutex, RwLock};
use storage::birth::CellMarker;
use storage::ids::{BrokerEpoch, PgId, WalIdentity};
use storage::meta::{BrokerRow, CellState};
use storage::store::ObjectStore;
use storage::wal::LogRead;
use tokio::sync::{Notify, mpsc, watch};

use crate::access::AccessBook;
use crate::meta::{MetaStore, View};
use crate::partition::{Partition, Pg};
use crate::quota::QuotaBook;
use crate::usage::UsageBook;
use crate::wal::Wal;
use catalog::Catalog;
use gain::Gaining;
use members::Members;
use read::IndexCache;
use scans::Scans;

pub use access::{AccessError, Session};
pub use acl_writer::{AclChange, AclChanged, AclRefusal, AclWriter, Asker, QuotaChange};
pub use catalog::Topic;
pub use denials::Denial;
pub(crate) use follow::CellEvent;
pub use open::{CellParts, Company, OpenError, marker};
pub use release::Peers;
pub use settings::{CellSettings, Endpoint};
pub use takeover::end_log;
pub use tier::{BACKGROUND_BYTES_PER_SECOND, DiskLog, LogTier, ObjectLog, WalFactory};
pub use topics::{NewTopic, TopicError};
pub use workloads::{Bearer, TokenRefused, TokenSession, TokenUse};

/// A cell that serves. Made by [`Cell::open`], ended by [`Cell::close`].
#[derive(Debug)]
pub struct Cell {
    pub(crate) settings: CellSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) marker: CellMarker,
    pub(crate) wal: Arc<Wal>,
    identity: WalIdentity,
    store: Arc<dyn ObjectStore>,
    reader: Arc<dyn LogRead>,
    tier: tier::Tier,
    fresh: freshness::Freshness,
    /// Proofs that somebody waits for, one at a time.
    proving: tokio::sync::Mutex<()>,
    meta: Arc<dyn MetaStore>,
    /// The metadata as far as this process acts on it.
    view: Arc<View>,
    /// Whether no other broker belongs to the cell.
    alone: bool,
    peers: Option<Arc<dyn Peers>>,
    /// Changes of topics that are asked for here, one at a time.
    changing: tokio::sync::Mutex<()>,
    catalog: RwLock<Catalog>,
    members: Members,
    pgs: Vec<Arc<Pg>>,
    /// The coordinator slots of groups: partitions of `__consumer_offsets`.
    group_slots: Vec<Arc<Partition>>,
    gaining: watch::Sender<Gaining>,
    scans: Scans,
    /// States of groups that others sent, by group and attempt.
    handed: Mutex<HashMap<(u32, u64), Bytes>>,
    /// Placement groups came or went.
    pub(crate) leadership: Notify,
    events: mpsc::Sender<CellEvent>,
    listener: Mutex<Option<mpsc::Receiver<CellEvent>>>,
    indexes: IndexCache,
    access: ArcSwap<AccessBook>,
    acl_writer: OnceLock<Arc<dyn AclWriter>>,
    denials: denials::Denials,
    /// What principals have used of their quotas.
    quotas: QuotaBook,
    producer_ids: AtomicU32,
    /// What tenants use this broker for.
    pub(crate) usage: UsageBook,
    checkpoint: checkpoint::Checkpointer,
    /// On an object store.
    merges: Option<merge::Merges>,
    wal_thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    shut: AtomicBool,
}

impl Cell {
    /// The incarnation.
    #[must_use]
    pub fn epoch(&self) -> BrokerEpoch {
        self.identity.epoch
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &CellSettings {
        &self.settings
    }

    /// The id of the cell.
    #[must_use]
    pub fn id(&self) -> uuid::Uuid {
        self.marker.cell
    }

    /// The metadata as far as this process acts on it.
    #[must_use]
    pub fn metadata(&self) -> Arc<CellState> {
        self.view.state()
    }

    /// Whether every placement group has a leader.
    #[must_use]
    pub fn is_led(&self) -> bool {
        self.pgs.iter().all(|pg| self.leader_of(pg.id).is_some())
    }

    /// Whether this broker serves every placement group that it is to lead.
    #[must_use]
    pub fn serves_its_share(&self) -> bool {
        let own = self.epoch().0;
        let elsewhere = |pg| self.leader_of(pg).is_none_or(|leader| leader.epoch != own);
        self.pgs.iter().all(|pg| pg.leads() || elsewhere(pg.id))
    }

    /// The broker that leads a placement group.
    #[must_use]
    pub fn leader_of(&self, pg: PgId) -> Option<BrokerRow> {
        let state = self.view.state();
        let row = state.pgs().get(&pg.0)?;
        state.brokers().get(&row.leader).cloned()
    }

    /// The broker that leads a placement group, when it is another one, with the leader epoch.
    pub(crate) fn led_elsewhere(&self, pg: PgId) -> Option<(BrokerRow, i32)> {
        let state = self.view.state();
        let row = state.pgs().get(&pg.0).filter(|row| row.leader != self.identity.epoch.0)?;
        Some((state.brokers().get(&row.leader)?.clone(), row.pg_epoch))
    }

    /// What happens in this cell, for the one who coordinates groups.
    pub(crate) fn events(&self) -> Option<mpsc::Receiver<CellEvent>> {
        self.listener.lock().take()
    }

    /// The partitions that hold the logs of the coordinator slots.
    pub(crate) fn group_slots(&self) -> &[Arc<Partition>] {
        &self.group_slots
    }

    /// Whether clients are let in. Until then no group is moved here that others can serve.
    pub fn let_clients_in(&self, open: bool) {
        self.shut.store(!open, Ordering::Relaxed);
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Relaxed)
    }

    /// Waits until the WAL ends: `Ok` after [`Cell::close`], else why.
    pub async fn ended(&self) -> Result<(), storage::wal::WalError> {
        let mut end = self.wal.end();
        match end.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Ok(())),
            // The sender lives in the WAL, which this cell holds.
            Err(_) => Ok(()),
        }
    }

    /// A producer id that no other producer of this cell ever gets: epoch · 2^24 + n.
    pub(crate) fn next_producer_id(&self) -> Option<i64> {
        let n = self.producer_ids.fetch_add(1, Ordering::Relaxed);
        let epoch = i64::try_from(self.identity.epoch.0).ok()?;
        (n < 1 << 24).then(|| (epoch << 24) + i64::from(n))
    }

    /// Stops appends, makes everything durable and seals the WAL. On a disk, where it is cheap, the last
    /// checkpoint follows.
    ///
    /// # Errors
    /// When the WAL ended before because of a definite failure.
    pub async fn close(&self) -> Result<(), storage::wal::WalError> {
        self.wal.stop();
        let outcome = self.ended().await;
        let thread = self.wal_thread.lock().take();
        if let Some(thread) = thread {
            // The thread has announced its end, so this does not block.
            let _ = thread.join();
        }
        if outcome.is_ok()
            && matches!(self.tier, tier::Tier::Disk(_))
            && let Err(e) = self.checkpoint(checkpoint::Occasion::Closed).await
        {
            tracing::warn!(error = %e, "last checkpoint failed; the next start reads more of the log");
        }
        outcome
    }
}
