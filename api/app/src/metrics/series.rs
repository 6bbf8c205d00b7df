use super::{Kind, Label};

/// What tells a series from others of its metric and cluster, by label.
pub type Labels = Vec<(Label, String)>;

/// The same value in each of some minutes, both ends included. Minutes count from the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) value: u64,
}

impl Run {
    /// Minutes of the run in `from..until`.
    pub(super) fn overlap(&self, from: u32, until: u32) -> u64 {
        let (from, until) = (self.first.max(from), self.last.saturating_add(1).min(until));
        u64::from(until.saturating_sub(from))
    }
}

/// The points of one series, oldest first.
#[derive(Debug, Default)]
pub(super) struct Series {
    runs: Vec<Run>,
    /// The minute that is still being written.
    open: Option<Run>,
}

impl Series {
    /// Writes down what was seen in a minute. A clock that falls back writes into the newest minute.
    /// Returns how many points more are held.
    pub(super) fn put(&mut self, kind: Kind, minute: u32, value: u64) -> usize {
        if let Some(open) = &mut self.open
            && minute <= open.last
        {
            open.value = match kind {
                Kind::Counter => open.value.saturating_add(value),
                Kind::Gauge => value,
            };
            return 0;
        }
        let more = self.open.take().map_or(0, |done| self.close(done));
        self.open = Some(Run { first: minute, last: minute, value });
        more
    }

    fn close(&mut self, done: Run) -> usize {
        match self.runs.last_mut() {
            Some(run) if run.value == done.value && run.last + 1 == done.first => {
                run.last = done.last;
                0
            }
            _ => {
                self.runs.push(done);
                1
            }
        }
    }

    /// Forgets what is older. Returns how many points fewer are held.
    pub(super) fn forget_before(&mut self, minute: u32) -> usize {
        let old = self.runs.partition_point(|run| run.last < minute);
        self.runs.drain(..old);
        if let Some(run) = self.runs.first_mut() {
            run.first = run.first.max(minute);
        }
        self.open = self.open.filter(|open| open.last >= minute);
        old
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.open.is_none()
    }

    pub(super) fn oldest(&self) -> Option<u32> {
        self.runs().next().map(|run| run.first)
    }

    /// Points that are held, the open one not counted.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// All runs, oldest first.
    pub(super) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().chain(&self.open)
    }

    /// The value in a minute.
    pub(super) fn at(&self, minute: u32) -> Option<u64> {
        self.runs().find(|run| run.overlap(minute, minute + 1) == 1).map(|run| run.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_add_up_in_their_minute_and_gauges_keep_the_last_value() {
        let (mut counter, mut gauge) = (Series::default(), Series::default());
        for (minute, value) in [(1, 5), (1, 2), (2, 7), (4, 1)] {
            counter.put(Kind::Counter, minute, value);
            gauge.put(Kind::Gauge, minute, value);
        }
        let of = |series: &Series| (0..6).map(|m| series.at(m)).collect::<Vec<_>>();
        assert_eq!(of(&counter), [None, Some(7), Some(7), None, Some(1), None]);
        assert_eq!(of(&gauge), [None, Some(2), Some(7), None, Some(1), None]);
        assert_eq!(counter.len(), 1, "minutes with the same value are one run");
        counter.put(Kind::Counter, 3, 9);
        assert_eq!(counter.at(4), Some(10), "a clock that fell back writes into the newest minute");
    }

    #[test]
    fn what_is_old_goes_and_runs_are_cut() {
        let mut series = Series::default();
        for minute in 10..20 {
            series.put(Kind::Gauge, minute, 3);
        }
        assert_eq!((series.oldest(), series.len()), (Some(10), 1));
        assert_eq!(series.forget_before(15), 0);
        assert_eq!((series.oldest(), series.at(14), series.at(15)), (Some(15), None, Some(3)));
        assert_eq!(series.forget_before(30), 1);
        assert!(series.is_empty());
    }
}
