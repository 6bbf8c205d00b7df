use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use broker::group::*;
use bytes::Bytes;
use common_seams::{Rng as _, SeededRng};
use uuid::Uuid;

use super::fingerprint::fingerprint;
use crate::target::Target;

/// Steps of one run.
const STEPS_MAX: usize = 300;

pub(super) fn targets() -> Vec<Target> {
    vec![Target { name: "group-coordinator", seeds, decode: run }]
}

/// Every string of bytes stands for steps.
fn seeds() -> Vec<Vec<u8>> {
    let rng = SeededRng::new(11);
    let seed = |size: usize| {
        let mut bytes = vec![0; size];
        rng.fill(&mut bytes);
        bytes
    };
    (1..=64).map(|n| seed(n * 16)).collect()
}

#[derive(Debug, Arbitrary)]
enum Step {
    Join { who: Who, times: (i32, i32), protocols: Vec<(Name, Vec<u8>)>, version: u8 },
    Sync { who: Who, generation: Generation, shares: Vec<(u8, Vec<u8>)> },
    Beat { who: Who, generation: Generation },
    Leave { who: Vec<Who>, group: u8 },
    Commit { who: Who, generation: Generation, topic: u8, partitions: Vec<(i32, i64, i32)> },
    DeleteOffsets { group: u8, partitions: Vec<i32> },
    DeleteGroup { group: u8 },
    ForgetTopic { topic: u8 },
    ForgetTenant { group: u8 },
    Durable { count: u8 },
    Fail { too_large: bool },
    Wait { ms: u32 },
    Restart,
    Resign,
}

#[derive(Debug, Arbitrary)]
struct Who {
    client: u8,
    group: u8,
    forget_id: bool,
    is_static: bool,
}

#[derive(Debug, Arbitrary)]
enum Generation {
    Known,
    Any(i32),
}

#[derive(Debug, Arbitrary)]
enum Name {
    Range,
    Sticky,
    Any(String),
}

#[derive(Default)]
struct Client {
    member_id: Option<Text>,
    generation: i32,
}

struct World {
    groups: GroupCoordinator,
    mono: Duration,
    token: Token,
    /// How often each token was answered.
    answered: BTreeMap<Token, u32>,
    /// The last token that died with a broker.
    lost: Token,
    asked: BTreeMap<Token, u8>,
    clients: BTreeMap<u8, Client>,
    in_flight: VecDeque<Append>,
    log: Vec<Record>,
    /// Kinds of answers, with their errors.
    behaviour: BTreeSet<(&'static str, i16)>,
}

/// Runs the steps in `data`: each question is answered exactly once, and the log gives the state.
fn run(data: &[u8]) -> u64 {
    let Ok(steps) = Vec::<Step>::arbitrary_take_rest(Unstructured::new(data)) else {
        return fingerprint("no steps");
    };
    let mut world = World {
        groups: GroupCoordinator::new(settings(), rng(1)),
        mono: Duration::from_secs(5),
        token: 0,
        answered: BTreeMap::new(),
        lost: 0,
        asked: BTreeMap::new(),
        clients: BTreeMap::new(),
        in_flight: VecDeque::new(),
        log: Vec::new(),
        behaviour: BTreeSet::new(),
    };
    for step in steps.into_iter().take(STEPS_MAX) {
        world.step(step);
    }
    world.check_log();
    world.wait(Duration::from_secs(3 * 60 * 60), true);
    let open = (world.lost + 1..=world.token).find(|t| world.answered.get(t) != Some(&1));
    assert_eq!(open, None, "a question was not answered once");
    world.check_log();
    fingerprint(world.behaviour)
}

fn settings() -> GroupSettings {
    GroupSettings {
        group_size_max: 5,
        offsets_retention: Duration::from_secs(900),
        ..GroupSettings::default()
    }
}

fn rng(seed: u64) -> Arc<SeededRng> {
    Arc::new(SeededRng::new(seed))
}

fn key(group: u8) -> GroupKey {
    let tenant = if group & 1 == 0 { "lkc-1" } else { "lkc-2" };
    let name = if group & 2 == 0 { "g" } else { "h" };
    GroupKey { tenant: tenant.parse().expect("a tenant id"), group: name.into() }
}

impl World {
    fn step(&mut self, step: Step) {
        match step {
            Step::Join { who, times, protocols, version } => {
                self.join(&who, times, protocols, version);
            }
            Step::Sync { who, generation, shares } => self.sync(&who, &generation, shares),
            Step::Beat { who, generation } => {
                let (member_id, generation) = self.member(&who, &generation);
                let request = HeartbeatRequest {
                    key: key(who.group),
                    generation,
                    member_id,
                    instance_id: instance(&who),
                };
                self.ask(who.client, |g, now, t| g.heartbeat(now, &request, t));
            }
            Step::Leave { who, group } => {
                let member = |w: &Who| LeaveMember {
                    member_id: self.member(w, &Generation::Known).0,
                    instance_id: instance(w),
                };
                let members = who.iter().map(member).collect();
                let request = LeaveRequest { key: key(group), members };
                self.ask(0, |g, now, t| g.leave(now, &request, t));
            }
            Step::Commit { who, generation, topic, partitions } => {
                self.commit(&who, &generation, topic, &partitions);
            }
            Step::DeleteOffsets { group, partitions } => {
                let partitions = partitions.into_iter().map(|p| (p, None)).collect();
                let topics = vec![DeleteOffsetsTopic { name: "orders".into(), partitions }];
                let request = DeleteOffsetsRequest { key: key(group), topics };
                self.ask(0, |g, now, t| g.delete_offsets(now, &request, t));
            }
            Step::DeleteGroup { group } => {
                self.ask(0, |g, now, t| g.delete_group(now, &key(group), t));
            }
            Step::ForgetTopic { topic } => {
                let now = self.now();
                let effects = self.groups.forget_topic(now, key(topic).tenant, topic_id(topic));
                self.take(effects);
            }
            Step::ForgetTenant { group } => {
                let now = self.now();
                let effects = self.groups.forget_tenant(now, key(group).tenant);
                self.take(effects);
            }
            Step::Durable { count } => self.sync_log(count.into()),
            Step::Fail { too_large } => self.fail(too_large),
            Step::Wait { ms } => self.wait(Duration::from_millis(u64::from(ms)), false),
            Step::Restart => {
                self.lost = self.token;
                self.in_flight.clear();
                self.groups = self.loaded();
            }
            Step::Resign => {
                let effects = self.groups.resign(self.now());
                self.take(effects);
                self.in_flight.clear();
                self.groups = self.loaded();
            }
        }
    }

    fn join(&mut self, who: &Who, times: (i32, i32), protocols: Vec<(Name, Vec<u8>)>, version: u8) {
        let protocol = |(name, metadata): (Name, Vec<u8>)| Protocol {
            name: match name {
                Name::Range => "range".into(),
                Name::Sticky => "sticky".into(),
                Name::Any(other) => other.into(),
            },
            metadata: metadata.into(),
        };
        let request = JoinRequest {
            key: key(who.group),
            member_id: self.member(who, &Generation::Known).0,
            instance_id: instance(who),
            client_id: "client".into(),
            client_host: "/127.0.0.1".into(),
            // Most of all times are refused as they are; half of them are made to fit.
            session_timeout_ms: if version & 64 == 0 { 10_000 } else { times.0 },
            rebalance_timeout_ms: times.1.min(3_600_000),
            protocol_type: if version & 128 == 0 { "consumer" } else { "connect" }.into(),
            protocols: protocols.into_iter().map(protocol).collect(),
            require_member_id: version & 63 >= 4,
            knows_skip_assignment: version & 63 >= 9,
        };
        self.ask(who.client, |g, now, t| g.join(now, &request, t));
    }

    fn sync(&mut self, who: &Who, generation: &Generation, shares: Vec<(u8, Vec<u8>)>) {
        let (member_id, generation) = self.member(who, generation);
        let id = |client: u8| {
            let known = self.clients.get(&(client % 8)).and_then(|c| c.member_id.clone());
            known.unwrap_or_else(|| "nobody".into())
        };
        let request = SyncRequest {
            key: key(who.group),
            generation,
            member_id,
            instance_id: instance(who),
            protocol_type: None,
            protocol: None,
            assignments: shares.into_iter().map(|(c, work)| (id(c), Bytes::from(work))).collect(),
        };
        self.ask(who.client, |g, now, t| g.sync(now, &request, t));
    }

    fn commit(
        &mut self,
        who: &Who,
        generation: &Generation,
        topic: u8,
        partitions: &[(i32, i64, i32)],
    ) {
        let (member_id, generation) = self.member(who, generation);
        let partition = |(partition, offset, leader_epoch): &(i32, i64, i32)| CommitPartition {
            partition: *partition,
            offset: *offset,
            leader_epoch: *leader_epoch,
            metadata: "".into(),
            refused: None,
        };
        let topic = CommitTopic {
            name: "orders".into(),
            id: topic_id(topic),
            partitions: partitions.iter().map(partition).collect(),
        };
        let request = CommitRequest {
            key: key(who.group),
            generation,
            member_id,
            instance_id: instance(who),
            topics: vec![topic],
        };
        self.ask(who.client, |g, now, t| g.commit(now, &request, t));
    }

    fn member(&self, who: &Who, generation: &Generation) -> (Text, i32) {
        let known = self.clients.get(&(who.client % 8)).filter(|_| !who.forget_id);
        let id = known.and_then(|c| c.member_id.clone()).unwrap_or_else(|| "".into());
        let generation = match generation {
            Generation::Known => known.map_or(-1, |c| c.generation),
            Generation::Any(other) => *other,
        };
        (id, generation)
    }

    fn now(&self) -> Now {
        Now { mono: self.mono, wall_ms: 1_700_000_000_000 }
    }

    fn ask(
        &mut self,
        client: u8,
        question: impl FnOnce(&mut GroupCoordinator, Now, Token) -> Effects,
    ) {
        self.token += 1;
        self.asked.insert(self.token, client % 8);
        let (now, token) = (self.now(), self.token);
        let effects = question(&mut self.groups, now, token);
        self.take(effects);
    }

    fn take(&mut self, effects: Effects) {
        for (token, response) in effects.responses {
            *self.answered.entry(token).or_default() += 1;
            assert_eq!(self.answered.get(&token), Some(&1), "answered twice");
            self.behaviour.insert(kind(&response));
            let (Some(client), Response::Join(r)) = (self.asked.remove(&token), response) else {
                continue;
            };
            let generation = r.result.map_or(-1, |g| g.generation);
            self.clients.insert(client, Client { member_id: Some(r.member_id), generation });
        }
        self.in_flight.extend(effects.appends);
    }

    fn sync_log(&mut self, count: usize) {
        let done: Vec<Append> = self.in_flight.drain(..count.min(self.in_flight.len())).collect();
        let Some(last) = done.last().map(|a| a.id) else { return };
        self.log.extend(done.into_iter().flat_map(|a| a.records));
        let effects = self.groups.on_durable(self.now(), last);
        self.take(effects);
    }

    fn fail(&mut self, too_large: bool) {
        let Some(append) = self.in_flight.pop_front() else { return };
        let failure = if too_large { AppendFailure::TooLarge } else { AppendFailure::Unavailable };
        let effects = self.groups.on_append_failed(self.now(), append.id, failure);
        self.take(effects);
    }

    fn wait(&mut self, time: Duration, sync: bool) {
        let end = self.mono + time;
        loop {
            while sync && !self.in_flight.is_empty() {
                self.sync_log(1);
            }
            let Some(at) = self.groups.next_deadline().filter(|at| *at <= end) else { break };
            self.mono = self.mono.max(at);
            let effects = self.groups.tick(self.now());
            self.take(effects);
        }
        self.mono = end;
    }

    fn loaded(&self) -> GroupCoordinator {
        let records = self.log.iter().cloned();
        let seed = 1 + u64::try_from(records.len()).unwrap_or(0);
        GroupCoordinator::load(settings(), rng(seed), self.now(), records)
            .expect("the coordinator can read what it wrote")
    }

    fn check_log(&self) {
        assert_eq!(self.loaded().snapshot(), self.groups.snapshot());
    }
}

fn instance(who: &Who) -> Option<Text> {
    who.is_static.then(|| format!("static-{}", who.client % 3).into())
}

fn topic_id(topic: u8) -> Uuid {
    Uuid::from_u128(u128::from(topic % 2) + 10)
}

/// What was asked, and the number of its error.
fn kind(response: &Response) -> (&'static str, i16) {
    let code = |error: Option<GroupError>| error.map_or(0, GroupError::code);
    let worst = |topics: &[TopicResults]| {
        code(topics.iter().flat_map(|t| &t.partitions).find_map(|p| p.result.err()))
    };
    match response {
        Response::Join(r) => ("join", code(r.result.as_ref().err().copied())),
        Response::Sync(r) => ("sync", code(r.as_ref().err().copied())),
        Response::Heartbeat(r) => ("heartbeat", code(r.err())),
        Response::Leave(Ok(all)) => ("leave", code(all.iter().find_map(|m| m.result.err()))),
        Response::Leave(Err(error)) => ("leave", error.code()),
        Response::Commit(r) => ("commit", worst(&r.topics)),
        Response::DeleteOffsets(Ok(topics)) => ("delete-offsets", worst(topics)),
        Response::DeleteOffsets(Err(error)) => ("delete-offsets", error.code()),
        Response::DeleteGroup(r) => ("delete-group", code(r.err())),
    }
}
