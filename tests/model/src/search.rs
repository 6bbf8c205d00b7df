use std::hash::Hash;
use std::time::Duration;

use common_seams::{Clock, SystemClock};
use stateright::{Checker, HasDiscoveries, Model};

use crate::bug::Bug;
use crate::segments::Segments;
use crate::wal::Wal;
use crate::world::{Kind, World};

/// What the search of one world brought.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Different states that were met.
    pub states: usize,
    pub depth: usize,
    pub took: Duration,
    /// Rules that are broken, each with the steps that break it.
    pub broken: Vec<(&'static str, Vec<String>)>,
    /// What must be possible and was not met.
    pub unreached: Vec<&'static str>,
}

/// Searches a world with at most one bug in it, to its end, to the first broken rule, or to `depth` steps.
#[must_use]
pub fn search(world: &World, bug: Option<Bug>, depth: Option<usize>) -> Outcome {
    match world.kind {
        Kind::Wal(config) => breadth_first(Wal { config: *config, bug }, depth),
        Kind::Segments => breadth_first(Segments { bug }, depth),
    }
}

fn breadth_first<M>(model: M, depth: Option<usize>) -> Outcome
where
    M: Model + Send + Sync + 'static,
    M::State: Hash + Send + Sync + Clone + PartialEq + 'static,
    M::Action: Clone + PartialEq + std::fmt::Debug,
{
    let start = SystemClock.mono();
    let mut checker = model.checker().finish_when(HasDiscoveries::AnyFailures);
    if let Some(depth) = depth {
        checker = checker.target_max_depth(depth);
    }
    let checker = checker.spawn_bfs().join();
    let took = SystemClock.mono().saturating_sub(start);
    let discoveries = checker.discoveries();
    let mut outcome = Outcome {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        took,
        broken: Vec::new(),
        unreached: Vec::new(),
    };
    for property in checker.model().properties() {
        match discoveries.get(property.name) {
            Some(path) if property.expectation.discovery_is_failure() => {
                let steps = path.clone().into_actions();
                let steps = steps.iter().map(|step| format!("{step:?}")).collect();
                outcome.broken.push((property.name, steps));
            }
            None if !property.expectation.discovery_is_failure() => {
                outcome.unreached.push(property.name);
            }
            Some(_) | None => {}
        }
    }
    outcome
}
