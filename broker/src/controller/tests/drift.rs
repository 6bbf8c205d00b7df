//! Random lives of a cell: whatever happens in whatever order, it ends in order.

use common_seams::{Rng as _, SeededRng};

use super::super::*;
use super::world::{World, secs};

const SEEDS: u64 = 200;
const EVENTS: usize = 60;

struct Life {
    world: World,
    rng: SeededRng,
    born: u64,
}

impl Life {
    fn pick(&self, from: Vec<u64>) -> Option<u64> {
        let n = u64::try_from(from.len()).unwrap();
        let index = usize::try_from(self.rng.below(n.max(1))).unwrap();
        from.get(index).copied()
    }

    fn others(&self) -> Vec<u64> {
        let active = |e: &u64| self.world.is_active(*e) && *e != self.world.me;
        self.world.beating.iter().copied().filter(active).collect()
    }

    fn event(&mut self) {
        let world = &mut self.world;
        match self.rng.below(10) {
            0 if self.born < 12 => {
                self.born += 1;
                world.join(self.born);
            }
            1 => {
                if let Some(epoch) = self.pick(self.others()) {
                    self.world.kill(epoch);
                }
            }
            2 => {
                if let Some(epoch) = self.pick(self.others()) {
                    self.world.drain(epoch);
                }
            }
            // Silent, and perhaps back again.
            3 => {
                if let Some(epoch) = self.pick(self.others()) {
                    self.world.beating.remove(&epoch);
                }
            }
            // Another broker becomes the controller and knows nothing.
            4 => {
                if let Some(epoch) = self.pick(self.others()) {
                    self.world.me = epoch;
                    self.world.liveness = Liveness::new(self.world.now);
                    self.world.movement = Movement::default();
                    self.world.loads = Loads::default();
                }
            }
            5 => {
                world.complete_moves();
            }
            // The controller dies in the middle of what it decided.
            6 => {
                let decision = world.decide();
                let all = u64::try_from(decision.actions.len()).unwrap();
                let some = usize::try_from(self.rng.below(all + 1)).unwrap();
                for action in &decision.actions[..some] {
                    self.world.commit(*action);
                }
            }
            _ => {
                let time = secs(1 + self.rng.below(5));
                self.checked_pass(time);
            }
        }
    }

    fn checked_pass(&mut self, time: std::time::Duration) {
        for decision in self.world.pass(time) {
            for action in &decision.actions {
                if let Action::Fence { epoch, .. } = action {
                    assert!(!self.world.beating.contains(epoch), "{epoch} beats and is fenced");
                }
            }
        }
        assert!(self.world.moving().len() <= 16);
        let to_the_leaving = |row: &storage::meta::PgRow| {
            let to = row.moving.map(|m| m.to);
            to.is_some_and(|to| self.world.state.brokers()[&to].draining)
        };
        assert!(!self.world.state.pgs().values().any(to_the_leaving));
    }

    /// Nothing happens any more, and leaders hand over what they are told to.
    fn settle(&mut self) {
        for _ in 0..600 {
            self.checked_pass(secs(1));
            self.world.complete_moves();
        }
        let world = &self.world;
        let silent = |e: &u64| world.is_active(*e) && *e != world.me && !world.beating.contains(e);
        assert_eq!(world.state.epochs().keys().filter(|e| silent(e)).count(), 0);
        let stays: Vec<u64> =
            world.state.brokers().values().filter(|b| !b.draining).map(|b| b.epoch).collect();
        let led = world.led();
        assert_eq!(led.values().sum::<usize>(), world.groups as usize);
        if stays.is_empty() {
            assert!(led.keys().all(|e| world.is_active(*e)));
            return;
        }
        assert!(led.keys().all(|e| stays.contains(e)), "{led:?} {stays:?}");
        let of = |e: &u64| led.get(e).copied().unwrap_or(0);
        let (least, most) = (stays.iter().map(of).min(), stays.iter().map(of).max());
        assert!(most.unwrap() - least.unwrap() <= 1, "{led:?} {stays:?}");
    }
}

#[test]
fn whatever_happens_the_cell_ends_even_and_led() {
    for seed in 0..SEEDS {
        let mut life = Life { world: World::new(3, 24), rng: SeededRng::new(seed), born: 3 };
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            (0..EVENTS).for_each(|_| life.event());
            life.settle();
        }));
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
