//! What this broker did not let somebody do, on its way to the audit log. Noting it never waits. The same is
//! told once a minute, and what comes too fast is left out and counted: a client in a loop fills no log.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use common_types::TenantId;
use common_types::acl::{Operation, ResourceType};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{Cell, Session, TokenRefused, TokenUse};

/// How long the same denial is not told again.
const SAME_WITHIN: Duration = Duration::from_secs(60);
/// Different denials that are told in that time.
const TOLD_MAX: usize = 4096;
/// Denials that wait to be taken.
const WAITING_MAX: usize = 1024;
/// Characters of a name that are told.
const NAME_SHOWN_MAX: usize = 256;

/// What somebody was not let do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// Whose cluster, where a key says so.
    pub tenant: Option<TenantId>,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// The API key of Kafka's wire.
    pub api: i16,
    /// `User:sa-…`; empty when nobody signed in.
    pub principal: String,
    /// The key that was shown; empty when what was shown is none.
    pub key: String,
    /// From where.
    pub address: IpAddr,
    /// What was not allowed, with what; absent when nobody signed in.
    pub refused: Option<(Operation, ResourceType, String)>,
    /// Whose token it was, where none of a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenUse>,
}

/// Denials that wait to be taken.
#[derive(Debug, Default)]
pub(super) struct Denials {
    hasher: RandomState,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    /// Hashes of what was told since `since`.
    told: HashSet<u64>,
    since: Duration,
    waiting: Vec<Denial>,
    lost: u64,
}

impl Denials {
    fn note(&self, now: Duration, denial: Denial) {
        let key_is_missing = denial.token.as_ref().is_some_and(|token| token.key_is_missing);
        let same = (denial.tenant, denial.api, &denial.key, denial.address, &denial.refused);
        let same = (same, key_is_missing);
        let same = self.hasher.hash_one(same);
        let mut noted = self.noted.lock();
        let noted = &mut *noted;
        if now.saturating_sub(noted.since) >= SAME_WITHIN {
            noted.told.clear();
            noted.since = now;
        }
        if noted.told.contains(&same) {
            return;
        }
        if noted.told.len() < TOLD_MAX && noted.waiting.len() < WAITING_MAX {
            noted.told.insert(same);
            noted.waiting.push(denial);
            return;
        }
        noted.lost += 1;
        // A flood of denials is no reason for a flood of lines.
        if noted.lost.is_power_of_two() {
            tracing::error!(
                lost = noted.lost,
                "denials are missing in the audit log: they come too fast"
            );
        }
    }
}

impl Cell {
    /// What was denied since this was called last.
    #[must_use]
    pub fn take_denials(&self) -> Vec<Denial> {
        std::mem::take(&mut self.denials.noted.lock().waiting)
    }

    /// A session was not let do something. Requests of the control plane have a trail of their own there.
    pub(crate) fn note_denied(
        &self,
        session: &Session,
        api: i16,
        (operation, resource, name): (Operation, ResourceType, &str),
    ) {
        let Some(address) = session.address else { return };
        let name = name.chars().take(NAME_SHOWN_MAX).collect();
        let denial = Denial {
            tenant: Some(session.tenant),
            at_us: self.clock.wall_us(),
            api,
            principal: session.principal.clone(),
            key: session.shown_key(),
            address,
            refused: Some((operation, resource, name)),
            token: session.token.as_deref().cloned(),
        };
        self.denials.note(self.clock.mono(), denial);
    }

    /// Somebody could not sign in. What is not shaped like a key may be a secret in the wrong place.
    pub(crate) fn note_stranger(&self, api: i16, shown: &str, address: IpAddr) {
        let letter = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let is_key = shown.len() == 16 && shown.bytes().all(letter);
        let key = if is_key { shown } else { "" };
        let denial = Denial {
            tenant: self.tenant_of_key(key),
            at_us: self.clock.wall_us(),
            api,
            principal: String::new(),
            key: key.to_owned(),
            address,
            refused: None,
            token: None,
        };
        self.denials.note(self.clock.mono(), denial);
    }

    /// A token did not let somebody sign in.
    pub(crate) fn note_refused_token(&self, api: i16, refused: &TokenRefused, address: IpAddr) {
        let denial = Denial {
            tenant: refused.tenant,
            at_us: self.clock.wall_us(),
            api,
            principal: String::new(),
            key: refused.shown.pool.clone(),
            address,
            refused: None,
            token: Some(TokenUse::clone(&refused.shown)),
        };
        self.denials.note(self.clock.mono(), denial);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn denial(name: &str) -> Denial {
        Denial {
            tenant: None,
            at_us: 0,
            api: 0,
            principal: String::new(),
            key: "KEY".to_owned(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            refused: Some((Operation::Write, ResourceType::Topic, name.to_owned())),
            token: None,
        }
    }

    fn taken(denials: &Denials) -> usize {
        std::mem::take(&mut denials.noted.lock().waiting).len()
    }

    #[test]
    fn same_denial_is_told_once_a_minute() {
        let denials = Denials::default();
        for second in 60..120 {
            denials.note(Duration::from_secs(second), denial("a"));
        }
        denials.note(Duration::from_secs(119), denial("b"));
        assert_eq!(taken(&denials), 2);
        denials.note(Duration::from_secs(120), denial("a"));
        assert_eq!(taken(&denials), 1);
        assert_eq!(denials.noted.lock().lost, 0);
    }

    #[test]
    fn flood_is_bounded_and_counted() {
        let denials = Denials::default();
        for round in 0..6 {
            for n in 0..1_000 {
                denials.note(Duration::from_secs(60), denial(&format!("{round} {n}")));
            }
            assert!(taken(&denials) <= 1_000);
        }
        assert_eq!(denials.noted.lock().lost, 6_000 - 4_096);
        for n in 0..2_000 {
            denials.note(Duration::from_secs(120), denial(&n.to_string()));
        }
        assert_eq!(taken(&denials), WAITING_MAX);
    }
}
