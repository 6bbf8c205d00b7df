use std::sync::Arc;
use std::time::Duration;

use common_seams::Rng as _;
use storage_testkit::Faults;

use super::process::Process;
use super::town::Town;
use crate::cord::Process as Condition;

/// What the outside does to a cell of several.
impl Town {
    /// One thing that goes wrong, or that somebody wants.
    pub(super) async fn happen(self: &Arc<Self>) {
        let Some(one) = self.any() else { return };
        match self.rng.below(10) {
            0 | 1 => self.kill(&one),
            2 => {
                // The others, too: what they held in memory is gone.
                self.all().iter().for_each(|process| self.kill(process));
            }
            3 | 4 => self.freeze(one),
            5 | 6 => self.cut(&one),
            7 => self.leave(&one).await,
            8 => {
                self.drain(Arc::clone(&one));
                // While its groups are on their way.
                tokio::time::sleep(Duration::from_millis(self.rng.below(600))).await;
                self.cut(&one);
            }
            _ => self.brown_out(&one),
        }
    }

    fn kill(&self, one: &Process) {
        self.note(one.life, "is killed");
        self.summary.lock().killed += 1;
        one.kill();
    }

    /// It does nothing for a while, and does not know of it.
    fn freeze(self: &Arc<Self>, one: Arc<Process>) {
        let asleep = Duration::from_millis(self.rng.below(90_000));
        self.history.note(format_args!("{} is frozen for {asleep:?}", one.life));
        self.summary.lock().frozen += 1;
        one.hand.set(Condition::Frozen);
        self.board.mute(one.life);
        let town = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(asleep).await;
            town.wake(&one);
        });
    }

    pub(super) fn wake(&self, one: &Process) {
        if !one.gone.is_cancelled() {
            self.note(one.life, "wakes");
            one.hand.set(Condition::Runs);
        }
        self.board.unmute(one.life);
    }

    /// One process does not hear another for a while, or neither the other. Both reach the store.
    fn cut(self: &Arc<Self>, one: &Process) {
        let Some(other) = self.any().filter(|other| other.life != one.life) else { return };
        let (one, other) = (one.life, other.life);
        let time = Duration::from_millis(self.rng.below(60_000));
        let ways = match self.rng.below(3) {
            0 => vec![(one, other)],
            1 => vec![(other, one)],
            _ => vec![(one, other), (other, one)],
        };
        self.history.note(format_args!("for {time:?} nothing passes {ways:?}"));
        self.summary.lock().cut += 1;
        ways.iter().for_each(|(from, to)| self.board.cut(*from, *to));
        let town = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            ways.iter().for_each(|(from, to)| town.board.join(*from, *to));
        });
    }

    /// A planned stop, which may take its time.
    async fn leave(&self, one: &Process) {
        self.note(one.life, "leaves");
        self.summary.lock().left += 1;
        one.member.leave().await;
        let closed = tokio::time::timeout(Duration::from_secs(30), one.site.server.cell().close());
        let closed = closed.await;
        self.history.note(format_args!("{} closed: {closed:?}", one.life));
        one.kill();
    }

    /// A broker gives everything away, and stays until somebody kills it.
    fn drain(self: &Arc<Self>, one: Arc<Process>) {
        self.note(one.life, "is drained");
        self.summary.lock().drained += 1;
        let town = Arc::clone(self);
        tokio::spawn(async move {
            let asked = one.member.drain(one.epoch());
            let asked = tokio::time::timeout(Duration::from_secs(10), asked).await;
            let done = matches!(asked, Ok(Ok(())));
            town.history.note(format_args!("{} drains: {done}", one.life));
        });
    }

    /// The store is ill for a while, for one process or for all.
    fn brown_out(self: &Arc<Self>, one: &Arc<Process>) {
        self.note(one.life, "has a brown-out");
        self.summary.lock().brown_outs += 1;
        let silence = Faults { lost_request: 1000, ..Faults::hostile() };
        let ill = if self.rng.below(2) == 0 { Faults::storm() } else { silence };
        let who = if self.rng.below(2) == 0 { vec![Arc::clone(one)] } else { self.all() };
        who.iter().for_each(|process| process.caller.set_faults(ill.clone()));
        let (town, time) = (Arc::clone(self), Duration::from_millis(self.rng.below(60_000)));
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            let well = town.faults.lock().clone();
            who.iter().for_each(|process| process.caller.set_faults(well.clone()));
        });
    }
}
