use std::time::Duration;

use super::GroupError;
use super::cx::Cx;
use super::effects::{Response, Text};
use super::group_state::{FirstJoin, Group, JoinWait, Phase};
use super::member::Member;
use super::message::JoinResponse;
use super::timers::Timer;

impl Group {
    pub(super) fn rebalance_or_complete_join(&mut self, cx: &mut Cx<'_>) {
        match self.phase {
            Phase::Joining => self.complete_join_if_all_are_here(cx),
            Phase::Empty | Phase::Syncing | Phase::Stable => self.start_rebalance(cx),
        }
    }

    /// Asks every member to join a new generation.
    pub(super) fn start_rebalance(&mut self, cx: &mut Cx<'_>) {
        self.refuse_waiting_syncs(cx, GroupError::RebalanceInProgress);
        self.unsynced.clear();
        self.sync_until = None;
        let was_empty = self.phase == Phase::Empty;
        self.enter(Phase::Joining, cx.now);
        if was_empty {
            let delay = cx.settings.initial_rebalance_delay;
            let remaining = self.rebalance_timeout().saturating_sub(delay);
            self.wait_for_joins(cx, delay, Some(FirstJoin { remaining, grew: false }));
            if delay.is_zero() {
                self.complete_join(cx);
            }
        } else {
            self.wait_for_joins(cx, self.rebalance_timeout(), None);
            self.complete_join_if_all_are_here(cx);
        }
    }

    /// After members left or were taken for gone.
    pub(super) fn members_left(&mut self, cx: &mut Cx<'_>) {
        match self.phase {
            Phase::Empty => {}
            Phase::Joining => self.complete_join_if_all_are_here(cx),
            Phase::Syncing | Phase::Stable => self.start_rebalance(cx),
        }
    }

    /// Forgets a member and answers whatever it waits for.
    pub(super) fn remove_member(&mut self, cx: &mut Cx<'_>, id: &Text, error: GroupError) {
        let Some(member) = self.members.remove(id) else { return };
        if let Some(token) = member.awaiting_join {
            cx.refuse_join(token, id, error);
        }
        if let Some(token) = member.awaiting_sync {
            cx.refuse_sync(token, error);
        }
        self.unsynced.remove(id);
        if let Some(instance) = member.instance_id
            && self.instances.get(&instance) == Some(id)
        {
            self.instances.remove(&instance);
        }
        if self.leader.as_ref() == Some(id) {
            self.leader = self.oldest_member(|_| true);
        }
    }

    pub(super) fn phase_timer(&mut self, cx: &mut Cx<'_>) {
        if self.deleting {
            return;
        }
        if self.join_wait.as_ref().is_some_and(|w| w.until <= cx.now.mono) {
            self.join_wait_over(cx);
        }
        if self.sync_until.is_some_and(|until| until <= cx.now.mono) {
            self.sync_wait_over(cx);
        }
    }

    pub(super) fn member_timer(&mut self, cx: &mut Cx<'_>, id: &Text) {
        if self.expected.get(id).is_some_and(|at| *at <= cx.now.mono) {
            self.expected.remove(id);
            return self.complete_join_if_all_are_here(cx);
        }
        let Some(member) = self.members.get_mut(id) else { return };
        if member.timer_at.is_some_and(|at| at > cx.now.mono) {
            return;
        }
        member.timer_at = None;
        if member.is_waiting() {
            // The session starts again with the answer.
            return;
        }
        if member.deadline > cx.now.mono {
            let deadline = member.deadline;
            member.timer_at = Some(deadline);
            return cx.schedule(deadline, Timer::Member(self.key.clone(), id.clone()));
        }
        self.remove_member(cx, id, GroupError::UnknownMemberId);
        self.members_left(cx);
    }

    pub(super) fn refuse_waiting_syncs(&mut self, cx: &mut Cx<'_>, error: GroupError) {
        let waiting = |(id, m): (&Text, &mut Member)| Some((id.clone(), m.awaiting_sync.take()?));
        let refused: Vec<_> = self.members.iter_mut().filter_map(waiting).collect();
        for (id, token) in refused {
            cx.refuse_sync(token, error);
            self.touch(cx, &id);
        }
    }

    pub(super) fn complete_join_if_all_are_here(&mut self, cx: &mut Cx<'_>) {
        let waits_longer = self.join_wait.as_ref().is_some_and(|w| w.first.is_some());
        let all = self.members.values().all(|m| m.awaiting_join.is_some());
        if self.phase == Phase::Joining
            && !self.deleting
            && !waits_longer
            && all
            && self.expected.is_empty()
        {
            self.complete_join(cx);
        }
    }

    fn wait_for_joins(&mut self, cx: &mut Cx<'_>, delay: Duration, first: Option<FirstJoin>) {
        let until = cx.at(delay);
        self.join_wait = Some(JoinWait { until, first });
        cx.schedule(until, Timer::Phase(self.key.clone()));
    }

    fn join_wait_over(&mut self, cx: &mut Cx<'_>) {
        let first = self.join_wait.take().and_then(|w| w.first);
        if let Some(FirstJoin { remaining, grew: true }) = first
            && !remaining.is_zero()
        {
            let delay = cx.settings.initial_rebalance_delay.min(remaining);
            let remaining = remaining.saturating_sub(delay);
            return self.wait_for_joins(cx, delay, Some(FirstJoin { remaining, grew: false }));
        }
        self.complete_join(cx);
    }

    fn complete_join(&mut self, cx: &mut Cx<'_>) {
        self.join_wait = None;
        let is_gone = |m: &Member| m.awaiting_join.is_none();
        let gone: Vec<Text> = self
            .members
            .iter()
            .filter(|(_, m)| is_gone(m) && m.instance_id.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        for id in gone {
            self.remove_member(cx, &id, GroupError::UnknownMemberId);
        }
        if self.members.is_empty() {
            return self.become_empty(cx);
        }
        let leader = self.leader.as_ref().and_then(|id| self.members.get(id));
        if leader.is_none_or(is_gone) {
            let Some(here) = self.oldest_member(|m| !is_gone(m)) else {
                // Only static members that are away: they keep their place until their session ends.
                return self.wait_for_joins(cx, self.rebalance_timeout(), None);
            };
            self.leader = Some(here);
        }
        self.start_generation(cx);
    }

    fn become_empty(&mut self, cx: &mut Cx<'_>) {
        self.advance_generation();
        self.protocol = None;
        self.leader = None;
        self.empty_since = cx.now.mono;
        self.enter(Phase::Empty, cx.now);
        self.store(cx, None);
    }

    fn start_generation(&mut self, cx: &mut Cx<'_>) {
        self.advance_generation();
        self.protocol = self.elect_protocol();
        self.enter(Phase::Syncing, cx.now);
        let ids: Vec<Text> = self.by_age().into_iter().map(|(id, _)| id.clone()).collect();
        for id in &ids {
            let joined = self.joined(id);
            if let Some(member) = self.members.get_mut(id) {
                member.is_new = false;
                member.assignment.clear();
                if let Some(token) = member.awaiting_join.take() {
                    let response = JoinResponse { member_id: id.clone(), result: Ok(joined) };
                    cx.answer(token, Response::Join(response));
                }
            }
            self.touch(cx, id);
        }
        self.unsynced = ids.into_iter().collect();
        let until = cx.at(self.rebalance_timeout());
        self.sync_until = Some(until);
        cx.schedule(until, Timer::Phase(self.key.clone()));
    }

    fn advance_generation(&mut self) {
        self.generation = self.next_generation;
        self.next_generation = self.generation.wrapping_add(1).max(1);
    }

    /// Members that joined and then never asked for their work are gone.
    fn sync_wait_over(&mut self, cx: &mut Cx<'_>) {
        self.sync_until = None;
        let late = std::mem::take(&mut self.unsynced);
        if late.is_empty() {
            return;
        }
        for id in &late {
            self.remove_member(cx, id, GroupError::UnknownMemberId);
        }
        self.members_left(cx);
    }

    fn oldest_member(&self, keep: impl Fn(&Member) -> bool) -> Option<Text> {
        let kept = self.members.iter().filter(|(_, m)| keep(m));
        kept.min_by_key(|(_, m)| m.seq).map(|(id, _)| id.clone())
    }
}
