//! Waiting out a store that is ill.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_seams::Rng;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use crate::counted::StoreUse;
use crate::payload::Payload;
use crate::planted::{Planted, on};
use crate::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};

/// How long a store may refuse us before that counts: keys are rotated, roles spread slowly.
pub const DENIED_PATIENCE: Duration = Duration::from_secs(300);

/// Pauses between attempts: doubling, with jitter, so that callers do not come back all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// About the pause after the first attempt.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), most: Duration::from_secs(10) }
    }
}

impl Backoff {
    /// The pause after attempt number `attempt` (from 0): between a half and all of the doubled one.
    #[must_use]
    pub fn pause(&self, attempt: u32, rng: &dyn Rng) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX));
        let whole = u64::try_from(doubled.min(self.most).as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(whole / 2 + rng.below(whole / 2 + 1))
    }
}

/// A store whose unknown outcomes are retried: for ever, or for a while.
///
/// A put that is retried sends the same bytes to the same key. When it then meets an object, it reads
/// it: the same bytes mean that an earlier attempt was applied, and the put has succeeded. So the
/// bytes must be the caller's alone; put a nonce into them when another could write the same.
#[derive(Debug, Clone)]
pub struct RetryingStore {
    inner: Arc<dyn ObjectStore>,
    rng: Arc<dyn Rng>,
    backoff: Backoff,
    patience: Option<Duration>,
}

/// The failures of one call.
struct SoFar {
    began: Instant,
    failed: u32,
    /// Since when the store has done nothing but refuse.
    denied_since: Option<Instant>,
}

impl SoFar {
    fn new() -> Self {
        Self { began: Instant::now(), failed: 0, denied_since: None }
    }
}

impl RetryingStore {
    /// Retries for ever. Refusals (401, 403) are waited out for [`DENIED_PATIENCE`].
    #[must_use]
    pub fn for_ever(inner: Arc<dyn ObjectStore>, rng: Arc<dyn Rng>) -> Self {
        Self { inner, rng, backoff: Backoff::default(), patience: None }
    }

    /// Retries until a call has taken `patience`, and then tells the last error.
    #[must_use]
    pub fn for_a_while(inner: Arc<dyn ObjectStore>, rng: Arc<dyn Rng>, patience: Duration) -> Self {
        Self { patience: Some(patience), ..Self::for_ever(inner, rng) }
    }

    /// Whether to try again after `error`; pauses if so.
    async fn again(&self, error: &StoreError, so_far: &mut SoFar) -> bool {
        match error {
            StoreError::Denied { .. } => {}
            // Two put-if-absents of one key at once get it, too, as a writer and who seals its log do.
            StoreError::Contended(_) => so_far.denied_since = None,
            _ if error.is_unknown() => so_far.denied_since = None,
            _ => return false,
        }
        let (attempt, now) = (so_far.failed, Instant::now());
        so_far.failed += 1;
        let pause = self.backoff.pause(attempt, &*self.rng);
        let over = |since: Instant, patience| now.duration_since(since) + pause > patience;
        let denied = matches!(error, StoreError::Denied { .. })
            && over(*so_far.denied_since.get_or_insert(now), DENIED_PATIENCE);
        if denied || self.patience.is_some_and(|patience| over(so_far.began, patience)) {
            return false;
        }
        // Every tenth time only: an ill store must not fill the log as well.
        if attempt.is_multiple_of(10) {
            tracing::warn!(%error, attempt, "the object store does not answer well; trying again");
        }
        sleep(pause).await;
        true
    }

    async fn retry<'a, T>(
        &'a self,
        call: impl Fn() -> BoxFuture<'a, Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let mut so_far = SoFar::new();
        loop {
            match call().await {
                Err(e) if self.again(&e, &mut so_far).await => {}
                done => return done,
            }
        }
    }

    async fn put_until_known(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> Result<ETag, StoreError> {
        let (mut so_far, mut doubt) = (SoFar::new(), false);
        loop {
            let error = match self.inner.put(key.clone(), body.clone(), mode.clone()).await {
                Ok(tag) => return Ok(tag),
                Err(error) => error,
            };
            doubt |= error.is_unknown();
            let met = matches!(error, StoreError::Exists(_) | StoreError::Changed(_));
            if met && doubt {
                return match self.retry(|| self.inner.get(key.clone())).await {
                    Ok((there, tag)) if there == body.concat() => Ok(tag),
                    Ok((there, tag)) if on(Planted::HeaderWithoutCrc) && alike(&there, &body) => {
                        Ok(tag)
                    }
                    Ok(_) | Err(StoreError::NotFound(_)) => Err(error),
                    Err(unread) => Err(unread),
                };
            }
            if !self.again(&error, &mut so_far).await {
                return Err(error);
            }
        }
    }
}

/// Whether the headers of two slots tell the same epoch, slot, nonce and frontier.
fn alike(there: &Bytes, body: &Payload) -> bool {
    let told = 40..80;
    there.starts_with(b"WEIRSLOT") && there.get(told.clone()) == body.concat().get(told)
}

impl ObjectStore for RetryingStore {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.put_until_known(key, body, mode).boxed()
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.retry(move || self.inner.get(key.clone())).boxed()
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.retry(move || self.inner.get_range(key.clone(), range.clone())).boxed()
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        self.retry(move || self.inner.list_after(prefix.clone(), after.clone(), max)).boxed()
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.retry(move || self.inner.delete(key.clone())).boxed()
    }

    fn date(&self) -> Option<StoreDate> {
        self.inner.date()
    }

    fn used(&self) -> Option<StoreUse> {
        self.inner.used()
    }
}
