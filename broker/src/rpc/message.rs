//! What the processes of a cell say to each other.

use std::collections::BTreeMap;

use bytes::Bytes;
use common_types::TenantId;
use common_types::access::{AccessChange, AccessSnapshot};
use serde::{Deserialize, Serialize};
use storage::counted::StoreUse;
use storage::levels::FormatLevels;
use storage::meta::{MetaConflict, Txn};

use crate::cell::{AclChange, AclChanged, AclRefusal, Denial, QuotaChange};
use crate::meta::Revision;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// To the controller: commit a transaction.
    Commit(Txn),
    /// To the controller: what was committed behind this revision. It waits until there is something.
    Changes {
        /// The revision that the caller knows.
        after: Revision,
    },
    /// To the controller: a broker is alive.
    Beat(Beat),
    /// To anybody: who are you?
    Probe,
    /// To a broker: the state of a group that it may come to lead; the body is the state.
    Transfer {
        /// The group.
        pg: u32,
        /// The attempt that it belongs to.
        attempt: u64,
        /// The epoch that will lead it.
        to: u64,
    },
    /// To a broker: who may do what.
    Access(AccessSnapshot),
    /// To a broker: what is new about that. Whoever does not know this request, or what it builds on, is sent
    /// the whole.
    ChangeAccess(AccessChange),
    /// To a broker: a Kafka request for the owner of a key; the body is the request.
    Kafka {
        /// Whose cluster.
        tenant: TenantId,
        /// The key.
        key: String,
    },
    /// To a broker: have the control plane beside you change access control lists.
    ChangeAcls(AclChange),
    /// To a broker: have the control plane beside you change client quotas.
    ChangeQuotas(QuotaChange),
    /// To a broker: what did you not let somebody do since you were asked last?
    TakeDenials,
    /// To a broker: what tenants use it for.
    Usage,
    /// To the controller: how the cell is.
    Describe,
    /// To the controller: how many brokers the cell should have. Fewer than there are: some are drained.
    Scale {
        /// Brokers that are not being drained.
        brokers: u32,
    },
    /// To the controller: raise the format level of the cell by one. Versions before cannot serve it any more.
    Finalize {
        /// To this one. Asking twice raises it once.
        level: u16,
    },
    /// To the controller: a broker is to hand over all it leads.
    Drain {
        /// Its epoch.
        epoch: u64,
    },
}

/// A sign of life.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Whose.
    pub epoch: u64,
    /// Grows with every beat of an epoch. One that does not betrays a machine that runs twice.
    pub counter: u64,
    /// Grows when slots of its log become durable.
    pub progress: u64,
    /// How long the oldest byte that is not durable has waited, in milliseconds.
    pub oldest_unacked_ms: u64,
    /// Load of the groups it leads, by group.
    pub load: BTreeMap<u32, PgLoad>,
    /// What its process has asked the store for, where that is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreUse>,
    /// Whether it lets no client in yet: no group is moved to it before.
    #[serde(default)]
    pub shut: bool,
    /// Who uses Kafka here; none of a broker that does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<Clients>,
}

/// Connections of Kafka clients to a broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clients {
    /// Those that are open.
    pub open: u64,
    /// All since the broker started.
    pub ever: u64,
}

/// Load of a placement group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PgLoad {
    /// Bytes produced a second.
    pub bytes_in: u64,
    /// Bytes fetched a second.
    pub bytes_out: u64,
    /// Batches produced and reads answered a second.
    #[serde(default)]
    pub requests: u64,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The transaction is committed.
    Committed {
        /// Its revision.
        revision: Revision,
    },
    /// What was committed behind the revision that was asked for; nothing when it took too long.
    Txns(Vec<(Revision, Txn)>),
    /// That revision is too old, or of another term: the body is the whole state.
    Snapshot {
        /// The revision of the state.
        revision: Revision,
    },
    /// The controller has heard the beat.
    Beaten {
        /// Whether the epoch is still active.
        active: bool,
    },
    /// Who answers.
    Present {
        /// The broker epoch of this process; none while it starts.
        epoch: Option<u64>,
        /// The controller that this process is, or is connected to.
        controller: Option<String>,
        /// This process is about to go.
        leaving: bool,
    },
    /// The state is kept for its attempt.
    Transferred,
    /// The access snapshot in force.
    Access {
        /// Its revision.
        revision: u64,
    },
    /// The body is what Kafka answers.
    Kafka,
    /// The body is a report of what tenants use the broker for, as JSON.
    Usage,
    /// The lists are changed, and in force.
    AclsChanged(AclChanged),
    /// The control plane did not change them.
    AclsRefused(AclRefusal),
    /// The client quotas are changed, and in force.
    QuotasChanged,
    /// What was denied.
    Denials(Vec<Denial>),
    /// How the cell is.
    Described(CellReport),
    /// It will be done.
    Accepted,
    /// It was not done.
    Failed(Failure),
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The transaction does not apply; nothing was written.
    #[error(transparent)]
    Conflict(MetaConflict),
    /// The process that was asked is not the controller, and did nothing.
    #[error("this process is not the controller")]
    NotController {
        /// Who is, as far as it knows.
        controller: Option<String>,
    },
    /// It may have been done, or not, or will be.
    #[error("no certain outcome: {0}")]
    Unknown(String),
    /// The request cannot be served as it is; nothing was done.
    #[error("{0}")]
    Refused(String),
}

/// A response, and the bytes that come with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What is said.
    pub head: Response,
    /// Bytes that are not JSON, or that are JSON already.
    pub body: Bytes,
}

impl From<Response> for Answer {
    fn from(head: Response) -> Self {
        Self { head, body: Bytes::new() }
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Response::Failed(failure).into()
    }
}

/// How a cell is, as its controller sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellReport {
    /// Where the controller is reached.
    pub controller: String,
    /// The last revision of the metadata.
    pub revision: Revision,
    /// Brokers that were asked for, if anybody asked.
    pub brokers_wanted: Option<u32>,
    /// Brokers, by epoch.
    pub brokers: BTreeMap<u64, BrokerReport>,
    /// Placement groups.
    pub groups: u32,
    /// Groups that nobody leads.
    pub groups_without_leader: u32,
    /// Groups that are on their way, by group.
    pub moves: BTreeMap<u32, MoveReport>,
    /// Ended logs that are not in segments yet, by epoch.
    pub ended_logs: BTreeMap<u64, EndedLog>,
    /// What needs somebody's eyes.
    pub alarms: Vec<String>,
    /// Whether another number of brokers would suit the load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// The settings in force, with their values.
    pub settings: BTreeMap<String, String>,
    /// The format level of the cell.
    #[serde(default)]
    pub format_level: u16,
    /// What it can be raised to now: all brokers know that level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format_level_next: Option<u16>,
}

/// One broker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerReport {
    /// Kafka's broker id.
    pub broker_id: i32,
    /// Its node.
    pub node: String,
    /// Its zone.
    pub zone: String,
    /// Where other brokers reach it.
    pub rpc: String,
    /// Whether it has a connection to the controller.
    pub connected: bool,
    /// Time since its last beat, in milliseconds.
    pub silent_ms: u64,
    /// Whether it hands over what it leads.
    pub draining: bool,
    /// Groups that it leads.
    pub groups: u32,
    /// Bytes produced a second.
    pub bytes_in: u64,
    /// Bytes fetched a second.
    pub bytes_out: u64,
    /// What its process has asked the store for since it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreUse>,
    /// The format levels that its version knows.
    #[serde(default)]
    pub formats: FormatLevels,
    /// Who uses Kafka there; none of a broker that does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<Clients>,
}

/// A group on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveReport {
    /// From which epoch.
    pub from: u64,
    /// To which.
    pub to: u64,
    /// Number of the attempt.
    pub attempt: u64,
}

/// The log of an epoch that has ended, or is being ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedLog {
    /// Its end; none while it is being sealed.
    pub end: Option<u64>,
    /// Lowest slot that is needed.
    pub low: u64,
    /// Groups that still need it.
    pub pins: u32,
}
