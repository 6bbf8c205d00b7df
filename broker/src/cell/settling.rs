//! When manifests follow the segments that were written.
//!
//! A manifest costs a request or two, whatever it says; under much load there is one for several
//! segments. Until then the slots stay: a crash in between repeats the work and loses nothing.

use std::time::Duration;

/// So many passes at most go without manifests: what a recovery reads is bounded by it.
const PASSES_MAX: u32 = 4;
/// Manifests that are older than this follow the next pass. Four full passes in this time are 16 MB/s.
const PATIENCE: Duration = Duration::from_secs(16);

/// Passes that no manifest tells of.
#[derive(Debug, Default)]
pub(super) struct Settling {
    passes: u32,
    last: Duration,
}

impl Settling {
    /// Segments were written.
    pub(super) fn passed(&mut self) {
        self.passes += 1;
    }

    /// Manifests were written.
    pub(super) fn settled(&mut self, now: Duration) {
        *self = Self { passes: 0, last: now };
    }

    /// Whether the manifests should follow, though nobody waits for them.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.passes >= PASSES_MAX || now >= self.last + PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_passes_or_sixteen_seconds() {
        let mut settling = Settling::default();
        let at = Duration::from_secs;
        settling.settled(at(100));
        settling.passed();
        assert!(!settling.is_due(at(115)));
        assert!(settling.is_due(at(116)), "little load: each pass has its manifests");
        (0..3).for_each(|_| settling.passed());
        assert!(settling.is_due(at(101)), "much load: bounded by passes");
        settling.settled(at(101));
        assert!(!settling.is_due(at(102)));
    }
}
