use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::GroupError;
use super::cx::Cx;
use super::effects::{GroupKey, Now, Text};
use super::member::Member;
use super::message::{JoinMember, JoinedGroup, Protocol};
use super::offsets::Offsets;
use super::record::GroupValue;
use super::timers::Timer;

/// The kind of group that consumers form.
pub(super) const CONSUMER: &str = "consumer";

/// Clients may ask for no rebalance time-out at all. Without a least one no member could ever answer in
/// time, and waiting for static members that are away would never let a tick end.
const REBALANCE_TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// Where a group is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Empty,
    Joining,
    Syncing,
    Stable,
}

/// The wait for members to join.
#[derive(Debug)]
pub(super) struct JoinWait {
    pub(super) until: Duration,
    /// For the first generation after an empty group: how much longer the wait may be prolonged.
    pub(super) first: Option<FirstJoin>,
}

#[derive(Debug)]
pub(super) struct FirstJoin {
    pub(super) remaining: Duration,
    /// A member came during the wait.
    pub(super) grew: bool,
}

/// One group: its members, its generation and its committed offsets.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) key: GroupKey,
    pub(super) phase: Phase,
    pub(super) generation: i32,
    pub(super) next_generation: i32,
    pub(super) protocol_type: Option<Text>,
    pub(super) protocol: Option<Text>,
    pub(super) leader: Option<Text>,
    pub(super) members: BTreeMap<Text, Member>,
    /// Static members: instance id to member id.
    pub(super) instances: BTreeMap<Text, Text>,
    /// Ids handed out to members that have not joined yet, with the running time they lapse at.
    pub(super) expected: BTreeMap<Text, Duration>,
    /// Members of the generation that have not asked for their work.
    pub(super) unsynced: BTreeSet<Text>,
    pub(super) join_wait: Option<JoinWait>,
    pub(super) sync_until: Option<Duration>,
    /// The generation whose assignment is on its way into the log.
    pub(super) syncing: Option<i32>,
    pub(super) next_seq: u64,
    pub(super) empty_since: Duration,
    pub(super) phase_ms: i64,
    pub(super) offsets: Offsets,
    /// The generation as the log has it.
    pub(super) stored: Option<GroupValue>,
    /// Appends that are not durable yet.
    pub(super) in_flight: usize,
    /// The deletion is on its way into the log.
    pub(super) deleting: bool,
}

impl Group {
    pub(super) fn new(key: GroupKey, now: Now) -> Self {
        Self {
            key,
            phase: Phase::Empty,
            generation: 0,
            next_generation: 1,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            expected: BTreeMap::new(),
            unsynced: BTreeSet::new(),
            join_wait: None,
            sync_until: None,
            syncing: None,
            next_seq: 0,
            empty_since: now.mono,
            phase_ms: now.wall_ms,
            offsets: Offsets::default(),
            stored: None,
            in_flight: 0,
            deleting: false,
        }
    }

    /// Nothing of it is worth keeping, in memory or in the log.
    pub(super) fn is_vacant(&self) -> bool {
        self.members.is_empty()
            && self.expected.is_empty()
            && self.phase == Phase::Empty
            && self.stored.is_none()
            && self.in_flight == 0
            && self.offsets.is_empty()
    }

    pub(super) fn enter(&mut self, phase: Phase, now: Now) {
        self.phase = phase;
        self.phase_ms = now.wall_ms;
    }

    /// Checks that `member_id` is in the group and is the newest user of its instance id.
    pub(super) fn check_member(
        &self,
        member_id: &str,
        instance_id: Option<&str>,
    ) -> Result<(), GroupError> {
        if let Some(instance) = instance_id {
            match self.instances.get(instance) {
                None => return Err(GroupError::UnknownMemberId),
                Some(id) if &**id != member_id => return Err(GroupError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(GroupError::UnknownMemberId) }
    }

    /// Whether a member with these protocols can be in the group, `except` not counted.
    pub(super) fn is_compatible(
        &self,
        protocol_type: &str,
        protocols: &[Protocol],
        except: Option<&str>,
    ) -> bool {
        if protocol_type.is_empty() || protocols.is_empty() {
            return false;
        }
        if self.members.is_empty() {
            return true;
        }
        let others = || self.members.iter().filter(|(id, _)| Some(&***id) != except);
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|p| others().all(|(_, m)| m.supports(&p.name)))
    }

    /// The protocol that all support and most put first; the leader's order settles a tie.
    pub(super) fn elect_protocol(&self) -> Option<Text> {
        let leader = self.leader.as_ref().and_then(|id| self.members.get(id))?;
        let shared = |p: &&Protocol| self.members.values().all(|m| m.supports(&p.name));
        let candidates: Vec<&Text> =
            leader.protocols.iter().filter(shared).map(|p| &p.name).collect();
        let vote = |m: &Member| {
            m.protocols.iter().find(|p| candidates.contains(&&p.name)).map(|p| p.name.clone())
        };
        let votes: Vec<Text> = self.members.values().filter_map(vote).collect();
        let count = |name: &Text| votes.iter().filter(|v| *v == name).count();
        candidates.into_iter().rev().max_by_key(|name| count(name)).cloned()
    }

    /// The generation as `member_id` may see it: only the leader is told who else is there.
    pub(super) fn joined(&self, member_id: &Text) -> JoinedGroup {
        let is_leader = self.leader.as_ref() == Some(member_id);
        JoinedGroup {
            generation: self.generation,
            protocol_type: self.protocol_type.clone().unwrap_or_else(|| "".into()),
            protocol: self.protocol.clone().unwrap_or_else(|| "".into()),
            leader: self.leader.clone().unwrap_or_else(|| "".into()),
            skip_assignment: false,
            members: if is_leader { self.all_members() } else { Vec::new() },
        }
    }

    fn all_members(&self) -> Vec<JoinMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let told = |(id, m): (&Text, &Member)| JoinMember {
            member_id: id.clone(),
            instance_id: m.instance_id.clone(),
            metadata: m.metadata(protocol),
        };
        self.by_age().into_iter().map(told).collect()
    }

    /// The members, oldest first.
    pub(super) fn by_age(&self) -> Vec<(&Text, &Member)> {
        let mut all: Vec<_> = self.members.iter().collect();
        all.sort_by_key(|(_, m)| m.seq);
        all
    }

    /// The longest a rebalance may wait: the longest that any member asked for.
    pub(super) fn rebalance_timeout(&self) -> Duration {
        let asked = self.members.values().map(Member::rebalance_timeout).max();
        asked.unwrap_or_default().max(REBALANCE_TIMEOUT_MIN)
    }

    pub(super) fn next_seq(&mut self) -> u64 {
        self.next_seq += 1;
        self.next_seq
    }

    /// Starts the session of a member anew.
    pub(super) fn touch(&mut self, cx: &mut Cx<'_>, member_id: &Text) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        let timeout =
            if member.is_new { cx.settings.new_member_timeout } else { member.session_timeout() };
        member.deadline = cx.at(timeout);
        // PERF: a heartbeat only moves the deadline; the entry that exists fires and looks again.
        if member.timer_at.is_none_or(|at| at > member.deadline) {
            member.timer_at = Some(member.deadline);
            cx.schedule(member.deadline, Timer::Member(self.key.clone(), member_id.clone()));
        }
    }
}
