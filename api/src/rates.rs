//! How often one principal may ask: for each class of routes a rate, and a reserve for bursts. No input or
//! output; time comes with every call.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use parking_lot::Mutex;

/// Requests of a burst, as seconds at the full rate.
const RESERVE_SECONDS: u32 = 20;
/// Principals and classes that are remembered. Beyond them, whoever is nearest to a full reserve is forgotten,
/// which costs nobody anything.
const ROWS_MAX: usize = 20_000;

/// Routes that cost about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RouteClass {
    /// What only looks at the control plane, and questions about metrics.
    Read,
    /// What changes it.
    Write,
    /// `kafka/v3`, but for records.
    Kafka,
    /// Records of `kafka/v3`: requests, not records, since one request can be a stream of them.
    Records,
}

/// Requests per second of one principal; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestRates {
    /// Of [`RouteClass::Read`].
    pub read: u32,
    /// Of [`RouteClass::Write`].
    pub write: u32,
    /// Of [`RouteClass::Kafka`].
    pub kafka: u32,
    /// Of [`RouteClass::Records`].
    pub records: u32,
}

impl Default for RequestRates {
    fn default() -> Self {
        Self { read: 100, write: 50, kafka: 100, records: 1000 }
    }
}

impl RequestRates {
    const fn of(self, class: RouteClass) -> u32 {
        match class {
            RouteClass::Read => self.read,
            RouteClass::Write => self.write,
            RouteClass::Kafka => self.kafka,
            RouteClass::Records => self.records,
        }
    }
}

impl fmt::Display for RequestRates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, write, kafka, records } = self;
        write!(f, "read={read},write={write},kafka={kafka},records={records}")
    }
}

impl FromStr for RequestRates {
    type Err = String;

    /// Reads `read=100,write=50`; classes that are not named keep their default.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut rates = Self::default();
        for part in text.split(',') {
            let (class, rate) = part.split_once('=').ok_or_else(|| expected(part))?;
            let rate = rate.parse().map_err(|_| expected(part))?;
            match class {
                "read" => rates.read = rate,
                "write" => rates.write = rate,
                "kafka" => rates.kafka = rate,
                "records" => rates.records = rate,
                _ => return Err(expected(part)),
            }
        }
        Ok(rates)
    }
}

fn expected(part: &str) -> String {
    format!("expected read, write, kafka or records, `=`, and requests per second; got {part:?}")
}

/// How far somebody is from their limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Requests of the largest burst.
    pub(crate) limit: u32,
    /// Requests that are left of it.
    pub(crate) remaining: u32,
    /// Seconds until all of it is there again, rounded up.
    pub(crate) reset_s: u64,
    /// Seconds until the next request is carried out, rounded up; none when this one is.
    pub(crate) retry_after_s: Option<u64>,
}

/// Who has asked how often, of this process.
#[derive(Debug, Default)]
pub(crate) struct RateBook(Mutex<HashMap<(String, RouteClass), Duration>>);

impl RateBook {
    /// Takes one request of `who`. None where there is no limit.
    pub(crate) fn take(
        &self,
        now: Duration,
        rates: RequestRates,
        (who, class): (String, RouteClass),
    ) -> Option<Allowance> {
        let rate = rates.of(class);
        let each = Duration::from_secs(1).checked_div(rate)?;
        let limit = rate.saturating_mul(RESERVE_SECONDS);
        let reserve = each * limit;
        let mut rows = self.0.lock();
        let key = (who, class);
        if rows.len() >= ROWS_MAX && !rows.contains_key(&key) {
            make_room(&mut rows, now);
        }
        let full_at = rows.entry(key).or_insert(now);
        let after = (*full_at).max(now) + each;
        let used = after.saturating_sub(now);
        if let Some(over) = used.checked_sub(reserve).filter(|over| !over.is_zero()) {
            let reset_s = seconds(full_at.saturating_sub(now));
            let retry_after_s = Some(seconds(over).max(1));
            return Some(Allowance { limit, remaining: 0, reset_s, retry_after_s });
        }
        *full_at = after;
        let left = (reserve - used).as_nanos() / each.as_nanos().max(1);
        let remaining = u32::try_from(left).unwrap_or(limit);
        Some(Allowance { limit, remaining, reset_s: seconds(used), retry_after_s: None })
    }
}

/// Forgets who has a full reserve again; where nobody has, whoever will have it first.
fn make_room(rows: &mut HashMap<(String, RouteClass), Duration>, now: Duration) {
    rows.retain(|_, full_at| *full_at > now);
    if rows.len() < ROWS_MAX {
        return;
    }
    let first = rows.iter().min_by_key(|(_, full_at)| **full_at).map(|(key, _)| key.clone());
    if let Some(first) = first {
        rows.remove(&first);
    }
}

fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: RequestRates = RequestRates { read: 10, write: 1, kafka: 0, records: 0 };

    fn take(book: &RateBook, ms: u64, who: &str, class: RouteClass) -> Option<Allowance> {
        book.take(Duration::from_millis(ms), RATES, (who.to_owned(), class))
    }

    #[test]
    fn burst_is_carried_out_and_then_the_rate_holds() {
        let book = RateBook::default();
        for n in 1..=200 {
            let left = take(&book, 0, "a", RouteClass::Read).unwrap();
            assert_eq!((left.limit, left.remaining, left.retry_after_s), (200, 200 - n, None));
        }
        let refused = take(&book, 0, "a", RouteClass::Read).unwrap();
        assert_eq!((refused.remaining, refused.reset_s), (0, 20));
        assert_eq!(refused.retry_after_s, Some(1));
        assert_eq!(take(&book, 99, "a", RouteClass::Read).unwrap().retry_after_s, Some(1));
        assert_eq!(take(&book, 100, "a", RouteClass::Read).unwrap().retry_after_s, None);
        // Ten a second from here on, however often it is asked for.
        let asked = (101..=10_100).map(|ms| take(&book, ms, "a", RouteClass::Read).unwrap());
        assert_eq!(asked.filter(|it| it.retry_after_s.is_none()).count(), 100);
        assert_eq!(take(&book, 60_000, "a", RouteClass::Read).unwrap().remaining, 199, "all of it");
    }

    #[test]
    fn nobody_is_refused_for_another_or_for_another_class() {
        let book = RateBook::default();
        while take(&book, 0, "a", RouteClass::Write).unwrap().retry_after_s.is_none() {}
        assert_eq!(take(&book, 0, "a", RouteClass::Read).unwrap().remaining, 199);
        assert_eq!(take(&book, 0, "b", RouteClass::Write).unwrap().remaining, 19);
        assert_eq!(take(&book, 0, "a", RouteClass::Kafka), None, "no limit");
    }

    #[test]
    fn rates_are_read_as_they_are_written() {
        let read = |text: &str| text.parse::<RequestRates>();
        assert_eq!(read("read=10,write=1,kafka=0,records=0"), Ok(RATES));
        assert_eq!(read(&RATES.to_string()), Ok(RATES));
        assert_eq!(read("write=7"), Ok(RequestRates { write: 7, ..RequestRates::default() }));
        for bad in ["", "write", "write=", "write=-1", "wrong=1", "write=1,"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let book = RateBook::default();
        for n in 0..ROWS_MAX + 50 {
            take(&book, 0, &n.to_string(), RouteClass::Write);
        }
        assert_eq!(book.0.lock().len(), ROWS_MAX);
        take(&book, 5_000, "late", RouteClass::Write);
        assert_eq!(book.0.lock().len(), 1, "who has a full reserve is not remembered");
    }
}
