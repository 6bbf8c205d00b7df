use std::fmt;

use crate::ids::PartitionId;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The object.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is needed and not there.
    Missing {
        /// What needs it.
        needed_by: String,
    },
    /// It cannot be read for what it should be.
    Damaged(String),
    /// A stretch of it does not match its checksum.
    Checksum {
        /// First byte.
        from: u64,
        /// Byte behind it.
        to: u64,
    },
    /// It does not have the records that a manifest says.
    NotInside {
        /// The partition.
        partition: PartitionId,
        /// First offset that is missing.
        first: i64,
        /// Last offset that the manifest names.
        last: i64,
    },
    /// Nothing has these records of a partition.
    Hole {
        /// The partition.
        partition: PartitionId,
        /// First offset that is missing.
        from: i64,
        /// First offset that is there again.
        to: i64,
    },
    /// Two objects have the same records of a partition.
    Overlap {
        /// The partition.
        partition: PartitionId,
        /// First offset that is there twice.
        from: i64,
        /// First offset that is there once again.
        to: i64,
    },
    /// A log that has ended has no seal at its end.
    Unsealed,
}

impl Fault {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "Find what deletes objects of this store (lifecycle rules, restores) and stop it. Bring the object back under its key, from a version of the bucket or from a backup."
            }
            Self::Damaged(_) | Self::Checksum { .. } => {
                "Bring back an earlier version of the object, from a version of the bucket or from a backup, and check the store itself."
            }
            Self::NotInside { .. } | Self::Hole { .. } | Self::Overlap { .. } => {
                "A manifest and its objects are not of one moment. If the store was restored in part, restore all of it to one moment. Otherwise keep everything as it is and report it."
            }
            Self::Unsealed => {
                "Stop the cell before the incarnation of this log wakes up. Bring the object back under its key."
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of =
            |p: &PartitionId| format!("partition {} of topic {} of {}", p.index, p.topic, p.tenant);
        match self {
            Self::Missing { needed_by } => write!(f, "missing, and {needed_by} needs it"),
            Self::Damaged(reason) => write!(f, "damaged: {reason}"),
            Self::Checksum { from, to } => {
                write!(f, "bytes {from} to {to} do not match their checksum")
            }
            Self::NotInside { partition, first, last } => {
                write!(f, "offsets {first} to {last} of {} are not in it", of(partition))
            }
            Self::Hole { partition, from, to } => {
                write!(f, "offsets {from} to {} of {} are nowhere", to - 1, of(partition))
            }
            Self::Overlap { partition, from, to } => {
                write!(f, "offsets {from} to {} of {} are there twice", to - 1, of(partition))
            }
            Self::Unsealed => f.write_str("no seal, although the log ended here"),
        }
    }
}
