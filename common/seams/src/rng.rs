use parking_lot::Mutex;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use uuid::{Builder, Uuid};

use crate::Clock;

/// A source of random bytes.
pub trait Rng: Send + Sync + std::fmt::Debug {
    /// Fills `buf` with random bytes.
    fn fill(&self, buf: &mut [u8]);

    /// A random 64-bit number.
    fn next_u64(&self) -> u64 {
        let mut buf = [0_u8; 8];
        self.fill(&mut buf);
        u64::from_le_bytes(buf)
    }

    /// A number below `bound`, without modulo bias. `bound` must not be 0.
    fn below(&self, bound: u64) -> u64 {
        assert!(bound > 0, "an empty range has no member");
        let zone = u64::MAX - u64::MAX % bound;
        loop {
            let v = self.next_u64();
            if v < zone {
                return v % bound;
            }
        }
    }
}

/// Cryptographically secure bytes, seeded once from the operating system.
#[derive(Debug)]
pub struct OsRng(Mutex<ChaCha20Rng>);

impl OsRng {
    /// A generator seeded from the operating system.
    ///
    /// # Panics
    /// When the operating system gives no entropy: nothing safe can be made without it.
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(rand::make_rng()))
    }
}

impl Default for OsRng {
    fn default() -> Self {
        Self::new()
    }
}

impl Rng for OsRng {
    fn fill(&self, buf: &mut [u8]) {
        self.0.lock().fill_bytes(buf);
    }
}

/// The same bytes for the same seed. For tests and simulation only.
#[derive(Debug)]
pub struct SeededRng(Mutex<ChaCha20Rng>);

impl SeededRng {
    /// A generator for `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }
}

impl Rng for SeededRng {
    fn fill(&self, buf: &mut [u8]) {
        self.0.lock().fill_bytes(buf);
    }
}

/// A random (version 4) UUID (RFC 9562).
#[must_use]
pub fn uuid_v4(rng: &dyn Rng) -> Uuid {
    let mut bytes = [0_u8; 16];
    rng.fill(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}

/// A time-ordered (version 7) UUID (RFC 9562).
#[must_use]
pub fn uuid_v7(clock: &dyn Clock, rng: &dyn Rng) -> Uuid {
    let mut bytes = [0_u8; 10];
    rng.fill(&mut bytes);
    Builder::from_unix_timestamp_millis(u64::try_from(clock.wall_ms()).unwrap_or(0), &bytes)
        .into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    #[test]
    fn one_seed_is_one_sequence() {
        let (a, b) = (SeededRng::new(7), SeededRng::new(7));
        assert_eq!(a.next_u64(), b.next_u64());
        assert_ne!(a.next_u64(), SeededRng::new(8).next_u64());
    }

    #[test]
    fn uuids_carry_their_version() {
        let rng = SeededRng::new(1);
        assert_eq!(uuid_v4(&rng).get_version_num(), 4);
        let clock = ManualClock::at_ms(1_700_000_000_000);
        assert_eq!(uuid_v7(&clock, &rng).get_version_num(), 7);
        assert!((0..100).all(|_| rng.below(3) < 3));
    }
}
