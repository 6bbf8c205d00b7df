use std::time::Duration;

use common_errors::Error;
use common_seams::uuid_v7;
use common_types::crn;

use super::App;
use crate::audit::Trail;
use crate::failures::from_repo;
use crate::model::{ApiKey, AuditEvent, AuditKind, AuditResult, AuditService};
use crate::ports::{OrgScope, SystemWide};

/// How often it is looked for keys that expired: brokers refuse one within this time and that of a publication.
const LOOKS_APART: Duration = Duration::from_millis(250);
/// Keys of one look.
const KEYS_MAX: u32 = 200;
/// What the audit log calls it.
const METHOD: &str = "ExpireApiKey";

impl App {
    /// Deletes API keys when they expire. Never ends; spawn it.
    pub async fn keep_key_expiry(&self) {
        loop {
            if let Err(error) = self.end_expired_keys().await {
                tracing::warn!(%error, "API keys that expired are not deleted yet");
            }
            tokio::time::sleep(LOOKS_APART).await;
        }
    }

    /// Deletes keys that expired, each with its event of the audit log, and puts that in force at the brokers; how many
    /// these were. The control plane refuses them by their time, also before this.
    ///
    /// # Errors
    /// The store; brokers that do not take the new access snapshot, which are told again until they do.
    pub async fn end_expired_keys(&self) -> Result<u64, Error> {
        let (reach, now_us) = (SystemWide::Housekeeping, self.now_us());
        let over = self.parts.repo.expired_api_keys(reach, now_us, KEYS_MAX).await;
        let mut ended = 0;
        for key in over.map_err(from_repo)? {
            let org = OrgScope::of(&key.organization_id);
            let gone = self.parts.repo.delete_api_key(org, key.id.clone(), Some(key.updated_us));
            // Whoever changes or deletes it at the same time comes first; then there is nothing to write down here.
            if self.trail_of_expiry(&key).follow(gone).await.map_err(from_repo)? {
                ended += 1;
                self.publish_key(&key.scope).await?;
            }
        }
        Ok(ended)
    }

    fn trail_of_expiry(&self, key: &ApiKey) -> Trail {
        let event = AuditEvent {
            id: uuid_v7(&*self.parts.clock, &*self.parts.rng).to_string(),
            organization_id: key.organization_id.clone(),
            created_us: self.now_us(),
            kind: AuditKind::Request,
            service: AuditService::Cloud,
            method: METHOD.to_owned(),
            subject: format!("{}/api-key={}", crn::organization(&key.organization_id), key.id),
            resource_type: "api-key".to_owned(),
            resource_name: key.id.clone(),
            operation: "delete".to_owned(),
            // Nobody asked: time did.
            principal: String::new(),
            key_id: String::new(),
            mechanism: String::new(),
            identity: String::new(),
            address: String::new(),
            request: String::new(),
            result: AuditResult::Success,
            error_code: String::new(),
        };
        Trail::new(event, true)
    }
}
