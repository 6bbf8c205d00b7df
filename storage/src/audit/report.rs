use std::collections::BTreeMap;
use std::fmt;

use super::finding::Finding;

/// Findings that are kept; more are only counted.
const FINDINGS_MAX: usize = 1000;

/// How much of the bytes is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// One block or slot of so many.
    pub every: u64,
    /// Where to begin, so that each run may read others.
    pub from: u64,
}

impl Sample {
    /// Everything.
    pub const ALL: Self = Self { every: 1, from: 0 };

    pub(super) fn takes(self, n: u64) -> bool {
        n.wrapping_add(self.from).is_multiple_of(self.every.max(1))
    }
}

/// What an object is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Manifests.
    Manifests,
    /// Segments that a manifest names.
    Segments,
    /// Slots that are still needed.
    Slots,
    /// Ends of logs; they stay for ever.
    Seals,
    /// Births, the owner, metadata.
    Records,
    /// Slots that were given up and not deleted yet.
    SlotsGivenUp,
    /// Slots behind a committed seal: they never counted.
    SlotsBehindEnd,
    /// Slots of an incarnation that the metadata does not know.
    SlotsOfNobody,
    /// Segments that no manifest names yet, or any more, of an incarnation that runs.
    SegmentsOfTheLiving,
    /// Segments that no manifest names, of an incarnation that ended.
    SegmentsOfTheDead,
    /// What a test of the store left.
    LeftOfProofs,
    /// What is none of the cell's.
    Foreign,
}

impl Class {
    /// Whether nothing needs it.
    #[must_use]
    pub fn is_orphan(self) -> bool {
        match self {
            Self::Manifests | Self::Segments | Self::Slots | Self::Seals | Self::Records => false,
            Self::SlotsGivenUp
            | Self::SlotsBehindEnd
            | Self::SlotsOfNobody
            | Self::SegmentsOfTheLiving
            | Self::SegmentsOfTheDead
            | Self::LeftOfProofs
            | Self::Foreign => true,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manifests => "manifests",
            Self::Segments => "segments",
            Self::Slots => "slots",
            Self::Seals => "seals",
            Self::Records => "births, metadata",
            Self::SlotsGivenUp => "slots that were given up",
            Self::SlotsBehindEnd => "slots behind the end of a log",
            Self::SlotsOfNobody => "slots of an unknown incarnation",
            Self::SegmentsOfTheLiving => "segments without a manifest, of a running incarnation",
            Self::SegmentsOfTheDead => "segments without a manifest, of an ended incarnation",
            Self::LeftOfProofs => "left by tests of the store",
            Self::Foreign => "not the cell's",
        })
    }
}

/// Objects of one class.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What an audit found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, sorted by key.
    pub findings: Vec<Finding>,
    /// Further findings that were not kept.
    pub findings_more: u64,
    /// Everything in the store, by what it is there for.
    pub classes: BTreeMap<Class, Tally>,
    /// Partitions whose offsets were followed.
    pub partitions: u64,
    /// Checksums of blocks and slots that were computed.
    pub checksums: u64,
}

impl Report {
    pub(super) fn find(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            if self.findings.len() < FINDINGS_MAX {
                self.findings.push(finding);
            } else {
                self.findings_more += 1;
            }
        }
    }

    pub(super) fn count(&mut self, class: Class, bytes: u64) {
        let tally = self.classes.entry(class).or_default();
        tally.objects += 1;
        tally.bytes += bytes;
    }
}
