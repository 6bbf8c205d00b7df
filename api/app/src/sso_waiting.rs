//! People who went to their identity provider and are expected back. They are kept in this process: they live for
//! minutes, and whoever is away while it ends begins again.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_seams::Rng;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::identity::Secrets;

/// How long somebody may be away.
pub(crate) const LIFE: Duration = Duration::from_secs(10 * 60);
/// Sign-ins that are under way at a time, of one place and in all.
const PLACE_MAX: usize = 100;
const ALL_MAX: usize = 10_000;
/// Bytes of what nobody can guess.
const RANDOM: usize = 32;

/// Those who are away, by the digest of their state.
#[derive(Debug, Default)]
pub(crate) struct Away(Mutex<HashMap<[u8; 32], Row>>);

#[derive(Debug)]
struct Row {
    browser: [u8; 32],
    until: Duration,
    address: Option<IpAddr>,
    to: Destination,
    secrets: Secrets,
}

/// Where somebody went, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Whose connection it is.
    pub(crate) organization_id: String,
    /// The version of the connection: another one is another provider.
    pub(crate) updated_us: i64,
}

/// Somebody who is about to go.
pub(crate) struct Leaving {
    /// What their browser keeps, and shows when it is back.
    pub(crate) browser: String,
    /// What goes to the provider.
    pub(crate) secrets: Secrets,
}

impl Away {
    /// Lets somebody go. `None` when too many are away.
    pub(crate) fn begin(
        &self,
        rng: &dyn Rng,
        now: Duration,
        address: Option<IpAddr>,
        to: Destination,
    ) -> Option<Leaving> {
        let mut rows = self.0.lock();
        rows.retain(|_, row| row.until > now);
        let here = rows.values().filter(|row| row.address == address).count();
        if here >= PLACE_MAX || rows.len() >= ALL_MAX {
            return None;
        }
        let secret = || {
            let mut random = [0; RANDOM];
            rng.fill(&mut random);
            URL_SAFE_NO_PAD.encode(random)
        };
        let secrets = Secrets { state: secret(), nonce: secret(), verifier: secret() };
        let browser = secret();
        let row = Row {
            browser: digest(&browser),
            until: now + LIFE,
            address,
            to,
            secrets: secrets.clone(),
        };
        rows.insert(digest(&secrets.state), row);
        Some(Leaving { browser, secrets })
    }

    /// Somebody is back, once: whatever is wrong, the same state opens nothing again. Only the browser that went is
    /// taken, so that nobody is signed in with what another began.
    pub(crate) fn end(
        &self,
        now: Duration,
        state: &str,
        browser: &str,
    ) -> Option<(Destination, Secrets)> {
        let row = self.0.lock().remove(&digest(state)).filter(|row| row.until > now)?;
        let is_same: bool = row.browser.ct_eq(&digest(browser)).into();
        is_same.then_some((row.to, row.secrets))
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    fn somewhere() -> Destination {
        Destination { organization_id: "o".to_owned(), updated_us: 1 }
    }

    #[test]
    fn the_browser_that_went_is_back_once_and_in_time() {
        let (away, rng, now) = (Away::default(), SeededRng::new(1), Duration::from_secs(5));
        let go = || away.begin(&rng, now, None, somewhere()).unwrap();
        let mine = go();
        let (to, secrets) = away.end(now, &mine.secrets.state, &mine.browser).unwrap();
        assert_eq!((to, &secrets), (somewhere(), &mine.secrets));
        assert_eq!(away.end(now, &mine.secrets.state, &mine.browser), None, "once");
        let (mine, other) = (go(), go());
        assert_eq!(away.end(now, &mine.secrets.state, &other.browser), None, "another browser");
        assert_eq!(away.end(now, &mine.secrets.state, &mine.browser), None, "it was used");
        assert_eq!(away.end(now + LIFE, &other.secrets.state, &other.browser), None, "too late");
        assert_eq!(away.end(now, "none", &other.browser), None);
        let all = [&other.secrets.state, &other.secrets.nonce, &other.secrets.verifier];
        assert!(all.iter().all(|text| text.len() == 43), "{all:?}");
        assert!(all[0] != all[1] && all[1] != all[2] && other.browser != *all[0]);
    }

    #[test]
    fn those_who_are_away_are_bounded() {
        let (away, rng) = (Away::default(), SeededRng::new(1));
        let go = |now, address| away.begin(&rng, now, address, somewhere()).is_some();
        assert!((0..PLACE_MAX).all(|_| go(Duration::ZERO, None)));
        assert!(!go(Duration::ZERO, None));
        assert!(go(Duration::ZERO, "192.0.2.1".parse().ok()));
        assert!(go(LIFE, None), "they were forgotten");
    }
}
