//! Runs a scenario: lines that start with `>` are commands, the others what they print.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;

use super::world::{World, subscription, tenant, topic_id};
use crate::group::*;

#[derive(Default, Clone)]
struct Known {
    id: MemberId,
    instance: Option<Text>,
    generation: i32,
}

#[derive(Clone)]
struct MemberId(Text);

impl Default for MemberId {
    fn default() -> Self {
        Self("".into())
    }
}

pub(super) struct Script {
    world: World,
    known: BTreeMap<String, Known>,
    labels: BTreeMap<Text, String>,
    asked: BTreeMap<Token, String>,
    auto: bool,
    key: GroupKey,
    out: String,
}

impl Script {
    pub(super) fn run(text: &str) -> String {
        let settings = GroupSettings {
            offset_metadata_size_max: 8,
            group_size_max: 3,
            offsets_retention: Duration::from_secs(3600),
            ..GroupSettings::default()
        };
        let mut script = Self {
            world: World::new(settings),
            known: BTreeMap::new(),
            labels: BTreeMap::new(),
            asked: BTreeMap::new(),
            auto: true,
            key: GroupKey { tenant: tenant("lkc-1"), group: "g".into() },
            out: String::new(),
        };
        for line in text.lines().filter(|l| l.is_empty() || l.starts_with(['>', '#'])) {
            script.out.push_str(line);
            script.out.push('\n');
            if let Some(command) = line.strip_prefix('>') {
                script.command(command.trim());
            }
        }
        script.out
    }

    fn command(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let args = Args(&words[1..]);
        match words[0] {
            "join" => self.join(&args),
            "sync" => self.sync(&args),
            "beat" => self.beat(&args),
            "leave" => self.leave(&args),
            "commit" => self.commit(&args),
            "fetch" => self.fetch(&args),
            "delete-offsets" => self.delete_offsets(&args),
            "delete" => {
                let key = self.key.clone();
                let token = self.world.ask(|g, now, t| g.delete_group(now, &key, t));
                self.asked.insert(token, "delete".into());
            }
            "forget-topic" => {
                let id = topic_id(args.0[0]);
                let (owner, now) = (self.key.tenant, self.world.now());
                let effects = self.world.groups.forget_topic(now, owner, id);
                self.world.take(effects);
            }
            "forget-tenant" => {
                let (owner, now) = (self.key.tenant, self.world.now());
                let effects = self.world.groups.forget_tenant(now, owner);
                self.world.take(effects);
            }
            "resign" => {
                let effects = self.world.groups.resign(self.world.now());
                self.world.take(effects);
            }
            "wait" => {
                let time = Duration::from_millis(args.0[0].parse().unwrap());
                self.world.wait(time, self.auto);
            }
            "log" => self.auto = args.0[0] == "auto",
            "durable" => self.world.sync_log(usize::MAX),
            "fail" => self.world.fail_append(AppendFailure::Unavailable),
            "too-large" => self.world.fail_append(AppendFailure::TooLarge),
            "restart" => {
                self.asked.clear();
                self.world.restart();
            }
            "tenant" => self.key.tenant = tenant(args.0[0]),
            "group" => self.key.group = args.0.first().copied().unwrap_or_default().into(),
            "describe" => self.describe(),
            "list" => {
                for g in self.world.groups.list(self.key.tenant) {
                    let state = g.state.as_str();
                    writeln!(self.out, "  {} type={} {state}", g.group, g.protocol_type).unwrap();
                }
            }
            other => panic!("unknown command {other}"),
        }
        while self.auto && !self.world.in_flight.is_empty() {
            self.world.sync_log(1);
        }
        self.print_answers();
    }

    fn join(&mut self, args: &Args<'_>) {
        let label = args.0[0].to_owned();
        let known = self.known.entry(label.clone()).or_default();
        let instance = args.get("static").map(Text::from);
        known.instance.clone_from(&instance);
        let version: i16 = args.number("v", 9);
        let topics: Vec<&str> = args.get("topics").unwrap_or("orders").split(',').collect();
        let protocols = args.get("protocols").unwrap_or("range").split(',');
        let request = JoinRequest {
            key: self.key.clone(),
            member_id: args.get("id").map_or_else(|| known.id.0.clone(), Text::from),
            instance_id: instance,
            client_id: label.as_str().into(),
            client_host: "/127.0.0.1".into(),
            session_timeout_ms: args.number("session", 10_000),
            rebalance_timeout_ms: args.number("rebalance", 60_000),
            protocol_type: args.get("type").unwrap_or("consumer").into(),
            protocols: protocols
                .filter(|p| !p.is_empty())
                .map(|p| Protocol { name: p.into(), metadata: subscription(&topics) })
                .collect(),
            require_member_id: version >= 4,
            knows_skip_assignment: version >= 9,
        };
        let token = self.world.ask(|g, now, t| g.join(now, &request, t));
        self.asked.insert(token, label);
    }

    fn sync(&mut self, args: &Args<'_>) {
        let known = self.known(args.0[0]);
        let shares = args.0[1..].iter().filter(|w| !w.starts_with('@'));
        let share = |word: &&str| {
            let (label, work) = word.split_once('=').unwrap();
            (self.known(label).id.0, Bytes::copy_from_slice(work.as_bytes()))
        };
        let request = SyncRequest {
            key: self.key.clone(),
            generation: args.number("@gen", known.generation),
            member_id: known.id.0,
            instance_id: known.instance,
            protocol_type: Some("consumer".into()),
            protocol: args.get("@protocol").map(Text::from),
            assignments: shares.map(share).collect(),
        };
        let token = self.world.ask(|g, now, t| g.sync(now, &request, t));
        self.asked.insert(token, args.0[0].to_owned());
    }

    fn beat(&mut self, args: &Args<'_>) {
        let known = self.known(args.0[0]);
        let request = HeartbeatRequest {
            key: self.key.clone(),
            generation: args.number("gen", known.generation),
            member_id: known.id.0,
            instance_id: known.instance,
        };
        let token = self.world.ask(|g, now, t| g.heartbeat(now, &request, t));
        self.asked.insert(token, args.0[0].to_owned());
    }

    fn leave(&mut self, args: &Args<'_>) {
        let member = |word: &&str| match word.strip_prefix("static=") {
            Some(i) => LeaveMember { member_id: "".into(), instance_id: Some(i.into()) },
            None => {
                let known = self.known(word);
                LeaveMember { member_id: known.id.0, instance_id: known.instance }
            }
        };
        let members = args.0.iter().map(member).collect();
        let request = LeaveRequest { key: self.key.clone(), members };
        let token = self.world.ask(|g, now, t| g.leave(now, &request, t));
        self.asked.insert(token, "leave".into());
    }

    fn commit(&mut self, args: &Args<'_>) {
        let alone = Known { generation: -1, ..Known::default() };
        let known = if args.0[0] == "-" { alone } else { self.known(args.0[0]) };
        let name = args.get("as").unwrap_or("orders");
        let offsets = args.0[1..].iter().filter_map(|w| w.split_once('='));
        let partition = |(p, offset): (&str, &str)| {
            Some(CommitPartition {
                partition: p.parse().ok()?,
                offset: offset.parse().unwrap(),
                leader_epoch: 3,
                metadata: args.get("note").unwrap_or_default().into(),
                refused: args.get("refuse").map(|_| GroupError::UnknownTopicOrPartition),
            })
        };
        let topic = CommitTopic {
            name: "orders".into(),
            id: topic_id(name),
            partitions: offsets.filter_map(partition).collect(),
        };
        let request = CommitRequest {
            key: self.key.clone(),
            generation: args.number("gen", known.generation),
            member_id: known.id.0,
            instance_id: known.instance,
            topics: vec![topic],
        };
        let token = self.world.ask(|g, now, t| g.commit(now, &request, t));
        self.asked.insert(token, "commit".into());
    }

    fn fetch(&mut self, args: &Args<'_>) {
        let found = if args.0[0] == "all" {
            self.world.groups.fetch_all(&self.key)
        } else {
            let id = Some(topic_id(args.get("as").unwrap_or("orders")));
            let partitions = args.0.iter().filter_map(|w| w.parse().ok()).collect();
            let topic = FetchTopic { name: "orders".into(), id, partitions };
            self.world.groups.fetch(&self.key, &[topic])
        };
        for topic in found {
            for o in topic.offsets {
                let (name, p, note) = (&topic.name, o.partition, &o.metadata);
                writeln!(self.out, "  {name}-{p} at {} {note}", o.offset).unwrap();
            }
        }
    }

    fn delete_offsets(&mut self, args: &Args<'_>) {
        let partitions = args.0.iter().map(|w| (w.parse().unwrap(), None)).collect();
        let topics = vec![DeleteOffsetsTopic { name: "orders".into(), partitions }];
        let request = DeleteOffsetsRequest { key: self.key.clone(), topics };
        let token = self.world.ask(|g, now, t| g.delete_offsets(now, &request, t));
        self.asked.insert(token, "delete-offsets".into());
    }

    fn describe(&mut self) {
        let Some(group) = self.world.groups.describe(&self.key) else {
            return self.out.push_str("  no group\n");
        };
        let state = group.state.as_str();
        writeln!(self.out, "  {state} type={} protocol={}", group.protocol_type, group.protocol)
            .unwrap();
        for m in group.members {
            let label = self.label(&m.member_id);
            let work = String::from_utf8_lossy(&m.assignment).into_owned();
            writeln!(self.out, "  member {label} client={} work={work}", m.client_id).unwrap();
        }
    }

    fn print_answers(&mut self) {
        for (token, response) in self.world.answers.clone() {
            if let (Response::Join(r), Some(label)) = (response, self.asked.get(&token).cloned())
                && (r.result.is_ok() || r.result == Err(GroupError::MemberIdRequired))
            {
                self.learn(&label, &r.member_id);
            }
        }
        while let Some((token, response)) = self.world.answers.pop_front() {
            let label = self.asked.remove(&token).unwrap_or_else(|| "?".into());
            let text = match response {
                Response::Join(r) => self.joined(&label, r),
                Response::Sync(Ok(a)) => {
                    format!("works on [{}]", String::from_utf8_lossy(&a.assignment))
                }
                Response::Sync(Err(e)) => format!("sync refused: {e:?}"),
                Response::Heartbeat(r) => format!("heartbeat {r:?}"),
                Response::Leave(Ok(members)) => {
                    let results: Vec<_> = members.into_iter().map(|m| m.result).collect();
                    format!("{results:?}")
                }
                Response::Leave(Err(e)) => format!("refused: {e:?}"),
                Response::Commit(r) => results(&r.topics),
                Response::DeleteOffsets(Ok(topics)) => results(&topics),
                Response::DeleteOffsets(Err(e)) => format!("refused: {e:?}"),
                Response::DeleteGroup(r) => format!("{r:?}"),
            };
            writeln!(self.out, "  {label}: {text}").unwrap();
        }
    }

    fn joined(&mut self, label: &str, response: JoinResponse) -> String {
        match response.result {
            Err(GroupError::MemberIdRequired) => "join again with your id".into(),
            Err(e) => format!("join refused: {e:?}"),
            Ok(group) => {
                if let Some(known) = self.known.get_mut(label) {
                    known.generation = group.generation;
                }
                let members: Vec<String> =
                    group.members.iter().map(|m| self.label(&m.member_id)).collect();
                let leader = self.label(&group.leader);
                let skip = if group.skip_assignment { " skip-assignment" } else { "" };
                let (generation, protocol) = (group.generation, &group.protocol);
                let mut sorted = members;
                sorted.sort();
                let members = sorted.join(",");
                format!(
                    "generation {generation} protocol={protocol} leader={leader} \
                     members=[{members}]{skip}"
                )
            }
        }
    }

    fn learn(&mut self, label: &str, id: &Text) {
        self.known.entry(label.to_owned()).or_default().id = MemberId(id.clone());
        self.labels.insert(id.clone(), label.to_owned());
    }

    fn known(&self, label: &str) -> Known {
        self.known.get(label).cloned().unwrap_or_default()
    }

    fn label(&self, id: &Text) -> String {
        self.labels.get(id).cloned().unwrap_or_else(|| "?".into())
    }
}

fn results(topics: &[TopicResults]) -> String {
    let all = topics.iter().flat_map(|t| &t.partitions);
    let one = |p: &CommitResult| match p.result {
        Ok(()) => format!("{} ok", p.partition),
        Err(e) => format!("{} {e:?}", p.partition),
    };
    all.map(one).collect::<Vec<_>>().join(", ")
}

struct Args<'a>(&'a [&'a str]);

impl<'a> Args<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find_map(|w| w.strip_prefix(name)?.strip_prefix('='))
    }

    fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> T {
        self.get(name).and_then(|v| v.parse().ok()).unwrap_or(default)
    }
}
