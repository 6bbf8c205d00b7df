use std::time::Duration;

use common_errors::{Error, ErrorKind};
use common_types::TenantId;

use super::App;
use crate::access::audit_key;
use crate::failures::{from_repo, internal};
use crate::model::{AUDIT_TOPIC, AuditDue, AuditEvent, AuditTopic, Phase};
use crate::ports::{
    DataPlaneError, KeyOwner, NewRecord, NewTopic, OrgScope, RecordError, SystemWide,
};

/// How often it is looked what is due.
const PAUSE: Duration = Duration::from_secs(1);
/// Events that are written at once.
const EVENTS_MAX: u32 = 500;
/// What readers of the public service know; the log itself is kept as the organisation says.
const RETENTION_MS: &str = "604800000";
/// The name that the content type has in the Kafka binding of CloudEvents 1.0.
const CONTENT_TYPE: &str = "content-type";
const CLOUD_EVENT: &[u8] = b"application/cloudevents+json; charset=UTF-8";

impl App {
    /// Writes events of audit logs to topics, where organisations want that: at least once, in the order in which they
    /// became due. Never ends; spawn it. `encode` makes the CloudEvent.
    pub async fn keep_audit_topics(&self, encode: impl Fn(AuditEvent) -> Vec<u8>) {
        loop {
            if let Err(error) = self.write_audit_topics(&encode).await {
                tracing::warn!(%error, "events of the audit log wait for their topic");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Writes what is due now.
    ///
    /// # Errors
    /// The store; the last cell that did not take its events. What was not acknowledged stays due.
    pub async fn write_audit_topics(
        &self,
        encode: &impl Fn(AuditEvent) -> Vec<u8>,
    ) -> Result<(), Error> {
        let topics = self.parts.repo.audit_topics(SystemWide::Audit).await.map_err(from_repo)?;
        let mut failed = None;
        for topic in topics {
            // One organisation's cell that is away keeps nobody else's events.
            if let Err(error) = self.write_audit_topic(&topic, encode).await {
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn write_audit_topic(
        &self,
        topic: &AuditTopic,
        encode: &impl Fn(AuditEvent) -> Vec<u8>,
    ) -> Result<(), Error> {
        let (repo, org) = (&self.parts.repo, OrgScope::of(&topic.organization_id));
        let now_us = self.now_us();
        let due = repo.audit_topic_due(SystemWide::Audit, org.clone(), now_us, EVENTS_MAX).await;
        let due = due.map_err(from_repo)?;
        if due.is_empty() {
            return Ok(());
        }
        let row = repo.cluster(org.clone(), topic.cluster_id.clone()).await.map_err(from_repo)?;
        if row.is_none_or(|row| row.phase != Phase::Provisioned) {
            return Err(refused(topic, "it is not PROVISIONED"));
        }
        let tenant: TenantId = topic
            .cluster_id
            .parse()
            .map_err(|error| internal(format!("a stored cluster id is bad: {error}")))?;
        let who = KeyOwner { tenant, key: audit_key(&topic.cluster_id) };
        let mut ends = self.append(&who, &due, encode).await;
        if matches!(ends.first(), Some(Err(RecordError::UnknownPartition(_)))) {
            self.make_audit_topic(tenant).await.map_err(|error| refused(topic, &error))?;
            ends = self.append(&who, &due, encode).await;
        }
        // Up to the first that is not acknowledged: later ones come after it.
        let mut failure = None;
        let mut written = Vec::new();
        for (due, end) in due.into_iter().zip(ends) {
            match end {
                Ok(_) => written.push((due.event.id, due.due_us)),
                Err(error) => {
                    failure = Some(refused(topic, &error));
                    break;
                }
            }
        }
        let told = repo.audit_topic_written(SystemWide::Audit, org, written).await;
        told.map_err(from_repo)?;
        failure.map_or(Ok(()), Err)
    }

    async fn append(
        &self,
        who: &KeyOwner,
        due: &[AuditDue],
        encode: &impl Fn(AuditEvent) -> Vec<u8>,
    ) -> Vec<Result<crate::ports::Written, RecordError>> {
        let record = |due: &AuditDue| NewRecord {
            partition: Some(0),
            timestamp_ms: due.event.created_us.div_euclid(1_000),
            key: None,
            value: Some(encode(due.event.clone())),
            headers: vec![(CONTENT_TYPE.to_owned(), Some(CLOUD_EVENT.to_vec()))],
        };
        let records = due.iter().map(record).collect();
        self.parts.kafka.produce(who.clone(), AUDIT_TOPIC.to_owned(), records).await
    }

    /// One partition: readers get events in their order.
    async fn make_audit_topic(&self, tenant: TenantId) -> Result<(), DataPlaneError> {
        let topic = NewTopic {
            name: AUDIT_TOPIC.to_owned(),
            partitions: Some(1),
            configs: vec![("retention.ms".to_owned(), Some(RETENTION_MS.to_owned()))],
            ..NewTopic::default()
        };
        self.parts.data_plane.create_topic(tenant, topic).await.map(drop)
    }
}

fn refused(topic: &AuditTopic, why: &(impl std::fmt::Display + ?Sized)) -> Error {
    let detail =
        format!("{}: topic {AUDIT_TOPIC} of {}: {why}", topic.organization_id, topic.cluster_id);
    Error::new(ErrorKind::Unavailable, "audit_topic_unavailable", detail)
}
