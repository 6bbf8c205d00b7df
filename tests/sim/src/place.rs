use std::fmt;

/// A partition of the simulated cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) topic: &'static str,
    pub(crate) index: i32,
}

/// The topic that keeps everything but what is deleted on purpose.
pub(crate) const KEPT: &str = "kept";
/// The topic whose old records are dropped, and its `retention.ms`.
pub(crate) const BRIEF: &str = "brief";
pub(crate) const BRIEF_MS: i64 = 60_000;

/// All partitions, in the order of the model's.
pub(crate) const PLACES: [Place; 5] = [
    Place { topic: KEPT, index: 0 },
    Place { topic: KEPT, index: 1 },
    Place { topic: KEPT, index: 2 },
    Place { topic: KEPT, index: 3 },
    Place { topic: BRIEF, index: 0 },
];
/// The place whose records are deleted on purpose, and whose offsets are committed.
pub(crate) const TRIMMED: usize = 3;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.index)
    }
}
