//! Retention by time and size, and the guard that keeps a jumping clock from deleting data.

use std::sync::Arc;
use std::time::Duration;

use common_seams::Clock;
use parking_lot::Mutex;
use storage::slot::ChunkKind;
use storage::store::StoreDate;

use super::Cell;
use crate::partition::Partition;

/// A wall clock that gains more than this on running time is not believed.
const DRIFT_MAX: Duration = Duration::from_mins(5);
/// A jump that lasted this long is the new time.
const BELIEVED_AFTER: Duration = Duration::from_hours(24);

/// Compares the wall clock with running time: no deletion is decided on one clock.
#[derive(Debug)]
pub(super) struct WallGuard(Mutex<(i64, Duration)>);

impl WallGuard {
    pub(super) fn new(clock: &dyn Clock) -> Self {
        Self(Mutex::new((clock.wall_ms(), clock.mono())))
    }

    /// Whether the wall clock may decide deletions.
    pub(super) fn is_sane(&self, clock: &dyn Clock, store: Option<StoreDate>) -> bool {
        if let Some(date) = store
            && !agrees(clock, date)
        {
            tracing::warn!("the wall clock and the store's differ; retention by time pauses");
            return false;
        }
        let mut anchor = self.0.lock();
        let (wall, mono) = (clock.wall_ms(), clock.mono());
        let ran = mono.saturating_sub(anchor.1);
        let ran_ms = i64::try_from(ran.as_millis()).unwrap_or(i64::MAX);
        let gained = (wall - anchor.0).saturating_sub(ran_ms);
        let drift_max = i64::try_from(DRIFT_MAX.as_millis()).unwrap_or(i64::MAX);
        if gained <= drift_max {
            return true;
        }
        if ran >= BELIEVED_AFTER {
            *anchor = (wall, mono);
            return true;
        }
        tracing::warn!(
            gained_ms = gained,
            "the wall clock jumped ahead; retention by time pauses for a day"
        );
        false
    }
}

/// Whether the store's clock tells about the same time.
fn agrees(clock: &dyn Clock, date: StoreDate) -> bool {
    let age = clock.mono().saturating_sub(date.at);
    let there = date.wall_ms.saturating_add(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let differ = clock.wall_ms().abs_diff(there);
    u128::from(differ) <= DRIFT_MAX.as_millis()
}

impl Cell {
    /// The log start that the topic's settings ask for. Never above the high watermark.
    pub(super) fn retained_from(&self, partition: &Partition, time_based: bool) -> i64 {
        let start = partition.bounds().0;
        if partition.kind != ChunkKind::Data {
            return start;
        }
        let Some(config) = self.config_of(partition) else { return start };
        let s = partition.state.lock();
        let runs = s.extents.iter().map(|e| (e.last, e.bytes, e.max_timestamp));
        let runs =
            runs.chain(s.active.iter().map(|c| (c.at.last, c.at.length, c.at.max_timestamp)));
        let mut size = s.size();
        let oldest = config.retention_ms.filter(|_| time_based).map(|ms| self.clock.wall_ms() - ms);
        let mut from = start;
        for (last, bytes, max_timestamp) in runs {
            let too_old = oldest.is_some_and(|t| max_timestamp < t);
            let too_big = config.retention_bytes.is_some_and(|max| size - bytes >= max);
            if !too_old && !too_big {
                break;
            }
            size -= bytes;
            from = from.max(last + 1);
        }
        from.min(s.high_watermark)
    }

    /// The settings of the topic that a partition is of.
    pub(super) fn config_of(
        &self,
        partition: &Partition,
    ) -> Option<Arc<crate::partition::TopicConfig>> {
        let catalog = self.catalog.read();
        catalog.any_with_id(partition.id.topic).map(|t| t.config())
    }
}

#[cfg(test)]
mod tests {
    use common_seams::ManualClock;

    use super::*;

    #[test]
    fn a_jump_pauses_deletion_for_a_day() {
        let clock = ManualClock::at_ms(1_000_000);
        let guard = WallGuard::new(&clock);
        clock.advance(Duration::from_hours(10));
        assert!(guard.is_sane(&clock, None), "time that really passed is no jump");
        clock.step_wall_ms(-3_600_000);
        assert!(guard.is_sane(&clock, None), "a clock that falls back deletes less, not more");
        clock.step_wall_ms(3_600_000 + 600_000);
        assert!(!guard.is_sane(&clock, None));
        clock.advance(Duration::from_hours(24));
        assert!(guard.is_sane(&clock, None), "after a day the new time is believed");
    }

    #[test]
    fn a_store_with_another_time_pauses_deletion() {
        let clock = ManualClock::at_ms(10_000_000);
        let guard = WallGuard::new(&clock);
        let told = |wall_ms| Some(StoreDate { wall_ms, at: clock.mono() });
        assert!(guard.is_sane(&clock, told(10_200_000)));
        assert!(!guard.is_sane(&clock, told(10_400_000)));
        let old = told(10_000_000);
        clock.advance(Duration::from_hours(1));
        assert!(guard.is_sane(&clock, old), "an old date ages with running time");
        assert!(!guard.is_sane(&clock, told(9_000_000)));
    }
}
