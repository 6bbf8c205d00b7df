use std::collections::{BTreeMap, BTreeSet, HashMap};

use common_types::TenantId;
use common_types::limits::{
    METRIC_POINTS_MAX, METRIC_POINTS_PER_TENANT_MAX, METRIC_SERIES_PER_TENANT_MAX,
};

use super::series::{Labels, Series};
use super::{Kind, Metric};
use crate::ports::{Reading, Readings};

/// Points older than a week are forgotten.
const KEPT_MINUTES: u32 = 7 * 24 * 60;
const MINUTE_MS: i64 = 60_000;

/// One series of a cluster.
pub(super) type SeriesKey = (Metric, Labels);

/// The points of every cluster.
#[derive(Debug, Default)]
pub(crate) struct Book {
    tenants: BTreeMap<TenantId, Shelf>,
    /// The last value of each counter, by the broker that counts.
    counted: HashMap<u64, HashMap<(TenantId, SeriesKey), u64>>,
    /// Whether it was looked before: counters of a broker that was there before are a beginning only.
    has_looked: bool,
    /// The minute of the last look.
    minute: u32,
}

/// The points of one cluster.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    series: BTreeMap<SeriesKey, Series>,
    points: usize,
}

impl Book {
    /// Writes down what brokers told at a moment, in milliseconds since the Unix epoch.
    pub(crate) fn write(&mut self, now_ms: i64, told: Readings) {
        // A clock that falls back must not open a minute again that was exported.
        self.minute = self.minute.max(minute_of(now_ms));
        let mut gauges: BTreeMap<(TenantId, SeriesKey), u64> = BTreeMap::new();
        let brokers: BTreeSet<u64> = told.readings.iter().map(|r| r.broker).collect();
        let new: BTreeSet<u64> =
            brokers.iter().copied().filter(|b| !self.counted.contains_key(b)).collect();
        let mut counted: HashMap<u64, HashMap<_, _>> = HashMap::new();
        for Reading { broker, tenant, metric, labels, value } in told.readings {
            let key = (tenant, (metric, labels));
            match metric.info().kind {
                Kind::Gauge => *gauges.entry(key).or_default() += value,
                Kind::Counter => {
                    let starts = !self.has_looked && new.contains(&broker);
                    self.count(broker, &key, value, starts);
                    counted.entry(broker).or_default().insert(key, value);
                }
            }
        }
        // What a broker tells no more is forgotten with it.
        self.counted.extend(counted);
        if told.is_complete {
            // Brokers that are gone count no more.
            self.counted.retain(|broker, _| brokers.contains(broker));
            for ((tenant, key), value) in gauges {
                self.put(tenant, key, value);
            }
        }
        // One that did not tell may have counted for days.
        self.has_looked |= told.is_complete;
        self.tidy();
    }

    /// The value of a counter. `starts`: what it counted before nobody looked is not of this minute.
    fn count(&mut self, broker: u64, key: &(TenantId, SeriesKey), value: u64, starts: bool) {
        let before = self.counted.get(&broker).and_then(|counted| counted.get(key));
        let more = match before {
            Some(before) if *before <= value => value - before,
            // It was born again.
            Some(_) => value,
            None if starts => 0,
            None => value,
        };
        if more > 0 {
            self.put(key.0, key.1.clone(), more);
        }
    }

    fn put(&mut self, tenant: TenantId, key: SeriesKey, value: u64) {
        let shelf = self.tenants.entry(tenant).or_default();
        let room = shelf.series.len() < METRIC_SERIES_PER_TENANT_MAX;
        let kind = key.0.info().kind;
        if room || shelf.series.contains_key(&key) {
            shelf.points += shelf.series.entry(key).or_default().put(kind, self.minute, value);
        }
    }

    /// Keeps within all bounds: a cluster with too many points loses its oldest ones.
    fn tidy(&mut self) {
        let oldest = self.minute.saturating_sub(KEPT_MINUTES);
        for shelf in self.tenants.values_mut() {
            shelf.forget_before(oldest);
            while shelf.points > METRIC_POINTS_PER_TENANT_MAX {
                shelf.halve(self.minute);
            }
        }
        self.tenants.retain(|_, shelf| !shelf.series.is_empty());
        while self.tenants.values().map(|shelf| shelf.points).sum::<usize>() > METRIC_POINTS_MAX {
            let largest = self.tenants.values_mut().max_by_key(|shelf| shelf.points);
            largest.into_iter().for_each(|shelf| shelf.halve(self.minute));
        }
    }

    /// The series of a cluster.
    pub(super) fn of(&self, tenant: TenantId) -> impl Iterator<Item = (&SeriesKey, &Series)> {
        self.tenants.get(&tenant).into_iter().flat_map(|shelf| shelf.series.iter())
    }

    /// The last minute of which everything is known.
    pub(super) fn whole_minute(&self) -> u32 {
        self.minute.saturating_sub(1)
    }
}

impl Shelf {
    fn forget_before(&mut self, minute: u32) {
        let points = &mut self.points;
        self.series.retain(|_, series| {
            *points -= series.forget_before(minute);
            !series.is_empty()
        });
    }

    /// Forgets the older half of the time.
    fn halve(&mut self, now: u32) {
        let oldest = self.series.values().filter_map(Series::oldest).min().unwrap_or(now);
        let middle = oldest + (now.saturating_sub(oldest) / 2).max(1);
        self.forget_before(middle);
    }
}

/// The minute of a moment.
pub(super) fn minute_of(ms: i64) -> u32 {
    u32::try_from(ms.div_euclid(MINUTE_MS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::Label;
    use super::*;

    fn tenant() -> TenantId {
        "lkc-1".parse().unwrap()
    }

    fn told(values: &[(u64, Metric, u64)]) -> Readings {
        let reading = |(broker, metric, value): &(u64, Metric, u64)| Reading {
            broker: *broker,
            tenant: tenant(),
            metric: *metric,
            labels: vec![(Label::Topic, "t".to_owned())],
            value: *value,
        };
        Readings { readings: values.iter().map(reading).collect(), is_complete: true }
    }

    fn points(book: &Book, metric: Metric) -> Vec<Option<u64>> {
        let series = book.of(tenant()).find(|((m, _), _)| *m == metric).map(|(_, series)| series);
        (0..5).map(|minute| series.and_then(|series| series.at(minute))).collect()
    }

    #[test]
    fn counters_of_all_brokers_become_differences() {
        let (mut book, bytes) = (Book::default(), Metric::ReceivedBytes);
        book.write(0, told(&[(1, bytes, 1_000)]));
        assert_eq!(points(&book, bytes), [None; 5], "what was before nobody looked is no point");
        book.write(3_000, told(&[(1, bytes, 1_010), (2, bytes, 5)]));
        assert_eq!(points(&book, bytes)[0], Some(15), "a broker that came counts from nothing");
        book.write(61_000, told(&[(1, bytes, 7), (2, bytes, 6)]));
        assert_eq!(points(&book, bytes)[..2], [Some(15), Some(8)], "one that fell was born again");
        book.write(121_000, told(&[(1, bytes, 7), (2, bytes, 6)]));
        assert_eq!(points(&book, bytes)[2], None, "nothing happened, so there is no point");
        book.write(1_000, told(&[(1, bytes, 9), (2, bytes, 6)]));
        assert_eq!(points(&book, bytes)[2], Some(2), "the clock fell back");
    }

    #[test]
    fn gauges_are_summed_when_all_brokers_told_theirs() {
        let (mut book, held) = (Book::default(), Metric::RetainedBytes);
        book.write(0, told(&[(1, held, 10), (2, held, 20)]));
        assert_eq!(points(&book, held)[0], Some(30));
        let part = Readings { is_complete: false, ..told(&[(1, held, 10)]) };
        book.write(60_000, part);
        assert_eq!(points(&book, held)[..2], [Some(30), None]);
        book.write(121_000, told(&[(1, held, 31)]));
        assert_eq!(points(&book, held)[..3], [Some(30), None, Some(31)]);
    }

    #[test]
    fn a_cluster_with_too_many_points_loses_its_oldest() {
        let (mut book, bytes) = (Book::default(), Metric::ReceivedBytes);
        book.write(0, told(&[]));
        let topics = 200;
        let minutes = METRIC_POINTS_PER_TENANT_MAX / topics + 10;
        for minute in 1..=minutes {
            let reading = |topic: usize| Reading {
                broker: 1,
                tenant: tenant(),
                metric: bytes,
                labels: vec![(Label::Topic, topic.to_string())],
                value: (minute * minute) as u64,
            };
            let readings = (0..topics).map(reading).collect();
            book.write(minute as i64 * MINUTE_MS, Readings { readings, is_complete: true });
        }
        let shelf = &book.tenants[&tenant()];
        assert!(shelf.points <= METRIC_POINTS_PER_TENANT_MAX);
        assert_eq!(shelf.points, shelf.series.values().map(Series::len).sum::<usize>());
        let newest = u32::try_from(minutes).unwrap();
        assert!(shelf.series.values().all(|s| s.at(newest).is_some() && s.at(1).is_none()));
    }
}
