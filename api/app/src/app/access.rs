use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common_errors::Error;
use common_seams::SPANS;
use common_types::id::Prefix;
use tokio::sync::{Mutex, Notify};
use tracing::{Instrument as _, Span, info_span};

use super::App;
use crate::access::{change, snapshot};
use crate::failures::{from_publish, from_repo};
use crate::model::{AccessOf, KeyScope};
use crate::ports::SystemWide;

/// Time between attempts to bring lagging brokers up to date.
const REPAIR_PAUSE: Duration = Duration::from_secs(1);

/// How far brokers are behind the store.
#[derive(Debug, Default)]
pub(crate) struct Publishing {
    /// One publication at a time, so that an older snapshot never comes after a newer one.
    turn: Mutex<()>,
    /// A publication did not come to its end: what it was about is in force with the next whole snapshot.
    lags: AtomicBool,
    /// Told then.
    behind: Notify,
}

impl Publishing {
    pub(crate) fn lags(&self) -> bool {
        self.lags.load(Ordering::Relaxed)
    }
}

/// Says that brokers lag, unless the publication comes to its end: also when nobody waits for it any more.
struct Unfinished<'a>(Option<&'a Publishing>);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(publishing) = self.0 {
            publishing.lags.store(true, Ordering::Relaxed);
            publishing.behind.notify_one();
        }
    }
}

impl App {
    /// Puts all that the store knows about access in force at the brokers: once at start, and after changes
    /// that may be about any cluster.
    ///
    /// # Errors
    /// When the store or the brokers do not answer. What was in force stays in force.
    pub async fn publish_access(&self) -> Result<(), Error> {
        self.publish(AccessOf::Everything).await
    }

    /// The same after a change of one cluster, its lists, or its quotas.
    pub(crate) async fn publish_cluster(&self, id: &str) -> Result<(), Error> {
        self.publish(AccessOf::Cluster(id.to_owned())).await
    }

    /// The same after a change of a key. Only those of clusters are known to brokers.
    pub(crate) async fn publish_key(&self, scope: &KeyScope) -> Result<(), Error> {
        match scope {
            KeyScope::Cluster { cluster_id, .. } => self.publish_cluster(cluster_id).await,
            _ => Ok(()),
        }
    }

    /// The same after a change of what a principal (`User:…`) may do. Who has no keys may be anywhere.
    pub(crate) async fn publish_principal(&self, principal: &str) -> Result<(), Error> {
        let id = principal.strip_prefix("User:").unwrap_or(principal);
        self.publish(if has_keys(id) {
            AccessOf::Owner(id.to_owned())
        } else {
            AccessOf::Everything
        })
        .await
    }

    /// Publishes again after every publication that failed, until one succeeds: a key whose deletion was
    /// committed must not stay in force because nothing else changes. Never ends; spawn it.
    pub async fn repair_access(&self) {
        loop {
            self.publishing.behind.notified().await;
            tokio::time::sleep(REPAIR_PAUSE).await;
            if !self.publishing.lags.load(Ordering::Relaxed) {
                continue;
            }
            if let Err(error) = self.publish_access().await {
                tracing::warn!(%error, "access cannot be published; it is tried again");
            }
        }
    }

    async fn publish(&self, of: AccessOf) -> Result<(), Error> {
        let mut unfinished = Unfinished(Some(&self.publishing));
        let _turn = self.publishing.turn.lock().await;
        let lags = self.publishing.lags.load(Ordering::Relaxed);
        if lags || !self.published_change(of).instrument(span("change")).await? {
            // Cleared first: what fails from here on says so again.
            self.publishing.lags.store(false, Ordering::Relaxed);
            self.published_whole().instrument(span("whole")).await?;
        }
        unfinished.0 = None;
        Ok(())
    }

    /// False: brokers need the whole.
    async fn published_change(&self, of: AccessOf) -> Result<bool, Error> {
        if of == AccessOf::Everything {
            return Ok(false);
        }
        let rows = self.parts.repo.access_rows(SystemWide::Brokers, of).await.map_err(from_repo)?;
        let Some(change) = change(&rows, &self.parts.peppers, self.now_us()) else {
            return Ok(false);
        };
        self.parts.publisher.change(change).await.map_err(|error| from_publish(&error))
    }

    async fn published_whole(&self) -> Result<(), Error> {
        let everything = self.parts.repo.access_rows(SystemWide::Brokers, AccessOf::Everything);
        let rows = everything.await.map_err(from_repo)?;
        let snapshot = snapshot(&rows, &self.parts.peppers, self.now_us());
        self.parts.publisher.publish(snapshot).await.map_err(|error| from_publish(&error))
    }
}

fn span(what: &str) -> Span {
    info_span!(target: SPANS, "publish access", weir.access = what)
}

/// Accounts and people have keys of clusters; pools are let into every cluster that a role shows them.
fn has_keys(id: &str) -> bool {
    [Prefix::ServiceAccount, Prefix::User].iter().any(|it| id.starts_with(it.as_str()))
}
