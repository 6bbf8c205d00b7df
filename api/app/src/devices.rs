//! Devices that wait until somebody who is signed in elsewhere approves them, as RFC 8628 has it. They are kept in this
//! process: they live for minutes, and whoever waits while it ends asks again.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_seams::Rng;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

/// How long a device waits.
pub(crate) const LIFE: Duration = Duration::from_secs(15 * 60);
/// How long it pauses between two questions.
pub(crate) const PAUSE: Duration = Duration::from_secs(5);
/// Devices that wait at a time, of one place and in all.
const PLACE_MAX: usize = 50;
const ALL_MAX: usize = 10_000;
/// Bytes of a device's code, which nobody can guess.
const RANDOM: usize = 32;
/// Letters that spell no word and are not taken for one another.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const USER_CODE_LENGTH: usize = 8;

/// The devices, by the digest of what they show.
#[derive(Debug, Default)]
pub(crate) struct Devices(Mutex<HashMap<[u8; 32], Waiting>>);

#[derive(Debug, Clone)]
struct Waiting {
    user_code: String,
    until: Duration,
    next: Duration,
    address: Option<IpAddr>,
    decision: Option<Decision>,
}

/// What somebody said about a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It acts for this person of this organisation.
    Approved { organization_id: String, person_id: String },
    /// It is not theirs.
    Denied,
}

/// How it stands with a device that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody said anything yet.
    Pending,
    /// It asked again before its pause was over, which is longer now.
    TooFast,
    /// There is none, or not any more.
    Over,
    /// Somebody said something. It waits no more.
    Decided(Decision),
}

impl Devices {
    /// Lets a device wait: what it shows, and what its person types. `None` when too many wait.
    pub(crate) fn begin(
        &self,
        rng: &dyn Rng,
        now: Duration,
        address: Option<IpAddr>,
    ) -> Option<(String, String)> {
        let mut rows = self.0.lock();
        rows.retain(|_, row| row.until > now);
        let here = rows.values().filter(|row| row.address == address).count();
        if here >= PLACE_MAX || rows.len() >= ALL_MAX {
            return None;
        }
        let mut random = [0; RANDOM];
        rng.fill(&mut random);
        let device_code = URL_SAFE_NO_PAD.encode(random);
        let letter = || char::from(LETTERS[usize::try_from(rng.below(20)).unwrap_or(0)]);
        let user_code: String = (0..USER_CODE_LENGTH).map(|_| letter()).collect();
        let row = Waiting {
            user_code: user_code.clone(),
            until: now + LIFE,
            next: now,
            address,
            decision: None,
        };
        rows.insert(Sha256::digest(device_code.as_bytes()).into(), row);
        Some((device_code, user_code))
    }

    /// Where the device with this code is, and how long it still waits. `None` when none does.
    pub(crate) fn look(&self, now: Duration, code: &str) -> Option<(Option<IpAddr>, Duration)> {
        let (rows, code) = (self.0.lock(), normal(code));
        let mut open = rows.values().filter(|row| row.is_open(now, &code));
        open.next().map(|row| (row.address, row.until.saturating_sub(now)))
    }

    /// Says something about the device with this code. False when none waits.
    pub(crate) fn decide(&self, now: Duration, code: &str, decision: Decision) -> bool {
        let (mut rows, code) = (self.0.lock(), normal(code));
        match rows.values_mut().find(|row| row.is_open(now, &code)) {
            Some(row) => {
                row.decision = Some(decision);
                true
            }
            None => false,
        }
    }

    /// A device asks.
    pub(crate) fn ask(&self, now: Duration, device_code: &str) -> Standing {
        let mut rows = self.0.lock();
        let key: [u8; 32] = Sha256::digest(device_code.as_bytes()).into();
        let Some(row) = rows.get_mut(&key).filter(|row| row.until > now) else {
            return Standing::Over;
        };
        if let Some(decision) = row.decision.clone() {
            rows.remove(&key);
            return Standing::Decided(decision);
        }
        let fast = now < row.next;
        row.next = now + if fast { PAUSE * 2 } else { PAUSE };
        if fast { Standing::TooFast } else { Standing::Pending }
    }
}

impl Waiting {
    fn is_open(&self, now: Duration, code: &str) -> bool {
        self.until > now && self.decision.is_none() && self.user_code == code
    }
}

/// A code as people read it.
pub(crate) fn readable(code: &str) -> String {
    let (first, last) = code.split_at(code.len() / 2);
    format!("{first}-{last}")
}

/// A code as people type it.
fn normal(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn approved() -> Decision {
        Decision::Approved { organization_id: "o".to_owned(), person_id: "u-1".to_owned() }
    }

    #[test]
    fn a_device_waits_until_somebody_decides_and_learns_it_once() {
        let (devices, rng) = (Devices::default(), SeededRng::new(1));
        let (device, user) = devices.begin(&rng, at(10), None).unwrap();
        assert_eq!(devices.ask(at(10), &device), Standing::Pending);
        assert_eq!(devices.ask(at(12), &device), Standing::TooFast);
        assert_eq!(devices.ask(at(20), &device), Standing::TooFast, "the pause is longer");
        assert_eq!(devices.ask(at(31), &device), Standing::Pending);
        assert_eq!(devices.look(at(40), "BCDFGHJK"), None);
        let typed = readable(&user).to_lowercase();
        assert_eq!(devices.look(at(40), &typed), Some((None, at(870))));
        assert!(devices.decide(at(40), &typed, approved()));
        assert!(!devices.decide(at(40), &typed, Decision::Denied), "once");
        assert_eq!(devices.ask(at(41), &device), Standing::Decided(approved()));
        assert_eq!(devices.ask(at(42), &device), Standing::Over);
        assert_eq!(devices.ask(at(42), "another"), Standing::Over);
    }

    #[test]
    fn codes_end_and_those_who_wait_are_bounded() {
        let (devices, rng) = (Devices::default(), SeededRng::new(1));
        let (device, user) = devices.begin(&rng, at(0), None).unwrap();
        for _ in 1..PLACE_MAX {
            devices.begin(&rng, at(0), None).unwrap();
        }
        assert_eq!(devices.begin(&rng, at(0), None), None);
        assert!(devices.begin(&rng, at(0), "192.0.2.1".parse().ok()).is_some());
        assert_eq!(devices.ask(LIFE, &device), Standing::Over);
        assert!(!devices.decide(LIFE, &user, approved()));
        assert!(devices.begin(&rng, LIFE, None).is_some(), "they were forgotten");
    }
}
