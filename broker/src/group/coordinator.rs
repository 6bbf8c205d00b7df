use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use common_seams::Rng;
use common_types::TenantId;
use uuid::Uuid;

use super::GroupError;
use super::cx::Cx;
use super::effects::{AppendFailure, AppendId, Effects, GroupKey, Now, Response, Text, Token};
use super::group_state::Group;
use super::journal::{Journal, Pending};
use super::message::{
    CommitRequest, CommitResponse, DeleteOffsetsRequest, DescribedGroup, FetchTopic, FetchedOffset,
    FetchedTopic, HeartbeatRequest, JoinRequest, JoinResponse, LeaveRequest, LeaveResult,
    ListedGroup, SyncRequest,
};
use super::settings::GroupSettings;
use super::timers::{Timer, Timers};

/// The groups of one coordinator slot.
#[derive(Debug)]
pub struct GroupCoordinator {
    settings: GroupSettings,
    rng: Arc<dyn Rng>,
    groups: BTreeMap<GroupKey, Group>,
    timers: Timers,
    journal: Journal,
    /// When offsets are looked through next; set while there are groups.
    next_expiry: Option<Duration>,
}

impl GroupCoordinator {
    /// A slot without groups.
    #[must_use]
    pub fn new(settings: GroupSettings, rng: Arc<dyn Rng>) -> Self {
        Self {
            settings,
            rng,
            groups: BTreeMap::new(),
            timers: Timers::default(),
            journal: Journal::default(),
            next_expiry: None,
        }
    }

    /// A member wants to be in the next generation. Answered with [`Response::Join`].
    pub fn join(&mut self, now: Now, request: &JoinRequest, token: Token) -> Effects {
        let refuse = |error| {
            let member_id = request.member_id.clone();
            let response = JoinResponse { member_id, result: Err(error) };
            Effects::answer(token, Response::Join(response))
        };
        if let Err(error) = self.settings.check_join(request) {
            return refuse(error);
        }
        if !request.member_id.is_empty() && !self.groups.contains_key(&request.key) {
            return refuse(GroupError::UnknownMemberId);
        }
        self.with_group(now, &request.key, |group, cx| group.join(cx, request, token))
    }

    /// A member asks for its work. Answered with [`Response::Sync`].
    pub fn sync(&mut self, now: Now, request: &SyncRequest, token: Token) -> Effects {
        if let Some(error) = self.absent_member(&request.key) {
            return Effects::answer(token, Response::Sync(Err(error)));
        }
        self.with_group(now, &request.key, |group, cx| group.sync(cx, request, token))
    }

    /// A member is alive. Answered at once with [`Response::Heartbeat`].
    pub fn heartbeat(&mut self, now: Now, request: &HeartbeatRequest, token: Token) -> Effects {
        if let Some(error) = self.absent_member(&request.key) {
            return Effects::answer(token, Response::Heartbeat(Err(error)));
        }
        self.with_group(now, &request.key, |group, cx| {
            let result = group.heartbeat(cx, request);
            cx.answer(token, Response::Heartbeat(result));
        })
    }

    /// Members leave. Answered at once with [`Response::Leave`].
    pub fn leave(&mut self, now: Now, request: &LeaveRequest, token: Token) -> Effects {
        if let Some(error) = self.absent_member(&request.key) {
            let response = if error == GroupError::UnknownMemberId {
                let unknown = |m| LeaveResult { member: m, result: Err(error) };
                Ok(request.members.iter().cloned().map(unknown).collect())
            } else {
                Err(error)
            };
            return Effects::answer(token, Response::Leave(response));
        }
        self.with_group(now, &request.key, |group, cx| {
            let response = group.leave(cx, request);
            cx.answer(token, Response::Leave(response));
        })
    }

    /// A client stores offsets. Answered with [`Response::Commit`] once they are durable.
    pub fn commit(&mut self, now: Now, request: &CommitRequest, token: Token) -> Effects {
        let absent = self.absent(&request.key, GroupError::GroupIdNotFound);
        let alone = absent == Some(GroupError::GroupIdNotFound) && request.generation < 0;
        if let Some(error) = absent.filter(|_| !alone) {
            let response = Response::Commit(CommitResponse::refused(request, error));
            return Effects::answer(token, response);
        }
        self.with_group(now, &request.key, |group, cx| group.commit(cx, request, token))
    }

    /// An operator removes offsets. Answered with [`Response::DeleteOffsets`] once that is durable.
    pub fn delete_offsets(
        &mut self,
        now: Now,
        request: &DeleteOffsetsRequest,
        token: Token,
    ) -> Effects {
        if let Some(error) = self.absent(&request.key, GroupError::GroupIdNotFound) {
            return Effects::answer(token, Response::DeleteOffsets(Err(error)));
        }
        self.with_group(now, &request.key, |group, cx| group.delete_offsets(cx, request, token))
    }

    /// An operator deletes a group. Answered with [`Response::DeleteGroup`] once that is durable.
    pub fn delete_group(&mut self, now: Now, key: &GroupKey, token: Token) -> Effects {
        let absent = self.absent(key, GroupError::GroupIdNotFound);
        let refused = absent.or_else(|| self.groups.get(key)?.check_delete().err());
        if let Some(error) = refused {
            return Effects::answer(token, Response::DeleteGroup(Err(error)));
        }
        let reply = Some((token, Response::DeleteGroup(Ok(()))));
        self.with_group(now, key, |group, cx| group.delete(cx, reply))
    }

    /// The committed offsets of the given partitions; -1 where there is none.
    #[must_use]
    pub fn fetch(&self, key: &GroupKey, topics: &[FetchTopic]) -> Vec<FetchedTopic> {
        let nothing = |t: &FetchTopic| FetchedTopic {
            name: t.name.clone(),
            id: t.id,
            offsets: t.partitions.iter().map(|p| FetchedOffset::none(*p)).collect(),
        };
        match self.groups.get(key) {
            Some(group) => group.fetch(topics),
            None => topics.iter().map(nothing).collect(),
        }
    }

    /// All committed offsets of a group. The caller leaves out topics that are gone.
    #[must_use]
    pub fn fetch_all(&self, key: &GroupKey) -> Vec<FetchedTopic> {
        self.groups.get(key).map(Group::fetch_all).unwrap_or_default()
    }

    /// All about one group, if there is one.
    #[must_use]
    pub fn describe(&self, key: &GroupKey) -> Option<DescribedGroup> {
        self.groups.get(key).map(Group::describe)
    }

    /// The groups of a tenant in this slot, by name.
    #[must_use]
    pub fn list(&self, tenant: TenantId) -> Vec<ListedGroup> {
        let first = GroupKey { tenant, group: Text::from("") };
        let of_tenant = self.groups.range(first..).take_while(|(key, _)| key.tenant == tenant);
        of_tenant.map(|(_, group)| group.list()).collect()
    }

    /// Everything up to and including append `id` is durable.
    pub fn on_durable(&mut self, now: Now, id: AppendId) -> Effects {
        let pending = self.journal.take_through(id);
        self.resolve(now, pending, |group, cx, pending| group.settle(cx, pending))
    }

    /// Append `id` was not written and will not be.
    pub fn on_append_failed(&mut self, now: Now, id: AppendId, failure: AppendFailure) -> Effects {
        let pending = self.journal.take(id).into_iter().collect();
        self.resolve(now, pending, |group, cx, pending| {
            group.give_up(cx, pending, failure);
            true
        })
    }

    /// When [`Self::tick`] has something to do, as running time.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        self.timers.next().into_iter().chain(self.next_expiry).min()
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Now) -> Effects {
        let mut effects = Effects::default();
        while let Some(timer) = self.timers.pop_due(now.mono) {
            let (Timer::Phase(key) | Timer::Member(key, _)) = &timer;
            let key = key.clone();
            if !self.groups.contains_key(&key) {
                continue;
            }
            effects.extend(self.with_group(now, &key, |group, cx| match &timer {
                Timer::Phase(_) => group.phase_timer(cx),
                Timer::Member(_, id) => group.member_timer(cx, id),
            }));
        }
        if self.next_expiry.is_some_and(|at| at <= now.mono) {
            self.next_expiry = None;
            for key in self.groups.keys().cloned().collect::<Vec<_>>() {
                effects.extend(self.with_group(now, &key, Group::expire));
            }
            self.plan_expiry(now);
        }
        effects
    }

    /// Drops the offsets of a deleted topic in all groups of its tenant.
    pub fn forget_topic(&mut self, now: Now, tenant: TenantId, topic_id: Uuid) -> Effects {
        let mut effects = Effects::default();
        for key in self.keys_of(tenant) {
            effects.extend(self.with_group(now, &key, |group, cx| {
                group.forget_topic(cx, topic_id);
            }));
        }
        effects
    }

    /// Deletes all groups of a deleted tenant, with members or not.
    pub fn forget_tenant(&mut self, now: Now, tenant: TenantId) -> Effects {
        let mut effects = Effects::default();
        for key in self.keys_of(tenant) {
            effects.extend(self.with_group(now, &key, |group, cx| {
                group.dismiss(cx, GroupError::CoordinatorNotAvailable);
                if !group.deleting {
                    group.delete(cx, None);
                }
            }));
        }
        effects
    }

    /// Gives the slot up: every open question is answered with `NotCoordinator`, nothing is left.
    pub fn resign(&mut self, now: Now) -> Effects {
        let pending = self.journal.take_all();
        let mut groups = std::mem::take(&mut self.groups);
        self.timers = Timers::default();
        self.next_expiry = None;
        self.with_cx(now, |cx| {
            for (token, response) in pending.into_iter().filter_map(|p| p.reply) {
                cx.answer(token, response.failed(AppendFailure::NotLeader));
            }
            for group in groups.values_mut() {
                group.dismiss(cx, GroupError::NotCoordinator);
            }
        })
    }

    pub(super) fn all_groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub(super) fn adopt(&mut self, now: Now, key: GroupKey, group: Group) {
        self.groups.insert(key, group);
        self.plan_expiry(now);
    }

    pub(super) fn with_cx(&mut self, now: Now, run: impl FnOnce(&mut Cx<'_>)) -> Effects {
        let mut cx = Cx {
            now,
            settings: &self.settings,
            rng: &*self.rng,
            timers: &mut self.timers,
            journal: &mut self.journal,
            effects: Effects::default(),
        };
        run(&mut cx);
        cx.effects
    }

    /// Runs `run` on a group, which is made if there is none, and drops it when nothing of it is left.
    fn with_group(
        &mut self,
        now: Now,
        key: &GroupKey,
        run: impl FnOnce(&mut Group, &mut Cx<'_>),
    ) -> Effects {
        let mut group = self.groups.remove(key).unwrap_or_else(|| Group::new(key.clone(), now));
        let effects = self.with_cx(now, |cx| run(&mut group, cx));
        if !group.is_vacant() {
            self.groups.insert(key.clone(), group);
            self.plan_expiry(now);
        }
        effects
    }

    fn resolve(
        &mut self,
        now: Now,
        pending: Vec<Pending>,
        finish: impl Fn(&mut Group, &mut Cx<'_>, Pending) -> bool,
    ) -> Effects {
        let mut effects = Effects::default();
        for pending in pending {
            let key = pending.key.clone();
            let mut exists = true;
            effects.extend(self.with_group(now, &key, |group, cx| {
                exists = finish(group, cx, pending);
            }));
            if !exists {
                self.groups.remove(&key);
            }
        }
        effects
    }

    /// Why a request about `key` cannot be served: `missing` when there is no such group.
    ///
    /// The empty group id is an ordinary name here: Kafka lets old clients store offsets under it.
    fn absent(&self, key: &GroupKey, missing: GroupError) -> Option<GroupError> {
        if key.group.len() > GroupSettings::NAME_SIZE_MAX {
            return Some(GroupError::InvalidGroupId);
        }
        (!self.groups.contains_key(key)).then_some(missing)
    }

    /// As [`Self::absent`] for requests of members, which need a name.
    fn absent_member(&self, key: &GroupKey) -> Option<GroupError> {
        if key.group.is_empty() {
            return Some(GroupError::InvalidGroupId);
        }
        self.absent(key, GroupError::UnknownMemberId)
    }

    fn keys_of(&self, tenant: TenantId) -> Vec<GroupKey> {
        self.groups.keys().filter(|key| key.tenant == tenant).cloned().collect()
    }

    fn plan_expiry(&mut self, now: Now) {
        if self.next_expiry.is_none() && !self.groups.is_empty() {
            let interval = self.settings.offsets_retention_check_interval;
            self.next_expiry = Some(now.mono.saturating_add(interval));
        }
    }
}
