use std::collections::BTreeMap;

use bytes::Bytes;

use super::GroupError;
use super::cx::Cx;
use super::effects::{Record, Response, Text, Token};
use super::group_state::{Group, Phase};
use super::journal::Change;
use super::member::Member;
use super::message::{Assigned, HeartbeatRequest, SyncRequest};
use super::record::{GroupValue, RecordKey};

impl Group {
    pub(super) fn sync(&mut self, cx: &mut Cx<'_>, request: &SyncRequest, token: Token) {
        if let Err(error) = self.check_sync(request) {
            return cx.refuse_sync(token, error);
        }
        let id = &request.member_id;
        match self.phase {
            Phase::Empty => cx.refuse_sync(token, GroupError::UnknownMemberId),
            Phase::Joining => cx.refuse_sync(token, GroupError::RebalanceInProgress),
            Phase::Syncing => self.await_sync(cx, request, token),
            Phase::Stable => {
                self.unsynced.remove(id);
                self.touch(cx, id);
                self.answer_sync(cx, id, token);
            }
        }
    }

    pub(super) fn heartbeat(
        &mut self,
        cx: &mut Cx<'_>,
        request: &HeartbeatRequest,
    ) -> Result<(), GroupError> {
        if self.deleting {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        self.check_member(&request.member_id, request.instance_id.as_deref())?;
        if request.generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        self.touch(cx, &request.member_id);
        match self.phase {
            Phase::Joining => Err(GroupError::RebalanceInProgress),
            Phase::Empty => Err(GroupError::UnknownMemberId),
            // A consumer sends heartbeats between its join and its sync too.
            Phase::Syncing | Phase::Stable => Ok(()),
        }
    }

    /// The generation as it goes into the log.
    pub(super) fn value(&self, assignment: impl Fn(&Text, &Member) -> Bytes) -> GroupValue {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let member = |(id, m): (&Text, &Member)| m.value(id, protocol, assignment(id, m));
        GroupValue {
            protocol_type: self.protocol_type.clone().unwrap_or_else(|| "".into()),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            state_ms: self.phase_ms,
            members: self.by_age().into_iter().map(member).collect(),
        }
    }

    pub(super) fn generation_record(&self, value: &GroupValue) -> Record {
        let key = RecordKey::Group { group: self.key.group.clone() }.encode();
        Record { tenant: self.key.tenant, key, value: Some(value.encode()) }
    }

    /// The assignment of `value` is durable: tell it to everybody who waits.
    pub(super) fn assignment_durable(&mut self, cx: &mut Cx<'_>, value: GroupValue) {
        if self.syncing == Some(value.generation) {
            self.syncing = None;
        }
        if self.phase == Phase::Syncing && self.generation == value.generation {
            self.enter(Phase::Stable, cx.now);
            for stored in &value.members {
                let id = &stored.member_id;
                let Some(member) = self.members.get_mut(id) else { continue };
                member.assignment = stored.assignment.clone();
                if let Some(token) = member.awaiting_sync.take() {
                    self.touch(cx, id);
                    self.answer_sync(cx, id, token);
                }
            }
        }
        self.stored = Some(value);
    }

    /// The assignment of `generation` was not written: everybody joins again.
    pub(super) fn assignment_failed(
        &mut self,
        cx: &mut Cx<'_>,
        generation: i32,
        error: GroupError,
    ) {
        if self.syncing == Some(generation) {
            self.syncing = None;
        }
        if self.phase == Phase::Syncing && self.generation == generation {
            self.refuse_waiting_syncs(cx, error);
            self.start_rebalance(cx);
        }
    }

    fn check_sync(&self, request: &SyncRequest) -> Result<(), GroupError> {
        if self.deleting {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        self.check_member(&request.member_id, request.instance_id.as_deref())?;
        if request.generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        let differs = |told: &Option<Text>, ours: &Option<Text>| told.is_some() && told != ours;
        if differs(&request.protocol_type, &self.protocol_type)
            || differs(&request.protocol, &self.protocol)
        {
            return Err(GroupError::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn await_sync(&mut self, cx: &mut Cx<'_>, request: &SyncRequest, token: Token) {
        let id = &request.member_id;
        self.unsynced.remove(id);
        let Some(member) = self.members.get_mut(id) else { return };
        if let Some(older) = member.awaiting_sync.replace(token) {
            cx.refuse_sync(older, GroupError::RebalanceInProgress);
        }
        let is_leader = self.leader.as_ref() == Some(id);
        if is_leader && self.syncing != Some(self.generation) {
            self.share_out(cx, &request.assignments);
        }
    }

    fn share_out(&mut self, cx: &mut Cx<'_>, assignments: &[(Text, Bytes)]) {
        let shares: BTreeMap<&Text, &Bytes> = assignments.iter().map(|(id, a)| (id, a)).collect();
        let value = self.value(|id, _| shares.get(id).map(|a| (*a).clone()).unwrap_or_default());
        let records = vec![self.generation_record(&value)];
        self.syncing = Some(self.generation);
        self.in_flight += 1;
        cx.append(&self.key, records, Change::Assignment(value), None);
    }

    fn answer_sync(&self, cx: &mut Cx<'_>, id: &Text, token: Token) {
        let Some(member) = self.members.get(id) else { return };
        let assigned = Assigned {
            protocol_type: self.protocol_type.clone().unwrap_or_else(|| "".into()),
            protocol: self.protocol.clone().unwrap_or_else(|| "".into()),
            assignment: member.assignment.clone(),
        };
        cx.answer(token, Response::Sync(Ok(assigned)));
    }
}
