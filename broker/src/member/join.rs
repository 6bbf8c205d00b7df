use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use common_seams::{Clock, Rng};
use parking_lot::Mutex;
use storage::birth::CellMarker;
use storage::levels::FormatLevels;
use storage::meta::{CellState, MetaError};
use storage::retry::RetryingStore;
use storage::store::ObjectStore;
use tokio::sync::{Notify, watch};
use tokio_util::task::AbortOnDropHandle;

use super::access::{Kept, Spread};
use super::acls::ByWhoeverKeeps;
use super::links::{Links, OtherBrokers};
use super::meta::RoutedMeta;
use super::role::Role;
use super::run::run;
use super::service::Desk;
use crate::cell::{AclWriter, Cell, Company, OpenError};
use crate::controller::ControllerSettings;
use crate::meta::Watched;
use crate::rpc::{CellSecret, Membership, Network, Service};
use crate::server::Server;

/// What a member of a cell stands on.
pub struct MemberParts {
    /// The store of the cell.
    pub store: Arc<dyn ObjectStore>,
    /// The cell.
    pub marker: CellMarker,
    /// What all its processes know.
    pub secret: CellSecret,
    /// Where the others reach this process, host and port.
    pub address: String,
    /// How this process reaches the others.
    pub network: Arc<dyn Network>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The levels of cells that this version serves.
    pub formats: FormatLevels,
    /// Thresholds, for when this process is the controller.
    pub settings: ControllerSettings,
}

impl std::fmt::Debug for MemberParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberParts").field("address", &self.address).finish_non_exhaustive()
    }
}

/// This process as a member of its cell. It stops being one when this is dropped.
#[derive(Debug)]
pub struct Member {
    pub(super) inner: Arc<Inner>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) parts: MemberParts,
    /// The store, with doubt waited out.
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) me: Membership,
    /// The role, with a number that grows with every change.
    pub(super) role: Watched<(u64, Role)>,
    pub(super) cell: watch::Sender<Option<Weak<Cell>>>,
    pub(super) links: Links,
    pub(super) sessions: AtomicU64,
    pub(super) beats: AtomicU64,
    pub(super) leaving: AtomicBool,
    /// When a writer elsewhere last answered, on the monotonic clock.
    pub(super) heard: Mutex<Option<Duration>>,
    /// Where the writer was that this process followed last.
    pub(super) followed: Mutex<Option<String>>,
    /// Lets go of the term, if this process has it.
    pub(super) resign: Notify,
    pub(super) access: Mutex<Option<Kept>>,
    /// What answers requests of other processes for the owner of a key.
    pub(super) server: OnceLock<Weak<Server>>,
    /// The control plane, where it is in this process.
    pub(super) acl_keeper: OnceLock<Arc<dyn AclWriter>>,
    pub(super) spread: Spread,
}

impl Member {
    /// Finds the writer of the metadata, or becomes it.
    ///
    /// # Errors
    /// When the metadata is damaged, or the store refuses for good.
    pub async fn join(parts: MemberParts) -> Result<Arc<Self>, OpenError> {
        let rng = Arc::clone(&parts.rng);
        let store: Arc<dyn ObjectStore> =
            Arc::new(RetryingStore::for_ever(Arc::clone(&parts.store), rng));
        let me = Membership { cell: parts.marker.cell, secret: parts.secret.clone() };
        let inner = Arc::new(Inner {
            parts,
            store,
            me,
            role: Watched::new((0, Role::Seeking)),
            cell: watch::Sender::new(None),
            links: Links::default(),
            sessions: AtomicU64::new(0),
            beats: AtomicU64::new(0),
            leaving: AtomicBool::new(false),
            heard: Mutex::new(None),
            followed: Mutex::new(None),
            resign: Notify::new(),
            access: Mutex::new(None),
            acl_keeper: OnceLock::new(),
            server: OnceLock::new(),
            spread: Spread::default(),
        });
        let first = inner.seek().await?;
        inner.set_role(first);
        let runs = AbortOnDropHandle::new(tokio::spawn(run(Arc::clone(&inner))));
        let spreads = super::access::run(Arc::clone(&inner));
        let spreads = AbortOnDropHandle::new(tokio::spawn(spreads));
        Ok(Arc::new(Self { inner, _tasks: [runs, spreads] }))
    }

    /// What the cell of this process needs of the others.
    #[must_use]
    pub fn company(self: &Arc<Self>) -> Company {
        Company {
            meta: Arc::new(RoutedMeta(Arc::clone(&self.inner))),
            peers: Arc::new(OtherBrokers(Arc::clone(&self.inner))),
        }
    }

    /// From now on this process is a broker: it beats, and when it is the controller it decides.
    pub fn attach(self: &Arc<Self>, cell: Arc<Cell>) {
        let access = self.inner.access.lock().as_ref().map(|kept| kept.book.clone());
        if let Some(book) = access {
            cell.put_access(book);
        }
        cell.pass_acl_changes_to(Arc::new(ByWhoeverKeeps(Arc::clone(&self.inner))));
        self.inner.cell.send_replace(Some(Arc::downgrade(&cell)));
    }

    /// What answers the other processes.
    #[must_use]
    pub fn service(self: &Arc<Self>) -> Arc<dyn Service> {
        Arc::new(Desk(Arc::clone(&self.inner)))
    }
}

impl Inner {
    pub(super) fn set_role(&self, role: Role) {
        self.role.change(|(generation, now)| {
            *generation += 1;
            *now = role;
        });
    }

    pub(super) fn role(&self) -> Role {
        self.role.look(|(_, role)| role.clone())
    }

    /// The broker of this process, while it lives.
    pub(super) fn cell(&self) -> Option<Arc<Cell>> {
        self.cell.borrow().as_ref()?.upgrade()
    }

    /// The metadata as far as this process knows it.
    pub(super) fn metadata(&self) -> Option<Arc<CellState>> {
        match &self.role() {
            Role::Controls { meta, .. } => Some(meta.state()),
            Role::Seeking | Role::Follows { .. } => self.cell().map(|cell| cell.metadata()),
        }
    }

    /// Waits until this process is a broker.
    pub(super) async fn attached(&self) -> Option<Arc<Cell>> {
        let mut cell = self.cell.subscribe();
        // The sender lives in `self`.
        let there = cell.wait_for(Option::is_some).await.ok()?;
        there.as_ref()?.upgrade()
    }
}

/// What ends a search for the writer for good.
pub(super) fn is_final(error: &MetaError) -> bool {
    matches!(error, MetaError::Corrupt { .. } | MetaError::Level(_))
        || matches!(error, MetaError::Store(e) if !e.is_unknown())
}
