use std::sync::Arc;
use std::time::Duration;

use common_errors::Error;
use common_seams::{Clock, Rng};
use common_types::id::Prefix;
use tokio::sync::Notify;

use super::access::Publishing;
use super::audit::AuditQueue;
use super::identity_keys::{KeyTurns, KeysMissing};
use super::sign_in::SignInGuard;
use super::sso_providers::SsoProviders;
use crate::audit;
use crate::authz::{Action, Caller, Decision, Resource, authorize};
use crate::devices::Devices;
use crate::failures::{forbidden, not_found};
use crate::metrics::Book;
use crate::ports::{
    AccessPublisher, DataPlane, KafkaClient, KeySets, Meter, Poster, Repo, SystemWide,
};
use crate::secret::Peppers;
use crate::security::SecurityRules;
use crate::sso_waiting::Away;

/// Where things are reached. They may change at each start, so they are computed and never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Base URL of the control plane, without a slash at the end: `http://127.0.0.1:8080`.
    pub api_base_url: String,
    /// The TLS listener: `SASL_SSL://127.0.0.1:9093`.
    pub kafka_bootstrap: String,
    /// Base URL of the Kafka REST API, without `/kafka`.
    pub kafka_rest_base_url: String,
    /// Base URL of the schema registry.
    pub registry_base_url: String,
}

/// What the use-cases stand on.
pub struct AppParts {
    /// The store.
    pub repo: Arc<dyn Repo>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Keys of secrets' verifiers.
    pub peppers: Peppers,
    /// Where things are reached.
    pub endpoints: Endpoints,
    /// The cell.
    pub data_plane: Arc<dyn DataPlane>,
    /// The cell, as callers use it with their keys.
    pub kafka: Arc<dyn KafkaClient>,
    /// What brokers count.
    pub meter: Arc<dyn Meter>,
    /// Where public keys of identity providers come from.
    pub key_sets: Arc<dyn KeySets>,
    /// What carries notifications out.
    pub poster: Arc<dyn Poster>,
    /// From when on something is a finding.
    pub security: SecurityRules,
    /// How brokers learn who may do what.
    pub publisher: Arc<dyn AccessPublisher>,
    /// How long what is deleted can be brought back; zero for not at all.
    pub undo_window: Duration,
    /// Told when there is work for the reconciler. It only shortens the wait.
    pub hint: Arc<Notify>,
}

/// The use-cases of the control plane.
pub struct App {
    pub(crate) parts: AppParts,
    /// How far brokers are behind the store.
    pub(crate) publishing: Publishing,
    /// What did not happen, on its way to the audit log.
    pub(crate) audit: AuditQueue,
    /// What keeps strangers from trying passwords for long.
    pub(crate) sign_ins: SignInGuard,
    /// Whose turn it is to read the keys of a provider.
    pub(crate) key_turns: KeyTurns,
    /// Keys of providers that brokers miss.
    pub(crate) keys_missing: KeysMissing,
    /// Devices that wait until somebody approves them.
    pub(crate) devices: Devices,
    /// People who are at their identity provider.
    pub(crate) away: Away,
    /// What is known of identity providers of people.
    pub(crate) sso_providers: SsoProviders,
    /// What clusters are used for.
    pub(crate) metrics: parking_lot::Mutex<Book>,
}

impl App {
    /// Puts the parts together. Nothing runs by itself.
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        Self {
            parts,
            publishing: Publishing::default(),
            audit: AuditQueue::default(),
            sign_ins: SignInGuard::default(),
            key_turns: KeyTurns::default(),
            keys_missing: KeysMissing::default(),
            devices: Devices::default(),
            away: Away::default(),
            sso_providers: SsoProviders::default(),
            metrics: parking_lot::Mutex::default(),
        }
    }

    /// Where things are reached.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.parts.endpoints
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<(), Error> {
        self.parts
            .repo
            .installation(SystemWide::Installation)
            .await
            .map(|_| ())
            .map_err(crate::failures::from_repo)
    }

    pub(crate) fn now_us(&self) -> i64 {
        self.parts.clock.wall_us()
    }

    pub(crate) fn new_id(&self, prefix: Prefix) -> String {
        let mut random = [0; 8];
        self.parts.rng.fill(&mut random);
        prefix.id_from(random)
    }

    pub(crate) fn wake_reconciler(&self) {
        self.parts.hint.notify_one();
    }
}

/// Turns a decision into an answer: 404 when the caller may not know, 403 when they may.
pub(crate) fn allow(
    caller: &Caller,
    action: Action,
    resource: Resource<'_>,
    kind: &str,
    id: &str,
) -> Result<(), Error> {
    let decision = authorize(caller, action, resource);
    audit::decided(caller, action, resource, (kind, id), decision);
    match decision {
        Decision::Allowed => Ok(()),
        Decision::Forbidden => Err(forbidden(&format!("{} {kind} {id}", verb(action)))),
        Decision::Hidden => Err(not_found(kind, id)),
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Read => "read",
        Action::Create => "create",
        Action::Update => "change",
        Action::Delete => "delete",
    }
}

pub(crate) fn sees(caller: &Caller, resource: Resource<'_>) -> bool {
    authorize(caller, Action::Read, resource) == Decision::Allowed
}
