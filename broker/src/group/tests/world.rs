//! A coordinator with its log and clock, as a broker would hold them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_seams::SeededRng;
use common_types::TenantId;
use uuid::Uuid;

use crate::group::*;

pub(super) const WALL_MS: i64 = 1_700_000_000_000;

pub(super) struct World {
    pub(super) groups: GroupCoordinator,
    pub(super) settings: GroupSettings,
    pub(super) mono: Duration,
    pub(super) next_token: Token,
    /// Answers not looked at yet, in order.
    pub(super) answers: VecDeque<(Token, Response)>,
    /// How often each token was answered.
    pub(super) answered: BTreeMap<Token, usize>,
    pub(super) in_flight: VecDeque<Append>,
    /// What is durable.
    pub(super) log: Vec<Record>,
    seed: u64,
}

impl World {
    pub(super) fn new(settings: GroupSettings) -> Self {
        Self {
            groups: GroupCoordinator::new(settings.clone(), Arc::new(SeededRng::new(7))),
            settings,
            mono: Duration::from_secs(1000),
            next_token: 0,
            answers: VecDeque::new(),
            answered: BTreeMap::new(),
            in_flight: VecDeque::new(),
            log: Vec::new(),
            seed: 7,
        }
    }

    pub(super) fn now(&self) -> Now {
        let ms = i64::try_from(self.mono.as_millis()).unwrap();
        Now { mono: self.mono, wall_ms: WALL_MS + ms }
    }

    pub(super) fn ask(
        &mut self,
        question: impl FnOnce(&mut GroupCoordinator, Now, Token) -> Effects,
    ) -> Token {
        self.next_token += 1;
        let (now, token) = (self.now(), self.next_token);
        let effects = question(&mut self.groups, now, token);
        self.take(effects);
        token
    }

    pub(super) fn take(&mut self, effects: Effects) {
        for (token, _) in &effects.responses {
            *self.answered.entry(*token).or_default() += 1;
        }
        self.answers.extend(effects.responses);
        self.in_flight.extend(effects.appends);
    }

    /// Makes the next `count` appends durable, with one call for all of them.
    pub(super) fn sync_log(&mut self, count: usize) {
        let done: Vec<Append> = self.in_flight.drain(..count.min(self.in_flight.len())).collect();
        let Some(last) = done.last().map(|a| a.id) else { return };
        self.log.extend(done.into_iter().flat_map(|a| a.records));
        let effects = self.groups.on_durable(self.now(), last);
        self.take(effects);
    }

    pub(super) fn fail_append(&mut self, failure: AppendFailure) {
        let Some(append) = self.in_flight.pop_front() else { return };
        let effects = self.groups.on_append_failed(self.now(), append.id, failure);
        self.take(effects);
    }

    /// Lets time pass, stopping at every deadline.
    pub(super) fn wait(&mut self, time: Duration, sync: bool) {
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

    /// The broker dies; another one loads what is durable.
    pub(super) fn restart(&mut self) {
        self.in_flight.clear();
        self.groups = self.loaded();
    }

    pub(super) fn loaded(&mut self) -> GroupCoordinator {
        self.seed += 1;
        let rng = Arc::new(SeededRng::new(self.seed));
        GroupCoordinator::load(self.settings.clone(), rng, self.now(), self.log.clone()).unwrap()
    }
}

pub(super) fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

pub(super) fn topic_id(name: &str) -> Uuid {
    Uuid::from_u128(name.bytes().fold(1, |sum, b| sum * 251 + u128::from(b)))
}

/// A consumer's subscription to `topics`.
pub(super) fn subscription(topics: &[&str]) -> Bytes {
    let mut bytes = vec![0, 0];
    bytes.extend(u32::try_from(topics.len()).unwrap().to_be_bytes());
    for topic in topics {
        bytes.extend(u16::try_from(topic.len()).unwrap().to_be_bytes());
        bytes.extend(topic.as_bytes());
    }
    bytes.into()
}
