use std::collections::{BTreeMap, BTreeSet};

use common_types::TenantId;

use super::book::Book;
use super::filter::{Field, Filter};
use super::interval::{Granularity, Interval};
use super::series::{Labels, Run, Series};
use super::{Kind, Metric};

const MINUTE_US: i64 = 60_000_000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Of which metric.
    pub metric: Metric,
    /// Of which series.
    pub filter: Filter,
    /// In which buckets.
    pub granularity: Granularity,
    /// In which times.
    pub intervals: Vec<Interval>,
    /// What series are summed apart by.
    pub group_by: Vec<Field>,
}

/// One group of series, summed.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The values of the fields that were grouped by, in their order.
    pub values: Vec<String>,
    /// The newest first.
    pub points: Vec<Point>,
}

/// The value of one bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When the bucket begins, in microseconds since the Unix epoch.
    pub start_us: i64,
    /// Summed, or averaged over its minutes and then summed.
    pub value: f64,
}

/// Sum and minutes of one series in one bucket.
#[derive(Debug, Default, Clone, Copy)]
struct Part {
    sum: u128,
    minutes: u64,
}

impl Part {
    #[allow(clippy::cast_precision_loss, reason = "public values are doubles")]
    fn value(self, kind: Kind) -> f64 {
        match kind {
            Kind::Counter => self.sum as f64,
            Kind::Gauge => self.sum as f64 / self.minutes.max(1) as f64,
        }
    }
}

impl Book {
    /// Sums the series of some clusters, groups in the order of their values. Clusters that the filter does
    /// not want are left out by it.
    pub(crate) fn query(&self, query: &Query, clusters: &[TenantId]) -> Vec<Group> {
        let mut groups: BTreeMap<Vec<String>, BTreeMap<u32, f64>> = BTreeMap::new();
        for tenant in clusters {
            let cluster = tenant.as_str();
            for ((metric, labels), series) in self.of(*tenant) {
                if *metric != query.metric || !query.filter.holds(cluster, labels) {
                    continue;
                }
                let parts = query.parts(series);
                if parts.is_empty() {
                    continue;
                }
                let values =
                    query.group_by.iter().map(|field| field.of(cluster, labels).to_owned());
                let buckets = groups.entry(values.collect()).or_default();
                for (start, part) in parts {
                    *buckets.entry(start).or_default() += part.value(metric.info().kind);
                }
            }
        }
        let point = |(start, value): (u32, f64)| Point { start_us: us_of(start), value };
        let group = |(values, buckets): (Vec<String>, BTreeMap<u32, f64>)| Group {
            values,
            points: buckets.into_iter().rev().map(point).collect(),
        };
        groups.into_iter().map(group).collect()
    }

    /// The values of fields that series with points in the intervals have. Without a metric: of any.
    pub(crate) fn attributes(
        &self,
        metric: Option<Metric>,
        filter: &Filter,
        intervals: &[Interval],
        fields: &[Field],
        clusters: &[TenantId],
    ) -> BTreeSet<Vec<String>> {
        let spans: Vec<_> = intervals.iter().map(Interval::minutes).collect();
        let mut found = BTreeSet::new();
        for tenant in clusters {
            let cluster = tenant.as_str();
            for ((have, labels), series) in self.of(*tenant) {
                let is_there = |run: &Run| spans.iter().any(|(f, u)| run.overlap(*f, *u) > 0);
                let values = || fields.iter().map(|field| field.of(cluster, labels).to_owned());
                if metric.is_none_or(|metric| metric == *have)
                    && filter.holds(cluster, labels)
                    && values().all(|value| !value.is_empty())
                    && series.runs().any(is_there)
                {
                    found.insert(values().collect());
                }
            }
        }
        found
    }

    /// The values of the last whole minute, with the moment at which it began in microseconds.
    pub(crate) fn newest(&self, tenant: TenantId) -> (i64, Vec<(Metric, Labels, u64)>) {
        let minute = self.whole_minute();
        let found = self.of(tenant).filter_map(|((metric, labels), series)| {
            Some((*metric, labels.clone(), series.at(minute)?))
        });
        (us_of(minute), found.collect())
    }
}

impl Query {
    /// The buckets of a series, by the minute that they begin with. A minute counts once, also where
    /// intervals overlap.
    fn parts(&self, series: &Series) -> BTreeMap<u32, Part> {
        let spans = merged(&self.intervals);
        let first = spans.first().map_or(0, |span| span.0);
        let mut parts: BTreeMap<u32, Part> = BTreeMap::new();
        for run in series.runs() {
            for (from, until) in &spans {
                let (mut at, until) = (run.first.max(*from), (run.last + 1).min(*until));
                while at < until {
                    let (start, next) = match self.granularity {
                        Granularity::Minutes(n) => (at - at % n, (at - at % n).saturating_add(n)),
                        Granularity::All => (first, u32::MAX),
                    };
                    let minutes = u64::from(next.min(until) - at);
                    let part = parts.entry(start).or_default();
                    part.sum += u128::from(run.value) * u128::from(minutes);
                    part.minutes += minutes;
                    at = next.min(until);
                }
            }
        }
        parts
    }
}

/// Minutes of intervals, in order and apart.
fn merged(intervals: &[Interval]) -> Vec<(u32, u32)> {
    let mut spans: Vec<_> = intervals.iter().map(Interval::minutes).collect();
    spans.sort_unstable();
    let mut apart: Vec<(u32, u32)> = Vec::new();
    for (from, until) in spans {
        match apart.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => apart.push((from, until)),
        }
    }
    apart
}

fn us_of(minute: u32) -> i64 {
    i64::from(minute) * MINUTE_US
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use common_seams::{Clock as _, ManualClock};

    use super::super::Label;
    use super::*;
    use crate::ports::{Reading, Readings};

    const TOPIC: Field = Field::Label(Label::Topic);

    /// 2023-11-14T22:00:00Z.
    const BEGIN: i64 = 1_699_999_200_000;

    /// Two clusters with two topics, each topic with 10 bytes a minute more than the one before; the second
    /// topic comes after an hour.
    fn book() -> (Book, Vec<TenantId>, i64) {
        let (clock, mut book) = (ManualClock::at_ms(BEGIN), Book::default());
        let tenants: Vec<TenantId> =
            ["lkc-1", "lkc-2"].iter().map(|id| id.parse().unwrap()).collect();
        for minute in 0..=120_u64 {
            let mut readings = Vec::new();
            for (tenant, (topic, rate)) in tenants.iter().zip([0, 20]).flat_map(|(tenant, more)| {
                [("a", 10), ("b", 20)].map(|(topic, rate)| (tenant, (topic, rate + more)))
            }) {
                let age = if topic == "b" { minute.saturating_sub(60) } else { minute };
                let reading = |metric, value| Reading {
                    broker: 1,
                    tenant: *tenant,
                    metric,
                    labels: vec![(Label::Topic, topic.to_owned())],
                    value,
                };
                readings.push(reading(Metric::ReceivedBytes, age * rate));
                if topic == "a" || minute >= 60 {
                    readings.push(reading(Metric::RetainedBytes, rate));
                }
            }
            book.write(clock.wall_ms(), Readings { readings, is_complete: true });
            clock.advance(Duration::from_mins(1));
        }
        (book, tenants, clock.wall_ms())
    }

    fn query(metric: Metric, granularity: &str, interval: &str, now: i64) -> Query {
        let both = ["lkc-1", "lkc-2"].map(|id| Filter::Equal(Field::Cluster, id.to_owned()));
        Query {
            metric,
            filter: Filter::Or(both.into()),
            granularity: Granularity::named(granularity).unwrap(),
            intervals: vec![Interval::parse(interval, now).unwrap()],
            group_by: Vec::new(),
        }
    }

    fn values(groups: &[Group]) -> Vec<(String, Vec<f64>)> {
        let of = |g: &Group| (g.values.join(","), g.points.iter().map(|p| p.value).collect());
        groups.iter().map(of).collect()
    }

    #[test]
    fn counters_are_summed_over_buckets_and_series() {
        let (book, tenants, now) = book();
        let mut asked = query(Metric::ReceivedBytes, "PT1M", "PT3M/now", now);
        let found = book.query(&asked, &tenants);
        assert_eq!(values(&found), [(String::new(), vec![100.0; 3])]);
        let starts: Vec<i64> = found[0].points.iter().map(|p| p.start_us / MINUTE_US).collect();
        assert!(starts.windows(2).all(|two| two[0] == two[1] + 1), "the newest first");
        asked.group_by = vec![Field::Cluster, TOPIC];
        asked.granularity = Granularity::All;
        let sums = [("lkc-1,a", 30.0), ("lkc-1,b", 60.0), ("lkc-2,a", 90.0), ("lkc-2,b", 120.0)];
        let sums = sums.map(|(group, sum)| (group.to_owned(), vec![sum]));
        assert_eq!(values(&book.query(&asked, &tenants)), sums);
        asked.intervals.push(Interval::parse("PT2M/now", now).unwrap());
        assert_eq!(values(&book.query(&asked, &tenants)), sums, "a minute counts once");
        assert_eq!(book.query(&asked, &tenants[..1]).len(), 2, "of whom one may know");
    }

    #[test]
    fn buckets_lie_at_boundaries_and_intervals_cut_them() {
        let (book, tenants, now) = book();
        let mut asked = query(Metric::ReceivedBytes, "PT1H", "PT90M/now", now);
        asked.filter = Filter::And(vec![
            Filter::Equal(Field::Cluster, "lkc-1".to_owned()),
            Filter::Not(Box::new(Filter::Equal(TOPIC, "b".to_owned()))),
        ]);
        // The book ends with the first minute of the third hour.
        assert_eq!(
            values(&book.query(&asked, &tenants)),
            [(String::new(), vec![10.0, 600.0, 290.0])]
        );
        let start = book.query(&asked, &tenants)[0].points[1].start_us;
        assert_eq!(start, (BEGIN + 3_600_000) * 1_000);
    }

    #[test]
    fn gauges_are_averaged_over_time_and_summed_over_series() {
        let (book, tenants, now) = book();
        let mut asked = query(Metric::RetainedBytes, "ALL", "PT4H/now", now);
        assert_eq!(values(&book.query(&asked, &tenants)), [(String::new(), vec![100.0])]);
        asked.granularity = Granularity::named("PT1H").unwrap();
        assert_eq!(
            values(&book.query(&asked, &tenants)),
            [(String::new(), vec![100.0, 100.0, 40.0])]
        );
    }

    #[test]
    fn attributes_are_those_with_points_in_the_interval() {
        let (book, tenants, now) = book();
        let asked = query(Metric::ReceivedBytes, "ALL", "now-120m/now-70m", now);
        let find = |metric, intervals: &[Interval], fields: &[Field]| {
            let found = book.attributes(metric, &asked.filter, intervals, fields, &tenants);
            found.into_iter().map(|values| values.join(",")).collect::<Vec<_>>()
        };
        let bytes = Some(Metric::ReceivedBytes);
        assert_eq!(find(bytes, &asked.intervals, &[TOPIC]), ["a"]);
        let late = [Interval::parse("PT10M/now", now).unwrap()];
        assert_eq!(find(bytes, &late, &[TOPIC]), ["a", "b"]);
        assert_eq!(find(None, &late, &[Field::Cluster]), ["lkc-1", "lkc-2"]);
        assert!(find(Some(Metric::SentBytes), &late, &[TOPIC]).is_empty());
    }

    #[test]
    fn the_last_whole_minute_is_exported() {
        let (book, tenants, now) = book();
        let (start_us, found) = book.newest(tenants[0]);
        assert_eq!(start_us, (now - 120_000) * 1_000);
        let bytes: Vec<u64> =
            found.iter().filter(|f| f.0 == Metric::ReceivedBytes).map(|f| f.2).collect();
        assert_eq!(bytes, [10, 20]);
    }
}
