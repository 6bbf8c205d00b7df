//! Who may do what, on its way to every broker.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use common_types::access::{AccessChange, AccessSnapshot};
use futures_util::future::join_all;
use storage::meta::{BrokerRow, EpochState};
use tokio::sync::{Notify, watch};

use super::join::Inner;
use super::role::Role;
use crate::access::AccessBook;
use crate::rpc::{Request, Response};

/// How often it is looked for brokers that do not have the last snapshot.
const INTERVAL: Duration = Duration::from_millis(200);
/// How long a broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// How much longer for each key of a whole snapshot, which can have many megabytes.
const PATIENCE_PER_KEY: Duration = Duration::from_micros(20);

/// Which broker has which revision.
#[derive(Debug)]
pub(super) struct Spread {
    given: watch::Sender<BTreeMap<u64, u64>>,
    news: Notify,
    /// Whether the control plane publishes here.
    published: AtomicBool,
}

impl Default for Spread {
    fn default() -> Self {
        let given = watch::Sender::new(BTreeMap::new());
        Self { given, news: Notify::new(), published: AtomicBool::new(false) }
    }
}

/// Gives the last snapshot to whoever does not have it, for as long as the member lives.
pub(super) async fn run(inner: Arc<Inner>) {
    loop {
        inner.spread_access().await;
        tokio::select! {
            biased;
            () = inner.spread.news.notified() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

/// What is in force as far as this process knows.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) book: AccessBook,
    /// The change that made the book of the one before, for brokers that have that one.
    change: Option<AccessChange>,
}

impl Inner {
    /// Puts a snapshot in force in this process, unless a later one is. Returns the revision in force.
    pub(super) fn accept_access(&self, snapshot: AccessSnapshot) -> u64 {
        let book = {
            let mut last = self.access.lock();
            let kept =
                last.get_or_insert_with(|| Kept { book: AccessBook::default(), change: None });
            if kept.book.revision <= snapshot.revision {
                *kept = Kept { book: kept.book.replaced(snapshot), change: None };
            }
            kept.book.clone()
        };
        self.put_access(book)
    }

    /// Puts a change in force in this process, if it has what was before. Returns the revision in force.
    pub(super) fn accept_access_change(&self, change: AccessChange) -> u64 {
        let book = {
            let mut last = self.access.lock();
            let Some(kept) = last.as_mut() else { return 0 };
            if let Some(book) = kept.book.changed(change.clone()) {
                *kept = Kept { book, change: Some(change) };
            }
            kept.book.clone()
        };
        self.put_access(book)
    }

    fn put_access(&self, book: AccessBook) -> u64 {
        let revision = book.revision;
        self.cell().map_or(revision, |cell| cell.put_access(book))
    }

    /// The control plane publishes here: waits a little until all brokers have it.
    pub(super) async fn all_have_access(&self) {
        self.spread.published.store(true, Ordering::Relaxed);
        self.spread.news.notify_one();
        let mut given = self.spread.given.subscribe();
        let all = given.wait_for(|given| self.without_access(given).is_empty());
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("not every broker has the last access snapshot yet; it follows");
        }
    }

    /// Brokers that do not have the last revision: epoch, address, and what they have.
    fn without_access(&self, given: &BTreeMap<u64, u64>) -> Vec<(u64, String, u64)> {
        let last = self.access.lock().as_ref().map(|kept| kept.book.revision);
        let Some((revision, state)) = last.zip(self.metadata()) else { return Vec::new() };
        let has = |b: &BrokerRow| given.get(&b.epoch).copied().unwrap_or_default();
        let lacks = |b: &&BrokerRow| {
            state.epochs().get(&b.epoch) == Some(&EpochState::Active) && has(b) < revision
        };
        let all = state.brokers().values().filter(lacks);
        all.filter_map(|b| Some((b.epoch, b.peer.clone()?, has(b))))
            .filter(|(_, peer, _)| *peer != self.parts.address)
            .collect()
    }

    async fn spread_access(&self) {
        // The one where the control plane publishes does it, and the controller, for when that is away.
        let controls = matches!(self.role(), Role::Controls { .. });
        if !controls && !self.spread.published.load(Ordering::Relaxed) {
            return;
        }
        let lacking = self.without_access(&self.spread.given.borrow());
        if lacking.is_empty() {
            return;
        }
        let Some((book, change)) = self.last_access() else { return };
        let change = change.map(Request::ChangeAccess);
        let behind = |has: u64| change.as_ref().filter(|_| has + 1 == book.revision);
        let whole = lacking.iter().any(|(_, _, has)| behind(*has).is_none());
        let whole = whole.then(|| Request::Access(book.whole()));
        let for_all = PATIENCE + PATIENCE_PER_KEY * u32::try_from(book.keys()).unwrap_or(u32::MAX);
        let given = lacking.iter().map(|(epoch, address, has)| {
            let news = behind(*has).map(|change| (change, PATIENCE));
            let request = news.or(whole.as_ref().map(|whole| (whole, for_all)));
            async move {
                let (request, patience) = request?;
                let answer = self.ask(address, request, Bytes::new(), patience).await;
                match answer.map(|a| a.head) {
                    Ok(Response::Access { revision }) => Some((*epoch, revision)),
                    // Nothing is known of what it has, so that it gets the whole next.
                    Ok(_) => Some((*epoch, 0)),
                    Err(error) => {
                        tracing::debug!(epoch, %error, "a broker did not take the access snapshot");
                        Some((*epoch, 0))
                    }
                }
            }
        });
        let given: Vec<(u64, u64)> = join_all(given).await.into_iter().flatten().collect();
        self.spread.given.send_modify(|all| all.extend(given));
    }

    fn last_access(&self) -> Option<(AccessBook, Option<AccessChange>)> {
        self.access.lock().as_ref().map(|kept| (kept.book.clone(), kept.change.clone()))
    }
}
