//! Public keys of identity providers: read from where they are published, and kept.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use common_errors::Error;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokens::read_key_set;
use tokio::sync::Notify;

use super::App;
use crate::failures::from_repo;
use crate::model::{IdentityKey, IdentityProvider, KeySetStatus, micros};
use crate::ports::{KeySetError, OrgScope, SystemWide};

/// How often strangers, who show tokens with keys that nobody knows, make us ask a provider at most.
pub(super) const UNKNOWN_PAUSE: Duration = Duration::from_secs(30);
/// How often its administrators do.
pub(super) const ASKED_PAUSE: Duration = Duration::from_secs(5);
/// Keys that were read longer ago are read again before the next token: a provider takes one away this way.
pub(super) const KEYS_FRESH: Duration = Duration::from_secs(60 * 60);
/// Keys that could not be read again for so long are believed no more.
const KEYS_LIFE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// How often it is looked whose keys are old: brokers ask nobody, so their keys are read without a token.
const LOOK_PAUSE: Duration = Duration::from_secs(60);
/// How often a provider that does not answer is asked again meanwhile.
const SILENT_PAUSE: Duration = Duration::from_secs(5 * 60);
/// Pools that wait for a look; more are told again later.
const MISSING_MAX: usize = 1000;
/// Providers that are asked at the same time.
const ASKED_AT_ONCE: usize = 8;
/// Providers that are remembered before those that nobody waits for are forgotten.
const TURNS_MAX: usize = 4096;

/// One reading at a time of each provider, with when the last one began. Whoever waits for a turn finds what the
/// one before them read.
#[derive(Debug, Default)]
pub(crate) struct KeyTurns(Mutex<HashMap<String, Turn>>);

/// Pools of which brokers saw tokens with unknown keys.
#[derive(Debug, Default)]
pub(crate) struct KeysMissing {
    pools: Mutex<BTreeSet<String>>,
    came: Notify,
}

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
        let (before, was_believed) = (row.keys.clone(), self.believes_keys_of(&row));
        self.read_keys(&mut row, status).await;
        let asked_for = status == KeySetStatus::Refreshed;
        let kept = self.parts.repo.keep_identity_keys(org, row.clone(), asked_for).await;
        if !kept.map_err(from_repo)? {
            return Ok(None);
        }
        if (row.keys != before || was_believed != self.believes_keys_of(&row))
            && let Err(error) = self.publish_access().await
        {
            // It is repaired behind this; whoever asked gets in here at once.
            tracing::warn!(%error, "brokers do not have the new keys of an identity provider yet");
        }
        Ok(Some(row))
    }

    /// Whether the keys of a provider were read, or could be read again, lately enough.
    fn believes_keys_of(&self, row: &IdentityProvider) -> bool {
        believes(row, self.now_us())
    }

    /// Reads the keys of providers again whose tokens brokers take, before they are old and when brokers saw tokens
    /// with unknown ones, and tells brokers. Never ends; spawn it.
    pub async fn keep_identity_keys(&self) {
        let mut looked_us = self.now_us();
        loop {
            // Whichever comes first: both are looked at.
            let _ = tokio::time::timeout(LOOK_PAUSE, self.keys_missing.came.notified()).await;
            let since_us = std::mem::replace(&mut looked_us, self.now_us());
            let renewed = self.read_missing_keys().await;
            if let Err(error) = renewed.and(self.renew_old_keys(since_us).await) {
                tracing::warn!(%error, "keys of identity providers cannot be looked after");
            }
        }
    }

    /// A broker saw a token of this pool whose key it does not know: the provider may have a new one. Never waits.
    pub fn key_is_missing(&self, pool_id: &str) {
        let mut pools = self.keys_missing.pools.lock();
        if pools.len() < MISSING_MAX {
            pools.insert(pool_id.to_owned());
            self.keys_missing.came.notify_one();
        }
    }

    /// Reads keys that brokers miss, of each provider at most every 30 seconds.
    ///
    /// # Errors
    /// The store.
    pub async fn read_missing_keys(&self) -> Result<(), Error> {
        let pools = std::mem::take(&mut *self.keys_missing.pools.lock());
        for pool_id in pools {
            let Some((_, provider)) = self.pool_and_provider(&pool_id).await? else { continue };
            let org = OrgScope::of(&provider.organization_id);
            self.fresh_keys(org, &provider.id, UNKNOWN_PAUSE, KeySetStatus::Ok).await?;
        }
        Ok(())
    }

    /// One look after keys that are old; `since_us` is when the one before it was.
    ///
    /// # Errors
    /// The store, or brokers that do not take what is new.
    pub async fn renew_old_keys(&self, since_us: i64) -> Result<(), Error> {
        let before_us = self.now_us().saturating_sub(micros(KEYS_FRESH));
        let old = self.parts.repo.old_keys(SystemWide::Brokers, before_us);
        let old = old.await.map_err(from_repo)?;
        let expired =
            |row: &IdentityProvider| believes(row, since_us) && !self.believes_keys_of(row);
        if old.iter().any(expired) {
            self.publish_access().await?;
        }
        let reads = old.into_iter().map(|row| async move {
            let org = OrgScope::of(&row.organization_id);
            self.fresh_keys(org, &row.id, SILENT_PAUSE, KeySetStatus::Ok).await
        });
        let mut reads = futures_util::stream::iter(reads).buffer_unordered(ASKED_AT_ONCE);
        while let Some(read) = reads.next().await {
            read?;
        }
        Ok(())
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
        if self.now_us().saturating_sub(provider.keys_us) < micros(KEYS_FRESH)
            && let Some(key) = named(provider)
        {
            return Ok(Some(key));
        }
        let org = OrgScope::of(&provider.organization_id);
        let fresh = self.fresh_keys(org, &provider.id, UNKNOWN_PAUSE, KeySetStatus::Ok).await?;
        Ok(fresh.filter(|row| self.believes_keys_of(row)).and_then(|row| named(&row)))
    }
}

/// Whether the keys of a provider are believed at that time.
pub(crate) fn believes(row: &IdentityProvider, now_us: i64) -> bool {
    now_us.saturating_sub(row.keys_us) < micros(KEYS_LIFE_MAX)
}
