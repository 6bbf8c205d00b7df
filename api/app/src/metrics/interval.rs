//! Times of queries: ISO 8601 intervals with `now`, and the buckets that points are summed in.

use api_types::parse_rfc3339;

use super::book::minute_of;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

/// A time that points are wanted of: the end is not of it. Milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The first moment.
    pub start_ms: i64,
    /// The first moment behind it.
    pub end_ms: i64,
}

impl Interval {
    /// Reads `start/end`, `start/duration` or `duration/end`, with `now` as it is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, now_ms: i64) -> Result<Self, String> {
        let bad = |what: &str| format!("interval {text:?}: {what}");
        let (start, end) = text.split_once('/').ok_or_else(|| bad("a '/' must be in it"))?;
        let late = || bad("it is out of range");
        let (start_ms, end_ms) = match (duration_ms(start), duration_ms(end)) {
            (Some(_), Some(_)) => return Err(bad("one of the two must be a time")),
            (Some(length), None) => {
                let end = moment_ms(end, now_ms).ok_or_else(|| bad("the end is no time"))?;
                (end.checked_sub(length).ok_or_else(late)?, end)
            }
            (None, Some(length)) => {
                let start = moment_ms(start, now_ms)
                    .ok_or_else(|| bad("the start is neither a time nor a duration"))?;
                (start, start.checked_add(length).ok_or_else(late)?)
            }
            (None, None) => {
                let start = moment_ms(start, now_ms).ok_or_else(|| bad("the start is no time"))?;
                let end = moment_ms(end, now_ms).ok_or_else(|| bad("the end is no time"))?;
                (start, end)
            }
        };
        if start_ms >= end_ms {
            return Err(bad("its end must be behind its start"));
        }
        Ok(Self { start_ms, end_ms })
    }

    /// The minutes that begin in it: from the first one until behind the last one.
    pub(super) fn minutes(&self) -> (u32, u32) {
        (minute_of(self.start_ms), minute_of(self.end_ms.saturating_add(MINUTE_MS - 1)))
    }

    fn length_ms(&self) -> i64 {
        self.end_ms.saturating_sub(self.start_ms)
    }
}

/// `P1DT2H30M`; months and years have no length.
fn duration_ms(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (days, hours) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, hours)) => (days, hours),
        None => (rest, ""),
    };
    let total = parts_ms(days, &[('W', 7 * DAY_MS), ('D', DAY_MS)])?
        .checked_add(parts_ms(hours, &[('H', HOUR_MS), ('M', MINUTE_MS), ('S', SECOND_MS)])?)?;
    (!rest.is_empty()).then_some(total)
}

/// Numbers with units, each unit at most once and in order.
fn parts_ms(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut rest, mut total) = (text, 0_i64);
    for (unit, length) in units {
        if let Some((number, behind)) = rest.split_once(*unit) {
            let number = whole(number)?;
            total = total.checked_add(number.checked_mul(*length)?)?;
            rest = behind;
        }
    }
    rest.is_empty().then_some(total)
}

fn whole(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A time, or `now` with an offset and a truncation: `now-2m|m`.
fn moment_ms(text: &str, now_ms: i64) -> Option<i64> {
    let Some(rest) = text.strip_prefix("now") else {
        return parse_rfc3339(text).map(|us| us.div_euclid(1_000));
    };
    let (offset, truncation) = rest.split_once('|').map_or((rest, None), |(o, t)| (o, Some(t)));
    let offset = match offset.strip_prefix('-') {
        Some(back) => -amount_ms(back)?,
        None if offset.is_empty() => 0,
        None => amount_ms(offset.strip_prefix('+')?)?,
    };
    let moment = now_ms.checked_add(offset)?;
    match truncation {
        None => Some(moment),
        Some(unit) => Some(moment - moment.rem_euclid(unit_ms(unit)?)),
    }
}

fn amount_ms(text: &str) -> Option<i64> {
    let unit = text.char_indices().next_back()?.0;
    whole(&text[..unit])?.checked_mul(unit_ms(&text[unit..])?)
}

fn unit_ms(text: &str) -> Option<i64> {
    match text {
        "m" => Some(MINUTE_MS),
        "h" => Some(HOUR_MS),
        "d" => Some(DAY_MS),
        _ => None,
    }
}

/// How long the buckets are that points are summed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    /// So many minutes, at boundaries of UTC.
    Minutes(u32),
    /// One bucket for all intervals.
    All,
}

/// Public name, minutes, and the longest interval in minutes.
const GRANULARITIES: [(&str, u32, Option<u32>); 9] = [
    ("PT1M", 1, Some(6 * HOUR)),
    ("PT5M", 5, Some(DAY)),
    ("PT15M", 15, Some(4 * DAY)),
    ("PT30M", 30, Some(7 * DAY)),
    ("PT1H", HOUR, None),
    ("PT4H", 4 * HOUR, None),
    ("PT6H", 6 * HOUR, None),
    ("PT12H", 12 * HOUR, None),
    ("P1D", DAY, None),
];

impl Granularity {
    /// The granularity with this public name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "ALL" {
            return Some(Self::All);
        }
        let found = GRANULARITIES.iter().find(|(have, ..)| *have == name);
        found.map(|(_, minutes, _)| Self::Minutes(*minutes))
    }

    /// Every public name.
    pub fn names() -> impl Iterator<Item = &'static str> {
        GRANULARITIES.iter().map(|(name, ..)| *name).chain(["ALL"])
    }

    /// Whether intervals of this length may be asked for.
    ///
    /// # Errors
    /// They may not: the longest, in minutes.
    pub fn check(self, interval: &Interval) -> Result<(), u32> {
        let Self::Minutes(minutes) = self else { return Ok(()) };
        let row = GRANULARITIES.iter().find(|(_, have, _)| *have == minutes);
        match row.and_then(|(.., max)| *max) {
            Some(max) if interval.length_ms() > i64::from(max) * MINUTE_MS => Err(max),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2020-01-01T02:13:27Z, as in the public description.
    const NOW: i64 = 1_577_844_807_000;

    fn read(text: &str) -> (String, String) {
        let interval = Interval::parse(text, NOW).unwrap();
        let show = |ms: i64| api_types::rfc3339(ms * 1_000);
        (show(interval.start_ms), show(interval.end_ms))
    }

    #[test]
    fn intervals_are_read_in_all_three_forms() {
        for (text, start, end) in [
            ("2019-10-17T20:17:00.000Z/PT2H", "2019-10-17T20:17:00Z", "2019-10-17T22:17:00Z"),
            ("PT1H/now|m", "2020-01-01T01:13:00Z", "2020-01-01T02:13:00Z"),
            ("now-2m|m/now", "2020-01-01T02:11:00Z", "2020-01-01T02:13:27Z"),
            ("now-1d|d/now|h", "2019-12-31T00:00:00Z", "2020-01-01T02:00:00Z"),
            ("P1W/2020-01-08T00:00:00Z", "2020-01-01T00:00:00Z", "2020-01-08T00:00:00Z"),
            ("P1DT1H30M15S/now", "2019-12-31T00:43:12Z", "2020-01-01T02:13:27Z"),
            (
                "2019-10-16T16:30:20+02:00/2019-10-24T18:57:00Z",
                "2019-10-16T14:30:20Z",
                "2019-10-24T18:57:00Z",
            ),
            ("now/now+1h", "2020-01-01T02:13:27Z", "2020-01-01T03:13:27Z"),
        ] {
            assert_eq!(read(text), (start.to_owned(), end.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in [
            "",
            "/",
            "now",
            "PT1H/PT1H",
            "now/now",
            "now/now-1m",
            "P/now",
            "PT/now",
            "P1M/now",
            "P1Y/now",
            "PT1.5H/now",
            "PTH/now",
            "PT1M1H/now",
            "now-1s/now",
            "now|s/now",
            "now-h/now",
            "yesterday/now",
            "PT1H/later",
            "P99999999999999999D/now",
            "now-999999999999999d/now",
            "P-1D/now",
            "now-1é/now",
        ] {
            assert!(Interval::parse(text, NOW).is_err(), "{text}");
        }
    }

    #[test]
    fn fine_buckets_are_for_short_intervals() {
        let of = |text: &str| Interval::parse(text, NOW).unwrap();
        let fine = Granularity::named("PT1M").unwrap();
        assert_eq!(fine.check(&of("PT6H/now")), Ok(()));
        assert_eq!(fine.check(&of("PT6H1M/now")), Err(360));
        assert_eq!(Granularity::named("P1D").unwrap().check(&of("P400D/now")), Ok(()));
        assert_eq!(Granularity::All.check(&of("P400D/now")), Ok(()));
        assert_eq!(Granularity::named("PT2M"), None);
        assert!(Granularity::names().all(|name| Granularity::named(name).is_some()));
    }
}
