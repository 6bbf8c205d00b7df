use std::path::{Path, PathBuf};
use std::sync::Arc;

use common_seams::{Rng, SeededRng};
use parking_lot::Mutex;

/// Whether the disk keeps what it said it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// A sync that returned is on the medium.
    Honest,
    /// A planted bug: every third sync returns without having been done.
    Lying,
}

/// What of a step is done when the power goes in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The power stays on.
    None,
    /// Nothing was done.
    Before,
    /// Written, and perhaps on the medium, perhaps not.
    Between,
    /// Done, but nobody was told.
    After,
}

/// A run of bytes in a file that was written and not synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsynced {
    pub(crate) path: PathBuf,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// The power supply of one incarnation. Steps that change the disk count down to the cut.
#[derive(Debug)]
pub(crate) struct Power {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: SeededRng,
    /// Steps until the cut; none when it never comes.
    steps: Option<u64>,
    off: bool,
    unsynced: Vec<Unsynced>,
}

impl Power {
    /// `unsynced` is what an earlier incarnation wrote, and only the page cache has.
    pub(crate) fn new(seed: u64, steps: Option<u64>, unsynced: Vec<Unsynced>) -> Arc<Self> {
        let rng = SeededRng::new(seed);
        Arc::new(Self { state: Mutex::new(State { rng, steps, off: false, unsynced }) })
    }

    /// Counts one step; none when the power is off already.
    pub(crate) fn step(&self) -> Option<Cut> {
        let mut state = self.state.lock();
        if state.off {
            return None;
        }
        let Some(steps) = state.steps.as_mut() else { return Some(Cut::None) };
        if *steps > 0 {
            *steps -= 1;
            return Some(Cut::None);
        }
        state.off = true;
        Some(match state.rng.below(3) {
            0 => Cut::Before,
            1 => Cut::Between,
            _ => Cut::After,
        })
    }

    pub(crate) fn wrote(&self, unsynced: Unsynced) {
        self.state.lock().unsynced.push(unsynced);
    }

    pub(crate) fn synced(&self, path: &Path) {
        self.state.lock().unsynced.retain(|run| run.path != path);
    }

    /// What the medium may have lost.
    pub(crate) fn take_unsynced(&self) -> Vec<Unsynced> {
        std::mem::take(&mut self.state.lock().unsynced)
    }

    /// Turns the power off after so many steps more.
    pub(crate) fn cut_within(&self, steps: u64) {
        self.state.lock().steps = Some(steps);
    }

    /// Turns the power off now.
    pub(crate) fn cut(&self) {
        self.state.lock().off = true;
    }

    pub(crate) fn is_off(&self) -> bool {
        self.state.lock().off
    }
}

/// The words of every error after the cut.
pub(crate) const OFF: &str = "the power is off";
