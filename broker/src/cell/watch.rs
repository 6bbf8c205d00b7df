//! Object tier: proof that nobody has taken the cell over, and what follows when somebody has.

use std::sync::{Arc, Weak};
use std::time::Duration;

use common_seams::Clock;
use parking_lot::Mutex;
use storage::meta::MetaLog;
use storage::planted::{Planted, on};
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
            Tier::Objects => self.clock.mono().saturating_sub(*self.fresh.0.lock()) <= VALID,
        }
    }

    /// Ends this incarnation: another process has the cell.
    pub(super) fn replaced(&self) {
        let epoch = self.identity.epoch.0;
        self.wal.fence(WalError::Replaced { epoch });
    }
}

/// Looks at the owner of the metadata until the cell is gone. A read that takes long ages its own proof;
/// it writes nothing, so an idle cell costs next to nothing.
pub(super) async fn run(cell: Weak<Cell>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Some(cell) = cell.upgrade() else { return };
        if cell.wal.has_ended() {
            return;
        }
        let asked = cell.clock.mono();
        let (store, term) = (Arc::clone(&cell.store), cell.meta_term);
        match MetaLog::writer(&*store).await {
            Ok(Some(writer)) if writer.term == term => *cell.fresh.0.lock() = asked,
            Ok(_) => return cell.replaced(),
            Err(error) => {
                tracing::warn!(%error, "cannot tell whether this process still has the cell")
            }
        }
    }
}
