//! When manifests follow the segments that were written.
//!
//! A manifest costs a request or two, whatever it says; under much load there is one for several
//! segments. Until then the slots stay: a crash in between repeats the work and loses nothing.

use std::time::Duration;

/// So much at most is in segments that no manifest tells of: what a recovery reads is bounded by it.
const BYTES_MAX: u64 = 256 << 20;
/// Manifests that are older than this follow the next pass. That is sooner below 16 MB/s.
const PATIENCE: Duration = Duration::from_secs(16);

/// What no manifest tells of.
#[derive(Debug, Default)]
pub(super) struct Settling {
    bytes: u64,
    last: Duration,
}

impl Settling {
    /// Segments were written.
    pub(super) fn passed(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    /// Manifests were written.
    pub(super) fn settled(&mut self, now: Duration) {
        *self = Self { bytes: 0, last: now };
    }

    /// Whether the manifests should follow, though nobody waits for them.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.bytes >= BYTES_MAX || now >= self.last + PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_bytes_or_sixteen_seconds() {
        let mut settling = Settling::default();
        let at = Duration::from_secs;
        settling.settled(at(100));
        settling.passed(32 << 20);
        assert!(!settling.is_due(at(115)));
        assert!(settling.is_due(at(116)), "little load: each pass has its manifests");
        (0..6).for_each(|_| settling.passed(32 << 20));
        assert!(!settling.is_due(at(101)));
        settling.passed(32 << 20);
        assert!(settling.is_due(at(101)), "much load: bounded by bytes");
        settling.settled(at(101));
        assert!(!settling.is_due(at(102)));
    }
}
