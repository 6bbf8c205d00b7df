use super::text_enum::text_enum;

text_enum! {
    /// What an event of the audit log is about.
    AuditKind {
        /// A request that changes something.
        Request = "request",
        /// Something was not allowed.
        Authorization = "authorization",
        /// Somebody could not sign in.
        Authentication = "authentication",
    }
}

text_enum! {
    /// Which side of Weir was asked.
    AuditService {
        /// The control plane.
        Cloud = "io.confluent.cloud",
        /// A Kafka cluster.
        Kafka = "io.confluent.kafka.server",
    }
}

text_enum! {
    /// How it ended.
    AuditResult {
        /// Done.
        Success = "SUCCESS",
        /// Not done; nobody was kept from it.
        Failure = "FAILURE",
        /// Kept from it.
        Denied = "DENIED",
        /// Begun outside of the store, and the end is not known: the process may have died on the way.
        Pending = "PENDING",
    }
}

/// What somebody did, or was kept from doing. It holds no secret: neither credentials nor bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// The id of the request, or one of its own where a broker was asked.
    pub id: String,
    /// Whose log it is in.
    pub organization_id: String,
    /// When.
    pub created_us: i64,
    /// What it is about.
    pub kind: AuditKind,
    /// Which side was asked.
    pub service: AuditService,
    /// `CreateEnvironment`.
    pub method: String,
    /// The CRN of what it was done with.
    pub subject: String,
    /// `environment`, `topic`, …
    pub resource_type: String,
    /// Its id or name.
    pub resource_name: String,
    /// `create`, `READ`, …; empty when nothing was decided.
    pub operation: String,
    /// `User:sa-…`; empty when nobody signed in.
    pub principal: String,
    /// The API key that was shown, when it looks like one; or the id of the session.
    pub key_id: String,
    /// How it was shown: `HTTP_BASIC`, `HTTP_BEARER`, `PASSWORD`, `INVITATION`, `DEVICE_CODE`, `SASL_PLAIN`,
    /// `SASL_OAUTHBEARER`.
    pub mechanism: String,
    /// Who of a pool of identities it was, as the claim says that the pool goes by; else empty.
    pub identity: String,
    /// From where; empty when that is not known.
    pub address: String,
    /// `POST /org/v2/environments`; empty where a broker was asked.
    pub request: String,
    /// How it ended.
    pub result: AuditResult,
    /// The code of the failure; empty when there was none.
    pub error_code: String,
}

/// How long an organisation keeps its audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSettings {
    /// Whose log.
    pub organization_id: String,
    /// Older events go.
    pub retention_days: u32,
    /// Nothing goes while this is on.
    pub legal_hold: bool,
    /// `lkc-…` with the topic that events are also written to; empty for none.
    pub topic_cluster_id: String,
    /// When that was last changed; 0 for never.
    pub updated_us: i64,
}

/// The topic that events are also written to, where somebody wants that: the name that readers of the public service
/// know.
pub const AUDIT_TOPIC: &str = "confluent-audit-log-events";

/// Where an organisation's audit log is also written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditTopic {
    /// Whose log.
    pub organization_id: String,
    /// `lkc-…`
    pub cluster_id: String,
}

/// An event that is to be written to the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDue {
    /// What to write.
    pub event: AuditEvent,
    /// Since when it is due. It changes when the event is corrected, which has to be written, too.
    pub due_us: i64,
}

/// Unless the organisation says otherwise.
pub const AUDIT_RETENTION_DAYS: u32 = 365;

impl AuditSettings {
    /// Of an organisation that never said anything.
    #[must_use]
    pub fn of(organization_id: String) -> Self {
        let retention_days = AUDIT_RETENTION_DAYS;
        Self {
            organization_id,
            retention_days,
            legal_hold: false,
            topic_cluster_id: String::new(),
            updated_us: 0,
        }
    }
}
