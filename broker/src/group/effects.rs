use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_seams::Clock;
use common_types::TenantId;

use super::GroupError;
use super::message::{
    CommitResponse, DeleteOffsetsResponse, HeartbeatResponse, JoinResponse, LeaveResponse,
    SyncResponse,
};

/// A shared name: a group, member, instance, protocol or topic.
pub type Text = Arc<str>;

/// One reading of both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Monotonic running time: decides every time-out.
    pub mono: Duration,
    /// Wall time: only written into records, never compared.
    pub wall_ms: i64,
}

impl Now {
    /// Reads `clock`.
    #[must_use]
    pub fn of(clock: &dyn Clock) -> Self {
        Self { mono: clock.mono(), wall_ms: clock.wall_ms() }
    }
}

/// The name of a group inside a cell. Two tenants may use one group id; they never meet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// Whose group it is.
    pub tenant: TenantId,
    /// The group id as the client knows it.
    pub group: Text,
}

/// Names a question whose answer may come later. Chosen by the caller, unique among open questions.
pub type Token = u64;

/// Names an append. Grows with every append of one coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppendId(pub(super) u64);

/// One record of the slot's partition of `__consumer_offsets`.
///
/// Key and value are Kafka's own encodings, which know no tenants: the tenant travels beside them, as
/// the record header [`Record::TENANT_HEADER`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whose record it is.
    pub tenant: TenantId,
    /// The key in Kafka's encoding.
    pub key: Bytes,
    /// The value in Kafka's encoding; `None` deletes.
    pub value: Option<Bytes>,
}

impl Record {
    /// The key of the record header that holds the tenant's 16 bytes.
    pub const TENANT_HEADER: &'static str = "t";
}

/// Records to be written together, as one record batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The name to give back to `on_durable` or `on_append_failed`.
    pub id: AppendId,
    /// What to write, in this order.
    pub records: Vec<Record>,
}

/// Why an append was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendFailure {
    /// The broker no longer leads the slot, or its incarnation ended.
    NotLeader,
    /// The log does not take writes at the moment.
    Unavailable,
    /// The batch is larger than the log takes.
    TooLarge,
}

/// An answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// To `join`.
    Join(JoinResponse),
    /// To `sync`.
    Sync(SyncResponse),
    /// To `heartbeat`.
    Heartbeat(HeartbeatResponse),
    /// To `leave`.
    Leave(LeaveResponse),
    /// To `commit`.
    Commit(CommitResponse),
    /// To `delete_offsets`.
    DeleteOffsets(DeleteOffsetsResponse),
    /// To `delete_group`.
    DeleteGroup(Result<(), GroupError>),
}

/// What the caller has to do after a call.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "answers and appends are lost when effects are dropped"]
pub struct Effects {
    /// Answers to send.
    pub responses: Vec<(Token, Response)>,
    /// Records to write, in this order.
    pub appends: Vec<Append>,
}

impl Effects {
    pub(super) fn answer(token: Token, response: Response) -> Self {
        Self { responses: vec![(token, response)], appends: Vec::new() }
    }

    pub(super) fn extend(&mut self, later: Self) {
        self.responses.extend(later.responses);
        self.appends.extend(later.appends);
    }
}
