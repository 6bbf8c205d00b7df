//! Object tier: proof that nobody has taken the log over, and what follows when somebody has.

use std::sync::Weak;
use std::time::Duration;

use common_seams::Clock;
use parking_lot::Mutex;
use storage::keys::ObjectKey;
use storage::planted::{Planted, on};
use storage::slot::HEADER_SIZE;
use storage::store::{ByteRange, StoreError};
use storage::wal::WalError;

use super::Cell;
use super::tier::Tier;

/// Time between proofs.
const INTERVAL: Duration = Duration::from_secs(3);
/// Reads are answered for so long after a proof, counted from when it was asked for.
const VALID: Duration = Duration::from_secs(10);

/// When it was last proven that this incarnation has not been replaced.
#[derive(Debug)]
pub(super) struct Freshness(Mutex<Duration>);

impl Freshness {
    pub(super) fn new(clock: &dyn Clock) -> Self {
        Self(Mutex::new(clock.mono()))
    }
}

impl Cell {
    /// Whether reads may be answered. A clock that is wrong here makes answers stale, and loses nothing.
    pub(crate) fn is_fresh(&self) -> bool {
        match self.tier {
            // The lock on the folder is the proof.
            Tier::Disk(_) => true,
            Tier::Objects if on(Planted::StaleReader) => true,
            Tier::Objects => self.clock.mono().saturating_sub(self.proof()) <= VALID,
        }
    }

    /// Ends this incarnation: another process has the cell.
    pub(super) fn replaced(&self) {
        let epoch = self.identity.epoch.0;
        self.wal.fence(WalError::Replaced { epoch });
    }
}

/// Proves, until the cell is gone, that nobody has sealed the log: whoever takes it over puts a seal
/// where the next slot goes, before anything else counts. A slot that became durable proves it as well;
/// without one, a look at that place does. It writes nothing, so an idle broker costs next to nothing.
pub(super) async fn run(cell: Weak<Cell>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Some(cell) = cell.upgrade() else { return };
        if cell.wal.has_ended() {
            return;
        }
        let asked = cell.clock.mono();
        let place = cell.wal.place();
        if asked.saturating_sub(place.proof) >= INTERVAL && place.idle {
            cell.look(asked).await;
        }
    }
}

impl Cell {
    /// Looks at the place of the next slot.
    async fn look(&self, asked: Duration) {
        let next = self.wal.place().next;
        let (epoch, lane) = (self.identity.epoch, self.identity.lane);
        let key = ObjectKey::Wal { epoch, lane, slot: next }.to_string();
        match self.store.get_range(key, ByteRange::Between(0..HEADER_SIZE as u64)).await {
            Err(StoreError::NotFound(_)) => {
                let mut fresh = self.fresh.0.lock();
                *fresh = asked.max(*fresh);
            }
            // It was written meanwhile, by this process.
            Ok(_) if self.wal.place().next > next => {}
            Ok(_) => self.replaced(),
            Err(error) => {
                tracing::warn!(%error, "cannot tell whether this process still has its log");
            }
        }
    }

    /// Waits for a proof that was asked for after this call: what is decided now is decided by the one
    /// who may. Many calls share one. False: there is none.
    pub(crate) async fn proven(&self) -> bool {
        if matches!(self.tier, Tier::Disk(_)) {
            return true;
        }
        let asked = self.clock.mono();
        let _one_at_a_time = self.proving.lock().await;
        while self.proof() < asked {
            let now = self.clock.mono();
            if self.wal.has_ended() || now.saturating_sub(asked) > VALID {
                return false;
            }
            if self.wal.place().idle {
                self.look(now).await;
            } else {
                self.wal.durable(self.wal.last_ticket()).await;
            }
        }
        true
    }

    fn proof(&self) -> Duration {
        self.wal.place().proof.max(*self.fresh.0.lock())
    }
}
