use std::time::Duration;

use bytes::Bytes;

use super::effects::{Text, Token};
use super::message::{JoinRequest, Protocol};
use super::record::MemberValue;

/// One member of a group.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) instance_id: Option<Text>,
    pub(super) client_id: Text,
    pub(super) client_host: Text,
    pub(super) session_timeout_ms: i32,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) protocols: Vec<Protocol>,
    /// Its work in the generation; meaningful while the group is stable.
    pub(super) assignment: Bytes,
    /// Grows with every member of the group: the oldest becomes leader.
    pub(super) seq: u64,
    /// It has never been given a generation.
    pub(super) is_new: bool,
    pub(super) awaiting_join: Option<Token>,
    pub(super) awaiting_sync: Option<Token>,
    /// The session ends at this running time.
    pub(super) deadline: Duration,
    /// When the pending timer entry fires, if there is one.
    pub(super) timer_at: Option<Duration>,
}

impl Member {
    pub(super) fn new(request: &JoinRequest, seq: u64) -> Self {
        Self {
            instance_id: request.instance_id.clone(),
            client_id: request.client_id.clone(),
            client_host: request.client_host.clone(),
            session_timeout_ms: request.session_timeout_ms,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            protocols: request.protocols.clone(),
            assignment: Bytes::new(),
            seq,
            is_new: true,
            awaiting_join: None,
            awaiting_sync: None,
            deadline: Duration::ZERO,
            timer_at: None,
        }
    }

    pub(super) fn loaded(value: &MemberValue, protocol: &Text, seq: u64) -> Self {
        let known = Protocol { name: protocol.clone(), metadata: value.subscription.clone() };
        Self {
            instance_id: value.instance_id.clone(),
            client_id: value.client_id.clone(),
            client_host: value.client_host.clone(),
            session_timeout_ms: value.session_timeout_ms,
            rebalance_timeout_ms: value.rebalance_timeout_ms,
            protocols: vec![known],
            assignment: value.assignment.clone(),
            seq,
            is_new: false,
            awaiting_join: None,
            awaiting_sync: None,
            deadline: Duration::ZERO,
            timer_at: None,
        }
    }

    pub(super) fn value(&self, id: &Text, protocol: &str, assignment: Bytes) -> MemberValue {
        MemberValue {
            member_id: id.clone(),
            instance_id: self.instance_id.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            session_timeout_ms: self.session_timeout_ms,
            subscription: self.metadata(protocol),
            assignment,
        }
    }

    /// Takes over what the member says about itself in a later join.
    pub(super) fn update(&mut self, request: &JoinRequest) {
        self.client_id = request.client_id.clone();
        self.client_host = request.client_host.clone();
        self.session_timeout_ms = request.session_timeout_ms;
        self.rebalance_timeout_ms = request.rebalance_timeout_ms;
        self.protocols.clone_from(&request.protocols);
    }

    pub(super) fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|p| &*p.name == protocol)
    }

    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        let found = self.protocols.iter().find(|p| &*p.name == protocol);
        found.map(|p| p.metadata.clone()).unwrap_or_default()
    }

    pub(super) fn session_timeout(&self) -> Duration {
        millis(self.session_timeout_ms)
    }

    pub(super) fn rebalance_timeout(&self) -> Duration {
        millis(self.rebalance_timeout_ms)
    }

    /// It waits for an answer of ours, so its silence proves nothing.
    pub(super) fn is_waiting(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }
}

fn millis(ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
