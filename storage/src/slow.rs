//! A store that is as slow as one far away: what a benchmark on one machine needs.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common_seams::Rng;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep_until};

use crate::counted::StoreUse;
use crate::payload::Payload;
use crate::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};

/// Standard deviations between the median and the 99th percentile of a normal distribution.
const P99: f64 = 2.326_347_9;

/// How long requests take: log-normal, as those of large services do, more or less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slowness {
    /// Half of the requests take longer.
    pub median: Duration,
    /// One of a hundred takes longer.
    pub p99: Duration,
}

impl Slowness {
    fn next(&self, rng: &dyn Rng) -> Duration {
        // Two even numbers make one of a normal distribution; the first is never 0.
        let even = || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let normal = (-2.0 * (1.0 - even()).ln()).sqrt() * (std::f64::consts::TAU * even()).cos();
        let spread = (self.p99.as_secs_f64() / self.median.as_secs_f64()).ln() / P99;
        self.median.mul_f64((spread * normal).exp())
    }
}

/// A store whose answers come later. A request that took longer by itself takes no longer for it.
#[derive(Debug, Clone)]
pub struct SlowStore {
    inner: Arc<dyn ObjectStore>,
    slowness: Slowness,
    rng: Arc<dyn Rng>,
}

impl SlowStore {
    /// Slows `inner` down.
    #[must_use]
    pub fn new(inner: Arc<dyn ObjectStore>, slowness: Slowness, rng: Arc<dyn Rng>) -> Self {
        Self { inner, slowness, rng }
    }

    fn late<'a, T: Send + 'a>(
        &'a self,
        call: BoxFuture<'a, Result<T, StoreError>>,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        let due = Instant::now() + self.slowness.next(&*self.rng);
        async move {
            let reply = call.await;
            sleep_until(due).await;
            reply
        }
        .boxed()
    }
}

impl ObjectStore for SlowStore {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.late(self.inner.put(key, body, mode))
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.late(self.inner.get(key))
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.late(self.inner.get_range(key, range))
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        self.late(self.inner.list_after(prefix, after, max))
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.late(self.inner.delete(key))
    }

    fn date(&self) -> Option<StoreDate> {
        self.inner.date()
    }

    fn used(&self) -> Option<StoreUse> {
        self.inner.used()
    }
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    #[test]
    fn half_of_the_requests_take_longer_than_the_median_and_one_of_a_hundred_than_the_p99() {
        let (median, p99) = (Duration::from_millis(30), Duration::from_millis(150));
        let (slowness, rng) = (Slowness { median, p99 }, SeededRng::new(1));
        let mut took: Vec<Duration> = (0..20_000).map(|_| slowness.next(&rng)).collect();
        took.sort_unstable();
        let part = |limit| took.iter().filter(|t| **t > limit).count() as f64 / took.len() as f64;
        assert!((0.48..0.52).contains(&part(median)), "{}", part(median));
        assert!((0.008..0.012).contains(&part(p99)), "{}", part(p99));
    }
}
