use std::time::Duration;

/// How long a session lasts, whatever is done with it. As at the public service.
pub const SESSION_LIFE_MAX: Duration = Duration::from_secs(8 * 60 * 60);
/// How long a session lasts that is not used. As at the public service.
pub const SESSION_IDLE_MAX: Duration = Duration::from_secs(2 * 60 * 60);
/// Sessions of one person at a time: one more ends the oldest.
pub const SESSIONS_PER_PERSON_MAX: u64 = 100;

/// A person who is signed in somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// A UUID; the token names it.
    pub id: String,
    /// The person's organisation.
    pub organization_id: String,
    /// `u-…`
    pub person_id: String,
    /// HMAC-SHA-256(pepper, token).
    pub verifier: [u8; 32],
    /// Which pepper made the verifier.
    pub pepper_version: u32,
    /// When the person signed in.
    pub created_us: i64,
    /// When it is over in any case.
    pub expires_us: i64,
    /// When it was last used, or within a minute before that.
    pub used_us: i64,
    /// What an identity provider said of the person when it began, as a JSON object; empty when they came with a
    /// password.
    pub claims: String,
}

impl Session {
    /// Whether it still opens anything.
    #[must_use]
    pub fn is_open(&self, now_us: i64) -> bool {
        now_us < self.expires_us && now_us < self.used_us.saturating_add(micros(SESSION_IDLE_MAX))
    }

    /// Sessions that began at this time or before it are over.
    #[must_use]
    pub fn forgotten_us(now_us: i64) -> i64 {
        now_us.saturating_sub(micros(SESSION_LIFE_MAX))
    }
}

pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_after_its_life_or_when_nobody_uses_it() {
        let (hour, life) = (micros(Duration::from_secs(3600)), micros(SESSION_LIFE_MAX));
        let session = |used_us| Session {
            id: String::new(),
            organization_id: String::new(),
            person_id: String::new(),
            verifier: [0; 32],
            pepper_version: 1,
            created_us: 0,
            expires_us: life,
            used_us,
            claims: String::new(),
        };
        assert!(session(0).is_open(2 * hour - 1));
        assert!(!session(0).is_open(2 * hour));
        assert!(session(7 * hour).is_open(life - 1));
        assert!(!session(7 * hour).is_open(life), "however it is used");
        assert_eq!(Session::forgotten_us(life), 0);
    }
}
