//! Public keys of identity providers: read from where they are published, and kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use common_errors::Error;
use parking_lot::Mutex;

use super::App;
use crate::failures::from_repo;
use crate::identity::read_key_set;
use crate::model::{IdentityKey, IdentityProvider, KeySetStatus, micros};
use crate::ports::{KeySetError, OrgScope};

/// How often strangers, who show tokens with keys that nobody knows, make us ask a provider at most.
pub(super) const UNKNOWN_PAUSE: Duration = Duration::from_secs(30);
/// How often its administrators do.
pub(super) const ASKED_PAUSE: Duration = Duration::from_secs(5);
/// Keys that were read longer ago are read again before the next token: a provider takes one away this way.
pub(super) const KEYS_FRESH: Duration = Duration::from_secs(60 * 60);
/// Keys that could not be read again for so long are believed no more.
const KEYS_LIFE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Providers that are remembered before those that nobody waits for are forgotten.
const TURNS_MAX: usize = 4096;

/// One reading at a time of each provider, with when the last one began. Whoever waits for a turn finds what the
/// one before them read.
#[derive(Debug, Default)]
pub(crate) struct KeyTurns(Mutex<HashMap<String, Turn>>);

type Turn = Arc<tokio::sync::Mutex<Option<Duration>>>;

impl KeyTurns {
    fn of(&self, provider_id: &str) -> Turn {
        let mut turns = self.0.lock();
        if turns.len() >= TURNS_MAX && !turns.contains_key(provider_id) {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        Arc::clone(turns.entry(provider_id.to_owned()).or_default())
    }
}

impl App {
    /// Reads the keys of a provider, unless that was begun less than `pause` ago, and keeps them. `None` when there
    /// is no such provider any more.
    pub(super) async fn fresh_keys(
        &self,
        org: OrgScope,
        id: &str,
        pause: Duration,
        status: KeySetStatus,
    ) -> Result<Option<IdentityProvider>, Error> {
        let turn = self.key_turns.of(id);
        let mut last = turn.lock().await;
        let row = self.parts.repo.identity_provider(org.clone(), id.to_owned()).await;
        let Some(mut row) = row.map_err(from_repo)? else { return Ok(None) };
        let now = self.parts.clock.mono();
        if last.is_some_and(|last| now.saturating_sub(last) < pause) {
            return Ok(Some(row));
        }
        *last = Some(now);
        self.read_keys(&mut row, status).await;
        let asked_for = status == KeySetStatus::Refreshed;
        let kept = self.parts.repo.keep_identity_keys(org, row.clone(), asked_for).await;
        Ok(kept.map_err(from_repo)?.then_some(row))
    }

    /// Reads the keys into a row. When that does not succeed, those from before stay.
    pub(super) async fn read_keys(&self, row: &mut IdentityProvider, status: KeySetStatus) {
        let read = self.parts.key_sets.read(&row.jwks_uri).await;
        let read = read.and_then(|document| {
            read_key_set(&document).map_err(|why| KeySetError::Unreachable(why.to_owned()))
        });
        match read {
            Ok(keys) => (row.keys, row.keys_us, row.keys_status) = (keys, self.now_us(), status),
            Err(error) => {
                tracing::warn!(provider.id = %row.id, %error, "keys of an identity provider cannot be read");
                row.keys_status = match error {
                    KeySetError::Refused(_) => KeySetStatus::InvalidUri,
                    KeySetError::Unreachable(_) => KeySetStatus::Error,
                };
            }
        }
    }

    /// The key of this name, read from the provider when it is not known or was not looked at for long.
    pub(super) async fn identity_key(
        &self,
        provider: &IdentityProvider,
        kid: &str,
    ) -> Result<Option<IdentityKey>, Error> {
        let named = |row: &IdentityProvider| row.keys.iter().find(|key| key.kid == kid).cloned();
        let age = |row: &IdentityProvider| self.now_us().saturating_sub(row.keys_us);
        if age(provider) < micros(KEYS_FRESH)
            && let Some(key) = named(provider)
        {
            return Ok(Some(key));
        }
        let org = OrgScope::of(&provider.organization_id);
        let fresh = self.fresh_keys(org, &provider.id, UNKNOWN_PAUSE, KeySetStatus::Ok).await?;
        Ok(fresh.filter(|row| age(row) < micros(KEYS_LIFE_MAX)).and_then(|row| named(&row)))
    }
}
