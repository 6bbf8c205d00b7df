use std::time::Duration;

use common_errors::Error;

use super::App;
use crate::access::snapshot;
use crate::failures::{from_publish, from_repo};
use crate::ports::SystemWide;

/// Time between attempts to bring lagging brokers up to date.
const REPAIR_PAUSE: Duration = Duration::from_secs(1);

impl App {
    /// Puts what the store knows about access in force at the brokers: once at start, and inside of
    /// every change of keys, role bindings and clusters.
    ///
    /// # Errors
    /// When the store or the brokers do not answer. What was in force stays in force.
    pub async fn publish_access(&self) -> Result<(), Error> {
        let published = self.publish_once().await;
        if published.is_err() {
            self.access_lags.notify_one();
        }
        published
    }

    /// Publishes again after every publication that failed, until one succeeds: a key whose deletion was
    /// committed must not stay in force because nothing else changes. Never ends; spawn it.
    pub async fn repair_access(&self) {
        loop {
            self.access_lags.notified().await;
            tokio::time::sleep(REPAIR_PAUSE).await;
            if let Err(error) = self.publish_access().await {
                tracing::warn!(%error, "access cannot be published; it is tried again");
            }
        }
    }

    async fn publish_once(&self) -> Result<(), Error> {
        let _one_at_a_time = self.publishing.lock().await;
        let rows = self.parts.repo.access_rows(SystemWide::Brokers).await.map_err(from_repo)?;
        let snapshot = snapshot(&rows, &self.parts.peppers);
        self.parts.publisher.publish(snapshot).await.map_err(|error| from_publish(&error))
    }
}
