//! Whom to fence.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use storage::meta::EpochState;

use super::decide::{Alarm, Situation};

/// Why a broker is fenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its connection ended, and nobody listens at its address.
    Gone,
    /// Nothing was heard of it.
    Silent,
    /// Its bytes wait for a store that serves others.
    Stuck,
    /// Two machines claim to be it.
    Twin,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "its process is gone",
            Self::Silent => "it was silent for too long",
            Self::Stuck => "its writes wait for a store that serves others",
            Self::Twin => "it runs twice, as a machine does that was copied",
        })
    }
}

/// Who is fenced now, and what is remarkable.
pub(super) fn detect(s: &Situation<'_>) -> (BTreeMap<u64, Why>, Vec<Alarm>) {
    let active = s.state.epochs().iter().filter(|(_, state)| **state == EpochState::Active);
    // The controller does not doubt itself: if it is ill, it cannot commit.
    let others: Vec<u64> = active.map(|(epoch, _)| *epoch).filter(|e| *e != s.me).collect();
    let mut fences = BTreeMap::new();
    for epoch in &others {
        if s.liveness.is_gone(*epoch) {
            fences.insert(*epoch, Why::Gone);
        } else if s.liveness.is_twin(*epoch) {
            fences.insert(*epoch, Why::Twin);
        }
    }
    let left: Vec<u64> = others.into_iter().filter(|e| !fences.contains_key(e)).collect();
    let (stuck, mut alarms) = stuck(s, &left);
    fences.extend(stuck.map(|epoch| (epoch, Why::Stuck)));
    let rested = |at: Duration| s.now >= at + s.settings.silence_fence_interval;
    match silent_together(s, &left) {
        Some((epochs, since)) if s.now < since + s.settings.silent_together_pause => {
            alarms.push(Alarm::SilentTogether(epochs));
        }
        Some(_) | None if s.liveness.last_silence_fence().is_none_or(rested) => {
            let silent = |e: &&u64| s.liveness.silent_for(**e, s.now) >= s.settings.silence;
            // The one that was silent longest.
            let longest = left.iter().filter(silent).min_by_key(|e| s.liveness.heard_at(**e));
            fences.extend(longest.map(|epoch| (*epoch, Why::Silent)));
        }
        Some(_) | None => {}
    }
    (fences, alarms)
}

/// Those that went quiet together, and since when they are too many. Half of the time to a fence is
/// enough to be counted, or the first of them would be fenced before the others are noticed.
fn silent_together(s: &Situation<'_>, left: &[u64]) -> Option<(Vec<u64>, Duration)> {
    let quiet_after = s.settings.silence / 2;
    let mut quiet: Vec<(Duration, u64)> = left
        .iter()
        .map(|e| (s.liveness.heard_at(*e) + quiet_after, *e))
        .filter(|(since, _)| *since <= s.now)
        .collect();
    quiet.sort_unstable();
    let all = left.len() + 1;
    let too_many = |n: usize| {
        n >= s.settings.silent_together_min as usize
            && n * 100 > all * s.settings.silent_together_percent as usize
    };
    let first = (1..=quiet.len()).find(|n| too_many(*n))?;
    let since = quiet[first - 1].0;
    Some((quiet.into_iter().map(|(_, epoch)| epoch).collect(), since))
}

/// The broker whose bytes wait, when others progress. When many wait it is the store that is ill.
///
/// A store that falls ill or recovers does so for one broker after the other: the pause before an attempt
/// is as long as the patience here. So what others show counts only when they have gone on for longer.
fn stuck(s: &Situation<'_>, left: &[u64]) -> (impl Iterator<Item = u64> + use<>, Vec<Alarm>) {
    let limit = s.settings.stuck;
    let waits = |epoch: u64| {
        let beat = s.liveness.last_beat(epoch);
        beat.is_some_and(|b| Duration::from_millis(b.oldest_unacked_ms) > limit)
    };
    let everybody: Vec<u64> = left.iter().copied().chain([s.me]).collect();
    let stuck: Vec<u64> = everybody.iter().copied().filter(|e| waits(*e)).collect();
    let goes_on = |epoch: u64| {
        s.liveness.progressed(epoch, limit / 2, s.now)
            && s.liveness.flows_for(epoch, s.now) >= limit * 2
    };
    let others_go_on = everybody.iter().any(|e| !waits(*e) && goes_on(*e));
    let alarm = || vec![Alarm::StoreIll(stuck.clone())];
    match stuck.as_slice() {
        [] => (None.into_iter(), Vec::new()),
        [one] if *one != s.me && others_go_on => (Some(*one).into_iter(), Vec::new()),
        _ => (None.into_iter(), alarm()),
    }
}
