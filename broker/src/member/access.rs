//! Who may do what, on its way to every broker.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use common_types::access::AccessSnapshot;
use futures_util::future::join_all;
use storage::meta::{BrokerRow, EpochState};
use tokio::sync::{Notify, watch};

use super::join::Inner;
use super::role::Role;
use crate::rpc::{Request, Response};

/// How often it is looked for brokers that do not have the last snapshot.
const INTERVAL: Duration = Duration::from_millis(200);
/// How long a broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

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

impl Inner {
    /// Puts a snapshot in force in this process, unless a later one is. Returns the revision in force.
    pub(super) fn accept_access(&self, snapshot: AccessSnapshot) -> u64 {
        let revision = {
            let mut last = self.access.lock();
            if last.as_ref().is_none_or(|l| l.revision <= snapshot.revision) {
                *last = Some(snapshot.clone());
            }
            last.as_ref().map_or(0, |l| l.revision)
        };
        self.cell().map_or(revision, |cell| cell.publish_access(snapshot))
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

    /// Brokers that do not have the last snapshot, with their addresses.
    fn without_access(&self, given: &BTreeMap<u64, u64>) -> Vec<(u64, String)> {
        let last = self.access.lock().as_ref().map(|l| l.revision);
        let Some((revision, state)) = last.zip(self.metadata()) else { return Vec::new() };
        let lacks = |b: &&BrokerRow| {
            state.epochs().get(&b.epoch) == Some(&EpochState::Active)
                && given.get(&b.epoch).is_none_or(|had| *had < revision)
        };
        let all = state.brokers().values().filter(lacks);
        all.filter_map(|b| Some((b.epoch, b.peer.clone()?)))
            .filter(|(_, peer)| *peer != self.parts.address)
            .collect()
    }

    async fn spread_access(&self) {
        // The one where the control plane publishes does it, and the controller, for when that is away.
        let controls = matches!(self.role(), Role::Controls { .. });
        if !controls && !self.spread.published.load(Ordering::Relaxed) {
            return;
        }
        let Some(snapshot) = self.access.lock().clone() else { return };
        let lacking = self.without_access(&self.spread.given.borrow());
        let (revision, request) = (snapshot.revision, Request::Access(snapshot));
        let given = lacking.iter().map(|(epoch, address)| {
            let request = &request;
            async move {
                let answer = self.ask(address, request, Bytes::new(), PATIENCE).await;
                match answer.map(|a| a.head) {
                    Ok(Response::Access { revision }) => Some((*epoch, revision)),
                    Ok(_) => None,
                    Err(error) => {
                        tracing::debug!(epoch, %error, "a broker did not take the access snapshot");
                        None
                    }
                }
            }
        });
        let given: Vec<(u64, u64)> = join_all(given).await.into_iter().flatten().collect();
        if given.is_empty() {
            return;
        }
        self.spread.given.send_modify(|all| {
            all.extend(given.into_iter().filter(|(_, had)| *had >= revision));
        });
    }
}
