use super::GroupError;
use super::cx::Cx;
use super::effects::{Response, Text, Token};
use super::group_state::{Group, Phase};
use super::journal::Change;
use super::member::Member;
use super::message::{JoinRequest, JoinResponse, JoinedGroup};
use super::timers::Timer;

impl Group {
    pub(super) fn join(&mut self, cx: &mut Cx<'_>, request: &JoinRequest, token: Token) {
        if let Err(error) = self.admit(cx, request) {
            return cx.refuse_join(token, &request.member_id, error);
        }
        if !request.member_id.is_empty() {
            return self.join_known(cx, request, token);
        }
        let static_member = request.instance_id.as_ref().and_then(|i| self.instances.get(i));
        if let Some(old) = static_member.cloned() {
            return self.replace_static(cx, &old, request, token);
        }
        let name = request.instance_id.as_ref().unwrap_or(&request.client_id);
        let id = cx.member_id(name);
        if request.instance_id.is_none() && request.require_member_id {
            return self.expect_member(cx, &id, request, token);
        }
        self.add_member(cx, &id, request, token);
    }

    fn admit(&self, cx: &Cx<'_>, request: &JoinRequest) -> Result<(), GroupError> {
        if self.deleting {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        let max = cx.settings.group_size_max;
        let known = self.members.contains_key(&request.member_id)
            || request.instance_id.as_ref().is_some_and(|i| self.instances.contains_key(i));
        let expected = self.expected.contains_key(&request.member_id);
        if !known && (self.members.len() >= max || (!expected && self.expected.len() >= max)) {
            return Err(GroupError::GroupMaxSizeReached);
        }
        let replaced = request.instance_id.as_ref().and_then(|i| self.instances.get(i));
        let except = replaced.unwrap_or(&request.member_id);
        if !self.is_compatible(&request.protocol_type, &request.protocols, Some(except)) {
            return Err(GroupError::InconsistentGroupProtocol);
        }
        Ok(())
    }

    /// Hands out an id to a member that has to come back with it.
    fn expect_member(&mut self, cx: &mut Cx<'_>, id: &Text, request: &JoinRequest, token: Token) {
        let timeout = Member::new(request, 0).session_timeout();
        let deadline = cx.at(timeout);
        self.expected.insert(id.clone(), deadline);
        cx.schedule(deadline, Timer::Member(self.key.clone(), id.clone()));
        cx.refuse_join(token, id, GroupError::MemberIdRequired);
    }

    fn add_member(&mut self, cx: &mut Cx<'_>, id: &Text, request: &JoinRequest, token: Token) {
        let mut member = Member::new(request, self.next_seq());
        member.awaiting_join = Some(token);
        if let Some(instance) = &request.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        if self.members.is_empty() {
            self.protocol_type = Some(request.protocol_type.clone());
        }
        self.members.insert(id.clone(), member);
        if self.leader.is_none() {
            self.leader = Some(id.clone());
        }
        if let Some(first) = self.join_wait.as_mut().and_then(|w| w.first.as_mut()) {
            first.grew = true;
        }
        self.touch(cx, id);
        self.rebalance_or_complete_join(cx);
    }

    fn join_known(&mut self, cx: &mut Cx<'_>, request: &JoinRequest, token: Token) {
        let id = request.member_id.clone();
        if request.instance_id.is_none() && self.expected.remove(&id).is_some() {
            return self.add_member(cx, &id, request, token);
        }
        if let Err(error) = self.check_member(&id, request.instance_id.as_deref()) {
            return cx.refuse_join(token, &id, error);
        }
        let is_leader = self.leader.as_ref() == Some(&id);
        let is_same = self.members.get(&id).is_some_and(|m| m.protocols == request.protocols);
        let answer_current = match self.phase {
            // It missed the answer to its join.
            Phase::Syncing => is_same,
            // A follower that lost its answer; a leader that joins again wants to share out anew.
            Phase::Stable => is_same && !is_leader,
            Phase::Empty | Phase::Joining => false,
        };
        if answer_current {
            self.touch(cx, &id);
            let response = JoinResponse { result: Ok(self.joined(&id)), member_id: id };
            return cx.answer(token, Response::Join(response));
        }
        self.await_join(cx, &id, request, token);
        self.rebalance_or_complete_join(cx);
    }

    fn await_join(&mut self, cx: &mut Cx<'_>, id: &Text, request: &JoinRequest, token: Token) {
        let Some(member) = self.members.get_mut(id) else { return };
        member.update(request);
        if let Some(older) = member.awaiting_join.replace(token) {
            cx.refuse_join(older, id, GroupError::RebalanceInProgress);
        }
    }

    /// A new process takes the place, and the work, of the one that had its instance id.
    fn replace_static(&mut self, cx: &mut Cx<'_>, old: &Text, request: &JoinRequest, token: Token) {
        let id = cx.member_id(request.instance_id.as_deref().unwrap_or_default());
        let old_leader = self.leader.clone();
        if !self.rename_member(cx, old, &id, request) {
            return cx.refuse_join(token, &request.member_id, GroupError::UnknownMemberId);
        }
        if self.phase == Phase::Stable && self.elect_protocol() == self.protocol {
            let joined = self.rejoined(&id, request, old_leader);
            let response = JoinResponse { member_id: id, result: Ok(joined) };
            let reply = Some((token, Response::Join(response)));
            return self.store(cx, reply);
        }
        // Between join and sync the leader may already share out work to the old id.
        if let Some(member) = self.members.get_mut(&id) {
            member.awaiting_join = Some(token);
        }
        self.rebalance_or_complete_join(cx);
    }

    fn rename_member(
        &mut self,
        cx: &mut Cx<'_>,
        old: &Text,
        id: &Text,
        request: &JoinRequest,
    ) -> bool {
        let Some(mut member) = self.members.remove(old) else { return false };
        if let Some(waiting) = member.awaiting_join.take() {
            cx.refuse_join(waiting, old, GroupError::FencedInstanceId);
        }
        if let Some(waiting) = member.awaiting_sync.take() {
            cx.refuse_sync(waiting, GroupError::FencedInstanceId);
        }
        member.update(request);
        member.timer_at = None;
        if let Some(instance) = &member.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        self.members.insert(id.clone(), member);
        if self.leader.as_ref() == Some(old) {
            self.leader = Some(id.clone());
        }
        if self.unsynced.remove(old) {
            self.unsynced.insert(id.clone());
        }
        self.touch(cx, id);
        true
    }

    /// The standing generation for a static member that came back.
    ///
    /// A leader must not share out again. One that knows `skip_assignment` is told so; an older one is
    /// told that somebody else leads: the id its predecessor had.
    fn rejoined(&self, id: &Text, request: &JoinRequest, old_leader: Option<Text>) -> JoinedGroup {
        let mut joined = self.joined(id);
        if request.knows_skip_assignment {
            joined.skip_assignment = self.leader.as_ref() == Some(id);
        } else {
            joined.members = Vec::new();
            joined.leader = old_leader.unwrap_or_else(|| "".into());
        }
        joined
    }

    /// Writes the standing generation.
    pub(super) fn store(&mut self, cx: &mut Cx<'_>, reply: Option<(Token, Response)>) {
        let value = self.value(|_, m| m.assignment.clone());
        let records = vec![self.generation_record(&value)];
        self.in_flight += 1;
        cx.append(&self.key, records, Change::Generation(value), reply);
    }
}
