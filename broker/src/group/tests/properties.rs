//! Random runs of clients that behave, lag, die and come back, over a log that lags and fails.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::world::{World, subscription, tenant, topic_id};
use crate::group::*;

const PARTITIONS: usize = 6;
const TENANTS: [&str; 2] = ["lkc-1", "lkc-2"];

#[derive(Debug, Clone)]
enum Step {
    Join {
        client: usize,
    },
    JoinOtherProtocol {
        client: usize,
    },
    Sync {
        client: usize,
    },
    Beat {
        client: usize,
    },
    Leave {
        client: usize,
    },
    /// A new process of the same (possibly static) client, which knows nothing.
    Replace {
        client: usize,
    },
    Commit {
        client: usize,
        partition: i32,
        recreated: bool,
    },
    CommitAlone {
        tenant: usize,
        partition: i32,
    },
    DeleteOffset {
        tenant: usize,
        partition: i32,
    },
    DeleteGroup {
        tenant: usize,
    },
    ForgetTopic {
        tenant: usize,
        recreated: bool,
    },
    Durable {
        count: usize,
    },
    Fail,
    Wait {
        ms: u64,
    },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let client = || 0..8_usize;
    let owner = || 0..TENANTS.len();
    prop_oneof![
        8 => client().prop_map(|client| Step::Join { client }),
        1 => client().prop_map(|client| Step::JoinOtherProtocol { client }),
        8 => client().prop_map(|client| Step::Sync { client }),
        4 => client().prop_map(|client| Step::Beat { client }),
        1 => client().prop_map(|client| Step::Leave { client }),
        2 => client().prop_map(|client| Step::Replace { client }),
        6 => (client(), 0..3, any::<bool>())
            .prop_map(|(client, partition, recreated)| Step::Commit { client, partition, recreated }),
        2 => (owner(), 0..3).prop_map(|(tenant, partition)| Step::CommitAlone { tenant, partition }),
        1 => (owner(), 0..3).prop_map(|(tenant, partition)| Step::DeleteOffset { tenant, partition }),
        1 => owner().prop_map(|tenant| Step::DeleteGroup { tenant }),
        1 => (owner(), any::<bool>())
            .prop_map(|(tenant, recreated)| Step::ForgetTopic { tenant, recreated }),
        8 => (1..4_usize).prop_map(|count| Step::Durable { count }),
        1 => Just(Step::Fail),
        4 => (0..8_000_u64).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Restart),
    ]
}

#[derive(Debug, Clone)]
struct Client {
    key: GroupKey,
    instance_id: Option<Text>,
    member_id: Text,
    generation: i32,
    /// As leader: who has to be given work.
    members: Vec<Text>,
}

/// The clients of two tenants, all in groups of one name.
struct Run {
    world: World,
    clients: Vec<Client>,
    asked: BTreeMap<Token, usize>,
    /// Deletions of groups that were asked for.
    deleting: BTreeMap<Token, GroupKey>,
    /// Tokens that died with a broker.
    lost: BTreeSet<Token>,
    /// Work told, by tenant and generation: partition to instance or member.
    told: BTreeMap<(GroupKey, i32), BTreeMap<u8, Text>>,
    last_offset: i64,
}

impl Run {
    fn new() -> Self {
        let settings = GroupSettings {
            initial_rebalance_delay: Duration::from_secs(1),
            offsets_retention: Duration::from_secs(120),
            offsets_retention_check_interval: Duration::from_secs(60),
            ..GroupSettings::default()
        };
        let client = |n: usize| Client {
            key: GroupKey { tenant: tenant(TENANTS[n % 2]), group: "g".into() },
            instance_id: (n < 4).then(|| format!("static-{}", n / 2).into()),
            member_id: "".into(),
            generation: -1,
            members: Vec::new(),
        };
        Self {
            world: World::new(settings),
            clients: (0..8).map(client).collect(),
            asked: BTreeMap::new(),
            deleting: BTreeMap::new(),
            lost: BTreeSet::new(),
            told: BTreeMap::new(),
            last_offset: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Join { client } => self.join(*client, "range"),
            Step::JoinOtherProtocol { client } => self.join(*client, "sticky"),
            Step::Sync { client } => self.sync(*client),
            Step::Beat { client } => {
                let c = self.clients[*client].clone();
                let request = HeartbeatRequest {
                    key: c.key,
                    generation: c.generation,
                    member_id: c.member_id,
                    instance_id: c.instance_id,
                };
                self.ask(*client, |g, now, t| g.heartbeat(now, &request, t));
            }
            Step::Leave { client } => {
                let c = self.clients[*client].clone();
                let member = LeaveMember { member_id: c.member_id, instance_id: c.instance_id };
                let request = LeaveRequest { key: c.key, members: vec![member] };
                self.ask(*client, |g, now, t| g.leave(now, &request, t));
            }
            Step::Replace { client } => {
                self.asked.retain(|_, c| c != client);
                let c = &mut self.clients[*client];
                (c.member_id, c.generation, c.members) = ("".into(), -1, Vec::new());
            }
            Step::Commit { client, partition, recreated } => {
                let c = self.clients[*client].clone();
                self.commit(Some(c.clone()), &c.key, *partition, *recreated);
            }
            Step::CommitAlone { tenant, partition } => {
                let key = self.clients[*tenant].key.clone();
                self.commit(None, &key, *partition, false);
            }
            Step::DeleteOffset { tenant, partition } => {
                let partitions = vec![(*partition, None)];
                let topics = vec![DeleteOffsetsTopic { name: "orders".into(), partitions }];
                let request =
                    DeleteOffsetsRequest { key: self.clients[*tenant].key.clone(), topics };
                self.world.ask(|g, now, t| g.delete_offsets(now, &request, t));
            }
            Step::DeleteGroup { tenant } => {
                let key = self.clients[*tenant].key.clone();
                let token = self.world.ask(|g, now, t| g.delete_group(now, &key, t));
                self.deleting.insert(token, key);
            }
            Step::ForgetTopic { tenant, recreated } => {
                let (now, id) = (self.world.now(), topic_id(topic_name(*recreated)));
                let owner = self.clients[*tenant].key.tenant;
                let effects = self.world.groups.forget_topic(now, owner, id);
                self.world.take(effects);
            }
            Step::Durable { count } => self.world.sync_log(*count),
            Step::Fail => self.world.fail_append(AppendFailure::Unavailable),
            Step::Wait { ms } => self.world.wait(Duration::from_millis(*ms), false),
            Step::Restart => {
                let all = 1..=self.world.next_token;
                let open = all.filter(|t| !self.world.answered.contains_key(t));
                self.lost.extend(open);
                self.world.restart();
            }
        }
        self.learn();
    }

    fn ask(
        &mut self,
        client: usize,
        question: impl FnOnce(&mut GroupCoordinator, Now, Token) -> Effects,
    ) {
        let token = self.world.ask(question);
        self.asked.insert(token, client);
    }

    fn join(&mut self, client: usize, first_protocol: &str) {
        let c = self.clients[client].clone();
        let protocol =
            |name: &str| Protocol { name: name.into(), metadata: subscription(&["orders"]) };
        let request = JoinRequest {
            key: c.key,
            member_id: c.member_id,
            instance_id: c.instance_id,
            client_id: "client".into(),
            client_host: "/127.0.0.1".into(),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 15_000,
            protocol_type: "consumer".into(),
            protocols: vec![protocol(first_protocol), protocol("both")],
            require_member_id: client.is_multiple_of(3),
            knows_skip_assignment: client.is_multiple_of(2),
        };
        self.ask(client, |g, now, t| g.join(now, &request, t));
    }

    /// The leader deals the partitions out in turn, as every assignor does in one way or another.
    fn sync(&mut self, client: usize) {
        let c = self.clients[client].clone();
        let share = |(n, id): (usize, &Text)| {
            let mine = (n..PARTITIONS).step_by(c.members.len());
            (id.clone(), mine.map(|p| u8::try_from(p).unwrap()).collect::<Bytes>())
        };
        let assignments = c.members.iter().enumerate().map(share).collect();
        let request = SyncRequest {
            key: c.key,
            generation: c.generation,
            member_id: c.member_id,
            instance_id: c.instance_id,
            protocol_type: None,
            protocol: None,
            assignments,
        };
        self.ask(client, |g, now, t| g.sync(now, &request, t));
    }

    fn commit(&mut self, member: Option<Client>, key: &GroupKey, partition: i32, again: bool) {
        self.last_offset += 1;
        let offset = CommitPartition {
            partition,
            offset: self.last_offset,
            leader_epoch: 0,
            metadata: "".into(),
            refused: None,
        };
        let topic = CommitTopic {
            name: "orders".into(),
            id: topic_id(topic_name(again)),
            partitions: vec![offset],
        };
        let request = CommitRequest {
            key: key.clone(),
            generation: member.as_ref().map_or(-1, |c| c.generation),
            member_id: member.as_ref().map_or_else(|| "".into(), |c| c.member_id.clone()),
            instance_id: member.and_then(|c| c.instance_id),
            topics: vec![topic],
        };
        self.world.ask(|g, now, t| g.commit(now, &request, t));
    }

    fn learn(&mut self) {
        while let Some((token, response)) = self.world.answers.pop_front() {
            if let Some(key) = self.deleting.remove(&token)
                && response == Response::DeleteGroup(Ok(()))
            {
                // The group that comes after it counts its generations anew, as in Kafka.
                self.told.retain(|(group, _), _| *group != key);
            }
            let Some(client) = self.asked.remove(&token) else { continue };
            let c = &mut self.clients[client];
            match response {
                Response::Join(JoinResponse { member_id, result: Ok(group) }) => {
                    c.member_id = member_id;
                    c.generation = group.generation;
                    let ids = group.members.into_iter().map(|m| m.member_id);
                    c.members = if group.skip_assignment { Vec::new() } else { ids.collect() };
                }
                Response::Join(r) => {
                    let keeps = matches!(
                        r.result,
                        Err(GroupError::MemberIdRequired | GroupError::RebalanceInProgress)
                    );
                    c.member_id = if keeps { r.member_id } else { "".into() };
                }
                Response::Sync(Ok(assigned)) => {
                    let owner = c.instance_id.clone().unwrap_or_else(|| c.member_id.clone());
                    let told = self.told.entry((c.key.clone(), c.generation)).or_default();
                    for partition in assigned.assignment {
                        let other = told.insert(partition, owner.clone());
                        assert!(
                            other.as_ref().is_none_or(|o| *o == owner),
                            "{partition} belongs to {other:?} and {owner} in generation {}",
                            c.generation
                        );
                    }
                }
                Response::Sync(Err(_))
                | Response::Heartbeat(_)
                | Response::Leave(_)
                | Response::Commit(_)
                | Response::DeleteOffsets(_)
                | Response::DeleteGroup(_) => {}
            }
        }
    }
}

fn topic_name(again: bool) -> &'static str {
    if again { "orders-again" } else { "orders" }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_question_is_answered_once(steps in prop::collection::vec(step(), 1..120)) {
        let mut run = Run::new();
        for step in &steps {
            run.step(step);
            prop_assert!(run.world.answered.values().all(|n| *n == 1), "answered twice");
        }
        // Without new questions every wait ends: sessions and rebalances time out.
        run.world.wait(Duration::from_secs(600), true);
        run.learn();
        for token in 1..=run.world.next_token {
            let answers = run.world.answered.get(&token).copied().unwrap_or(0);
            let expected = usize::from(!run.lost.contains(&token));
            prop_assert_eq!(answers, expected, "token {}", token);
        }
    }

    #[test]
    fn log_and_snapshot_give_the_same_state(steps in prop::collection::vec(step(), 1..120)) {
        let mut run = Run::new();
        for step in &steps {
            run.step(step);
            let snapshot = run.world.groups.snapshot();
            let from_log = run.world.loaded().snapshot();
            prop_assert_eq!(&from_log, &snapshot);
            run.world.log = snapshot.clone();
            let from_snapshot = run.world.loaded().snapshot();
            prop_assert_eq!(&from_snapshot, &snapshot);
        }
    }

    #[test]
    fn committed_offsets_never_go_back(steps in prop::collection::vec(step(), 1..120)) {
        let mut run = Run::new();
        let mut seen: BTreeMap<(GroupKey, Text, i32), (uuid::Uuid, i64)> = BTreeMap::new();
        for step in &steps {
            run.step(step);
            for key in [run.clients[0].key.clone(), run.clients[1].key.clone()] {
                for topic in run.world.groups.fetch_all(&key) {
                    let id = topic.id.expect("a stored offset has a topic");
                    for o in topic.offsets {
                        let place = (key.clone(), topic.name.clone(), o.partition);
                        let older = seen.insert(place, (id, o.offset));
                        // Every commit of this run is larger than the one before.
                        prop_assert!(older.is_none_or(|(was, at)| was != id || at <= o.offset));
                    }
                }
            }
        }
    }

    #[test]
    fn tenants_do_not_change_one_another(steps in prop::collection::vec(step(), 1..120)) {
        let of_first = |step: &Step| match step {
            Step::Join { client }
            | Step::JoinOtherProtocol { client }
            | Step::Sync { client }
            | Step::Beat { client }
            | Step::Leave { client }
            | Step::Replace { client }
            | Step::Commit { client, .. } => client % 2 == 0,
            Step::CommitAlone { tenant, .. }
            | Step::DeleteOffset { tenant, .. }
            | Step::DeleteGroup { tenant }
            | Step::ForgetTopic { tenant, .. } => *tenant == 0,
            Step::Durable { .. } | Step::Fail | Step::Wait { .. } | Step::Restart => true,
        };
        // All appends become durable at once: two tenants share one log and its failures.
        let mut both = Run::new();
        let mut alone = Run::new();
        for step in steps.iter().filter(|s| !matches!(s, Step::Fail)) {
            for (run, follows) in [(&mut both, true), (&mut alone, of_first(step))] {
                if follows {
                    run.step(step);
                }
                while !run.world.in_flight.is_empty() {
                    run.world.sync_log(1);
                }
                run.learn();
            }
        }
        let key = both.clients[0].key.clone();
        let view = |run: &Run| {
            let groups = &run.world.groups;
            let state = groups.describe(&key).map(|g| (g.state, g.members.len()));
            let offsets: Vec<i32> = groups
                .fetch_all(&key)
                .into_iter()
                .flat_map(|t| t.offsets.into_iter().map(|o| o.partition))
                .collect();
            (state, groups.list(key.tenant).len(), offsets)
        };
        prop_assert_eq!(view(&both), view(&alone));
    }
}
