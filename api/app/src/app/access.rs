use common_errors::Error;

use super::App;
use crate::access::snapshot;
use crate::failures::{from_publish, from_repo};

impl App {
    /// Puts what the store knows about access in force at the brokers: once at start, and inside of
    /// every change of keys, role bindings and clusters.
    ///
    /// # Errors
    /// When the store or the brokers do not answer. What was in force stays in force.
    pub async fn publish_access(&self) -> Result<(), Error> {
        let _one_at_a_time = self.publishing.lock().await;
        let rows = self.parts.repo.access_rows().await.map_err(from_repo)?;
        let snapshot = snapshot(&rows, &self.parts.peppers);
        self.parts.publisher.publish(snapshot).await.map_err(|error| from_publish(&error))
    }
}
