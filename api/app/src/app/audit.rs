use std::collections::VecDeque;
use std::future::Future;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common_errors::Error;
use common_seams::uuid_v7;
use common_types::acl::{CLUSTER_NAME, Operation, ResourceType};
use common_types::crn;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::App;
use crate::audit::{Ending, Trail, due_as, kept};
use crate::failures::from_repo;
use crate::model::{AuditEvent, AuditKind, AuditResult, AuditService, Cluster};
use crate::ports::SystemWide;

/// Denials that wait to be written; what comes on top of them is counted and lost.
const QUEUE_MAX: usize = 4096;
/// Events of one transaction.
const BATCH_MAX: usize = 256;
/// How clients of brokers sign in.
const MECHANISM: &str = "SASL_PLAIN";
const TOKEN_MECHANISM: &str = "SASL_OAUTHBEARER";
/// How long events of clusters are kept, in microseconds: 30 days.
const CLUSTER_EVENTS_KEPT_US: i64 = 30 * 86_400_000_000;
/// How often old events are dropped.
const EXPIRY_PAUSE: Duration = Duration::from_secs(600);

/// Events that nobody waits for.
#[derive(Debug, Default)]
pub(crate) struct AuditQueue {
    waiting: Mutex<VecDeque<Queued>>,
    came: Notify,
    lost: AtomicU64,
}

#[derive(Debug)]
enum Queued {
    Event(AuditEvent),
    Broker(BrokerDenial),
}

/// What a broker did not let somebody do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerDenial {
    /// `lkc-…`; empty when no key says whose.
    pub cluster_id: String,
    /// When.
    pub at_us: i64,
    /// The Kafka request: `Produce`.
    pub method: String,
    /// `User:sa-…`; empty when nobody signed in.
    pub principal: String,
    /// The key that was shown.
    pub key_id: String,
    /// `SASL_PLAIN`, `SASL_OAUTHBEARER`.
    pub mechanism: String,
    /// Who of an identity pool it was, where a token says so.
    pub identity: String,
    /// From where.
    pub address: Option<IpAddr>,
    /// What was not allowed, with what; absent when nobody signed in.
    pub refused: Option<(Operation, ResourceType, String)>,
}

/// A client of a broker that asks for a change of the control plane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokerClient {
    /// `User:sa-…`.
    pub principal: String,
    /// The key that was used; empty when a token was.
    pub key_id: String,
    /// Who of an identity pool it is, where a token was shown.
    pub identity: String,
    /// From where.
    pub address: Option<IpAddr>,
}

impl AuditQueue {
    fn push(&self, item: Queued) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= QUEUE_MAX {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            // A flood of denials is no reason for a flood of lines.
            if lost.is_power_of_two() {
                tracing::error!(lost, "denials are missing in the audit log: they come too fast");
            }
            return;
        }
        waiting.push_back(item);
        drop(waiting);
        self.came.notify_one();
    }
}

impl App {
    /// Ends the trail of a request that is answered with this status and code.
    ///
    /// # Errors
    /// The request changed something and the store cannot take its event.
    pub async fn close_trail(&self, trail: &Trail, status: u16, code: &str) -> Result<(), Error> {
        match trail.end(status, code) {
            Ending::Nothing => {}
            Ending::Queue(event) => self.audit.push(Queued::Event(event)),
            Ending::Write(event) => {
                let repo = &self.parts.repo;
                repo.insert_audit_events(SystemWide::Audit, vec![event])
                    .await
                    .map_err(from_repo)?;
            }
            Ending::Correct { id, result, code } => {
                let corrected = self
                    .parts
                    .repo
                    .end_audit_event(SystemWide::Audit, id.clone(), result, code)
                    .await;
                if let Err(error) = corrected {
                    tracing::warn!(%error, request.id = %id, "the end of a request is not in the audit log");
                }
            }
        }
        Ok(())
    }

    /// Before something is changed outside of the store: its event is durable when this returns.
    pub(crate) async fn audit_outside(&self) -> Result<(), Error> {
        if let Some(event) = due_as(AuditResult::Pending) {
            let repo = &self.parts.repo;
            repo.insert_audit_events(SystemWide::Audit, vec![event]).await.map_err(from_repo)?;
            kept(AuditResult::Pending);
        }
        Ok(())
    }

    /// Opens the trail of a change of access control lists that came by way of a broker.
    pub(crate) fn trail_of_broker(&self, row: &Cluster, method: &str, by: &BrokerClient) -> Trail {
        let resource_type = kind_of(ResourceType::Cluster).to_owned();
        let event = AuditEvent {
            id: uuid_v7(&*self.parts.clock, &*self.parts.rng).to_string(),
            organization_id: row.organization_id.clone(),
            created_us: self.now_us(),
            kind: AuditKind::Request,
            service: AuditService::Kafka,
            method: method.to_owned(),
            subject: crn::kafka_cluster(&row.organization_id, &row.environment_id, &row.id),
            resource_type,
            resource_name: CLUSTER_NAME.to_owned(),
            operation: Operation::Alter.to_string(),
            principal: by.principal.clone(),
            key_id: by.key_id.clone(),
            mechanism: if by.identity.is_empty() { MECHANISM } else { TOKEN_MECHANISM }.to_owned(),
            identity: by.identity.clone(),
            address: by.address.map(|address| address.to_string()).unwrap_or_default(),
            request: String::new(),
            result: AuditResult::Success,
            error_code: String::new(),
        };
        Trail::new(event, true)
    }

    /// Carries a change out and ends its trail.
    pub(crate) async fn followed<T>(
        &self,
        trail: &Trail,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let done = trail.follow(work).await;
        // Of a status, the log keeps whether it is one of a failure.
        let (status, code) = done.as_ref().map_or_else(|error| (400, error.code), |_| (200, ""));
        self.close_trail(trail, status, code).await?;
        done
    }

    /// A broker did not let somebody do something. Never waits.
    pub fn denied_by_broker(&self, denial: BrokerDenial) {
        self.audit.push(Queued::Broker(denial));
    }

    /// Denials that are in no log because too many came at once, or the store was away.
    #[must_use]
    pub fn lost_denials(&self) -> u64 {
        self.audit.lost.load(Ordering::Relaxed)
    }

    /// Writes events that nobody waits for, and drops old ones. Never ends; spawn it.
    pub async fn keep_audit(&self) {
        let mut expired = self.parts.clock.mono();
        loop {
            // Whichever comes first: both are looked at.
            let _ = tokio::time::timeout(EXPIRY_PAUSE, self.audit.came.notified()).await;
            self.write_denials().await;
            let now = self.parts.clock.mono();
            if now.saturating_sub(expired) >= EXPIRY_PAUSE {
                expired = now;
                if let Err(error) = self.expire_audit().await {
                    tracing::warn!(%error, "old events of the audit log stay for now");
                }
            }
        }
    }

    /// Drops events that are older than their organisation keeps them, and those of clusters after 30 days.
    ///
    /// # Errors
    /// The store.
    pub async fn expire_audit(&self) -> Result<u64, Error> {
        let (reach, now_us) = (SystemWide::Housekeeping, self.now_us());
        let old_us = now_us.saturating_sub(CLUSTER_EVENTS_KEPT_US);
        self.parts.repo.expire_cluster_events(reach, old_us).await.map_err(from_repo)?;
        self.parts.repo.expire_audit_events(reach, now_us).await.map_err(from_repo)
    }

    /// Writes the denials that wait.
    pub async fn write_denials(&self) {
        loop {
            let some: Vec<Queued> = {
                let mut waiting = self.audit.waiting.lock();
                let count = waiting.len().min(BATCH_MAX);
                waiting.drain(..count).collect()
            };
            if some.is_empty() {
                return;
            }
            let count = some.len();
            if let Err(error) = self.write_some(some).await {
                let count = u64::try_from(count).unwrap_or(u64::MAX);
                let lost = self.audit.lost.fetch_add(count, Ordering::Relaxed) + count;
                tracing::error!(%error, count, lost, "denials are missing in the audit log");
            }
        }
    }

    async fn write_some(&self, some: Vec<Queued>) -> Result<(), Error> {
        let mut events = Vec::with_capacity(some.len());
        for item in some {
            events.push(match item {
                Queued::Event(event) => event,
                Queued::Broker(denial) => self.event_of(denial).await?,
            });
        }
        if events.iter().any(|event| event.organization_id.is_empty()) {
            // Nobody knows whose log a stranger belongs to: that of who runs this installation.
            let first = self.parts.repo.installation(SystemWide::Audit).await.map_err(from_repo)?;
            let owner = first.map(|first| first.organization_id).unwrap_or_default();
            for event in events.iter_mut().filter(|event| event.organization_id.is_empty()) {
                event.organization_id.clone_from(&owner);
            }
        }
        self.parts.repo.insert_audit_events(SystemWide::Audit, events).await.map_err(from_repo)
    }

    async fn event_of(&self, denial: BrokerDenial) -> Result<AuditEvent, Error> {
        let cluster = if denial.cluster_id.is_empty() {
            None
        } else {
            self.parts
                .repo
                .any_cluster(SystemWide::Audit, denial.cluster_id)
                .await
                .map_err(from_repo)?
        };
        let place = cluster.map(|row| {
            let crn = crn::kafka_cluster(&row.organization_id, &row.environment_id, &row.id);
            (row.organization_id, crn)
        });
        let (organization_id, cluster_crn) = place.unwrap_or_default();
        let (operation, resource_type, resource_name) = match denial.refused {
            Some((operation, resource, name)) => {
                (operation.to_string(), kind_of(resource).to_owned(), name)
            }
            None => Default::default(),
        };
        let kind = match operation.is_empty() {
            true => AuditKind::Authentication,
            false => AuditKind::Authorization,
        };
        let subject = match resource_type.as_str() {
            "" | "kafka-cluster" => cluster_crn,
            other => format!("{cluster_crn}/{other}={resource_name}"),
        };
        Ok(AuditEvent {
            id: uuid_v7(&*self.parts.clock, &*self.parts.rng).to_string(),
            organization_id,
            created_us: denial.at_us,
            kind,
            service: AuditService::Kafka,
            method: denial.method,
            subject,
            resource_type,
            resource_name,
            operation,
            principal: denial.principal,
            key_id: denial.key_id,
            mechanism: denial.mechanism,
            identity: denial.identity,
            address: denial.address.map(|address| address.to_string()).unwrap_or_default(),
            request: String::new(),
            result: AuditResult::Denied,
            error_code: String::new(),
        })
    }
}

/// How CRNs call it.
pub(crate) const fn kind_of(resource: ResourceType) -> &'static str {
    match resource {
        ResourceType::Topic => "topic",
        ResourceType::Group => "group",
        ResourceType::Cluster => "kafka-cluster",
        ResourceType::TransactionalId => "transactional-id",
    }
}
