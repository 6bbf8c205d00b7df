//! What the controller has heard of the brokers.

use std::collections::BTreeMap;
use std::time::Duration;

use storage::meta::{CellState, EpochState};

use crate::rpc::Beat;

/// The controller looks several times a second. After a longer gap it was asleep itself.
const ASLEEP: Duration = Duration::from_secs(1);

/// Bytes that wait longer than this do not flow.
const HICCUP: Duration = Duration::from_secs(2);

/// One connection of a broker. Later connections have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// What somebody found at the address of a broker that has no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probed {
    /// Nobody listens there, or another incarnation does: it is gone.
    Gone,
    /// It is there, and should connect by itself.
    Here,
    /// Nobody answers.
    Silent,
}

#[derive(Debug, Clone, Default)]
struct Heard {
    session: Option<SessionId>,
    connected: bool,
    /// When it was last heard of.
    at: Duration,
    beat: Beat,
    /// When its slots last became durable.
    progress: Option<Duration>,
    /// Since when its slots become durable without a longer wait.
    flows: Option<Duration>,
    gone: bool,
    /// When somebody last looked at its address.
    probed: Option<Duration>,
    twin: bool,
}

/// What was heard of each broker, and when.
#[derive(Debug, Clone)]
pub struct Liveness {
    began: Duration,
    looked: Duration,
    heard: BTreeMap<u64, Heard>,
    silence_fence: Option<Duration>,
}

impl Liveness {
    /// A controller that begins now has heard of nobody, and gives everybody the time to connect.
    #[must_use]
    pub fn new(now: Duration) -> Self {
        Self { began: now, looked: now, heard: BTreeMap::new(), silence_fence: None }
    }

    /// A broker that this process missed already before it was the controller.
    pub fn was_silent(&mut self, epoch: u64, since: Duration) {
        self.heard.insert(epoch, Heard { at: since, ..Heard::default() });
    }

    /// Looks at the clock. Time in which the controller slept is nobody's silence.
    pub fn look(&mut self, now: Duration) {
        let slept = now.saturating_sub(self.looked);
        self.looked = now;
        if slept < ASLEEP {
            return;
        }
        self.began = now.min(self.began + slept);
        for heard in self.heard.values_mut() {
            heard.at = now.min(heard.at + slept);
        }
    }

    /// Follows who is active. Who is not will not be again.
    pub fn follow(&mut self, state: &CellState, now: Duration) {
        let active = |epoch: &u64| state.epochs().get(epoch) == Some(&EpochState::Active);
        self.heard.retain(|epoch, _| active(epoch));
        for epoch in state.epochs().keys().filter(|e| active(e)) {
            let heard = || Heard { at: now, ..Heard::default() };
            self.heard.entry(*epoch).or_insert_with(heard);
        }
    }

    /// A broker beats. False: nobody knows of it, or it is not active.
    pub fn beat(&mut self, session: SessionId, beat: Beat, now: Duration) -> bool {
        let Some(heard) = self.heard.get_mut(&beat.epoch) else { return false };
        match heard.session {
            // It was on its way while the broker connected again.
            Some(latest) if session < latest => return true,
            Some(_) if beat.counter <= heard.beat.counter => heard.twin = true,
            Some(_) | None => {}
        }
        let goes_on = heard.session.is_some() && beat.progress > heard.beat.progress;
        if goes_on {
            heard.progress = Some(now);
        }
        if Duration::from_millis(beat.oldest_unacked_ms) > HICCUP {
            heard.flows = None;
        } else if goes_on {
            heard.flows.get_or_insert(now);
        }
        heard.session = Some(session);
        heard.connected = true;
        heard.gone = false;
        heard.at = now;
        heard.beat = beat;
        true
    }

    /// A connection has ended.
    pub fn disconnected(&mut self, epoch: u64, session: SessionId) {
        if let Some(heard) = self.heard.get_mut(&epoch)
            && heard.session == Some(session)
        {
            heard.connected = false;
            heard.probed = None;
        }
    }

    /// Epochs without a connection that nobody looked for within `interval`. They count as looked for
    /// from now on.
    pub fn to_probe(&mut self, interval: Duration, now: Duration) -> Vec<u64> {
        let lost = self.heard.iter_mut().filter(|(_, h)| !h.connected && !h.gone);
        let due = lost.filter(|(_, h)| h.probed.is_none_or(|at| now >= at + interval));
        due.map(|(epoch, heard)| {
            heard.probed = Some(now);
            *epoch
        })
        .collect()
    }

    /// What was found at the address of a broker.
    pub fn probed(&mut self, epoch: u64, found: Probed) {
        if let Some(heard) = self.heard.get_mut(&epoch) {
            // It may have connected meanwhile, and then it is there.
            heard.gone = found == Probed::Gone && !heard.connected;
        }
    }

    /// Somebody was fenced because it was silent.
    pub fn fenced_for_silence(&mut self, now: Duration) {
        self.silence_fence = Some(now);
    }

    /// When somebody was last fenced because it was silent.
    pub(super) fn last_silence_fence(&self) -> Option<Duration> {
        self.silence_fence
    }

    /// When a broker was last heard of, or could have been.
    pub(super) fn heard_at(&self, epoch: u64) -> Duration {
        self.heard.get(&epoch).map_or(self.began, |h| h.at)
    }

    /// How long a broker has been silent.
    pub(super) fn silent_for(&self, epoch: u64, now: Duration) -> Duration {
        now.saturating_sub(self.heard_at(epoch))
    }

    /// Whether a broker has a connection.
    pub(super) fn is_connected(&self, epoch: u64) -> bool {
        self.heard.get(&epoch).is_some_and(|h| h.connected)
    }

    /// Whether the process of a broker is known to be gone.
    pub(super) fn is_gone(&self, epoch: u64) -> bool {
        self.heard.get(&epoch).is_some_and(|h| h.gone)
    }

    /// Whether two machines beat as one broker.
    pub(super) fn is_twin(&self, epoch: u64) -> bool {
        self.heard.get(&epoch).is_some_and(|h| h.twin)
    }

    /// The last beat of a broker.
    pub(super) fn last_beat(&self, epoch: u64) -> Option<&Beat> {
        self.heard.get(&epoch).filter(|h| h.session.is_some()).map(|h| &h.beat)
    }

    /// For how long slots of a broker have become durable without a longer wait.
    pub(super) fn flows_for(&self, epoch: u64, now: Duration) -> Duration {
        let since = self.heard.get(&epoch).and_then(|h| h.flows);
        since.map_or(Duration::ZERO, |since| now.saturating_sub(since))
    }

    /// Whether slots of a broker became durable within `window`.
    pub(super) fn progressed(&self, epoch: u64, window: Duration, now: Duration) -> bool {
        let at = self.heard.get(&epoch).and_then(|h| h.progress);
        at.is_some_and(|at| now.saturating_sub(at) <= window)
    }
}
