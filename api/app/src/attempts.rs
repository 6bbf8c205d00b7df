//! How often somebody may try to sign in: after a few failures in a row each one doubles the wait, for the
//! e-mail address together with where the requests come from, and for where they come from alone.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use parking_lot::Mutex;

/// Failures with one e-mail address from one place before there is a wait.
const FREE_PAIR: u32 = 5;
/// Failures from one place before there is a wait: many people may share an address.
const FREE_PLACE: u32 = 50;
/// Wrong codes of one person's second factor before there is a wait, from wherever they come: whoever tries codes has the
/// password.
const FREE_FACTOR: u32 = 5;
const WAIT_FIRST: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// Failures this old are forgotten.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// Rows at most; then the oldest goes.
const ROWS_MAX: usize = 10_000;

/// Failed attempts to sign in, of this process.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<Who, Row>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Pair(String, IpAddr),
    Place(IpAddr),
    Factor(String),
}

#[derive(Debug, Clone, Copy)]
struct Row {
    failures: u32,
    last: Duration,
    until: Duration,
}

impl Attempts {
    /// Begins an attempt, which counts as a failure until [`Attempts::succeeded`]: whoever tries many at once
    /// gains nothing.
    ///
    /// # Errors
    /// How long to wait before the next one; this one does not count.
    pub(crate) fn begin(
        &self,
        now: Duration,
        email: &str,
        address: Option<IpAddr>,
    ) -> Result<(), Duration> {
        self.begin_all(now, both(email, address))
    }

    /// Begins an attempt to show a code of a person's second factor, which counts as a failure until
    /// [`Attempts::factor_shown`].
    ///
    /// # Errors
    /// How long to wait before the next one; this one does not count.
    pub(crate) fn begin_factor(&self, now: Duration, person_id: &str) -> Result<(), Duration> {
        self.begin_all(now, [Who::Factor(person_id.to_owned())])
    }

    fn begin_all<const N: usize>(&self, now: Duration, all: [Who; N]) -> Result<(), Duration> {
        let mut rows = self.0.lock();
        let until = all.iter().filter_map(|who| rows.get(who)).map(|row| row.until).max();
        if let Some(until) = until.filter(|until| *until > now) {
            return Err(until.saturating_sub(now));
        }
        for who in all {
            make_room(&mut rows, now);
            let free = who.free();
            let row = rows.entry(who).or_insert(Row { failures: 0, last: now, until: now });
            if now.saturating_sub(row.last) > KEPT {
                row.failures = 0;
            }
            row.failures = row.failures.saturating_add(1);
            row.last = now;
            row.until = now + wait(row.failures, free);
        }
        Ok(())
    }

    /// The code was right.
    pub(crate) fn factor_shown(&self, person_id: &str) {
        self.0.lock().remove(&Who::Factor(person_id.to_owned()));
    }

    /// The attempt was neither: it counts as if it had not been begun, and those before it go on counting.
    pub(crate) fn undone(&self, email: &str, address: Option<IpAddr>) {
        let mut rows = self.0.lock();
        let [pair, place] = both(email, address);
        if let Some(row) = rows.get_mut(&pair) {
            row.failures = row.failures.saturating_sub(1);
            // The wait was served before this one could begin.
            row.until = row.last;
        }
        if let Some(row) = rows.get_mut(&place) {
            row.failures = row.failures.saturating_sub(1);
            row.until = row.last + wait(row.failures, FREE_PLACE);
        }
    }

    /// The attempt was none of a stranger.
    pub(crate) fn succeeded(&self, email: &str, address: Option<IpAddr>) {
        let mut rows = self.0.lock();
        let [pair, place] = both(email, address);
        rows.remove(&pair);
        if let Some(row) = rows.get_mut(&place) {
            row.failures = row.failures.saturating_sub(1);
            row.until = row.last + wait(row.failures, FREE_PLACE);
        }
    }
}

impl Who {
    const fn free(&self) -> u32 {
        match self {
            Self::Pair(..) => FREE_PAIR,
            Self::Place(_) => FREE_PLACE,
            Self::Factor(_) => FREE_FACTOR,
        }
    }
}

fn both(email: &str, address: Option<IpAddr>) -> [Who; 2] {
    let place = match address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) {
        IpAddr::V4(address) => IpAddr::V4(address),
        // Whoever has one address of a /64 has them all.
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    };
    [Who::Pair(email.to_owned(), place), Who::Place(place)]
}

fn wait(failures: u32, free: u32) -> Duration {
    if failures < free {
        return Duration::ZERO;
    }
    // More doublings than this are longer than the longest wait.
    let doublings = (failures - free).min(20);
    (WAIT_FIRST * 2_u32.pow(doublings)).min(WAIT_MAX)
}

fn make_room(rows: &mut HashMap<Who, Row>, now: Duration) {
    if rows.len() < ROWS_MAX {
        return;
    }
    rows.retain(|_, row| now.saturating_sub(row.last) <= KEPT);
    while rows.len() >= ROWS_MAX {
        let oldest = rows.iter().min_by_key(|(_, row)| row.last).map(|(who, _)| who.clone());
        let Some(oldest) = oldest else { return };
        rows.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waits_double_up_to_a_bound_and_end_with_success() {
        let attempts = Attempts::default();
        let mut now = at(10_000);
        for _ in 0..FREE_PAIR {
            attempts.begin(now, "a@b", HERE).unwrap();
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(attempts.begin(now, "a@b", HERE), Err(at(seconds)));
            assert_eq!(attempts.begin(now, "other@b", HERE), Ok(()), "somebody else may");
            attempts.succeeded("other@b", HERE);
            now += at(seconds);
            attempts.begin(now, "a@b", HERE).unwrap();
        }
        attempts.succeeded("a@b", HERE);
        attempts.begin(now, "a@b", HERE).unwrap();
        attempts.begin(now, "a@b", HERE).unwrap();
    }

    #[test]
    fn one_place_may_not_try_everybody_and_a_v6_network_is_one_place() {
        let attempts = Attempts::default();
        for n in 0..FREE_PLACE {
            let address = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, n as u16));
            attempts.begin(at(1), &format!("{n}@b"), Some(address)).unwrap();
        }
        let same = "2001:db8:0:1::ffff".parse().unwrap();
        assert!(attempts.begin(at(1), "new@b", Some(same)).is_err());
        let other = "2001:db8:0:2::1".parse().unwrap();
        assert_eq!(attempts.begin(at(1), "new@b", Some(other)), Ok(()));
    }

    #[test]
    fn wrong_codes_count_wherever_they_come_from_until_one_is_right() {
        let attempts = Attempts::default();
        for _ in 0..FREE_FACTOR {
            attempts.begin_factor(at(1), "u-1").unwrap();
        }
        assert_eq!(attempts.begin_factor(at(1), "u-1"), Err(at(1)));
        assert_eq!(attempts.begin_factor(at(1), "u-2"), Ok(()));
        attempts.factor_shown("u-1");
        assert_eq!(attempts.begin_factor(at(1), "u-1"), Ok(()));
    }

    #[test]
    fn what_was_undone_takes_nothing_back_but_itself() {
        let attempts = Attempts::default();
        for _ in 1..FREE_PAIR {
            attempts.begin(at(1), "a@b", HERE).unwrap();
            attempts.begin(at(1), "a@b", HERE).unwrap();
            attempts.undone("a@b", HERE);
        }
        attempts.begin(at(1), "a@b", HERE).unwrap();
        assert!(attempts.begin(at(1), "a@b", HERE).is_err());
    }

    #[test]
    fn failures_are_forgotten_and_rows_are_bounded() {
        let attempts = Attempts::default();
        for _ in 0..FREE_PAIR {
            attempts.begin(at(1), "a@b", HERE).unwrap();
        }
        let later = at(1) + KEPT + at(1);
        for _ in 0..FREE_PAIR {
            attempts.begin(later, "a@b", HERE).unwrap();
        }
        for n in 0..(ROWS_MAX as u32 + 5) {
            let address = Some(IpAddr::V4(Ipv4Addr::from_bits(n)));
            attempts.begin(later, "a@b", address).unwrap();
        }
        assert!(attempts.0.lock().len() <= ROWS_MAX);
    }
}
