/// Two brokers with one epoch each, two placement groups, and the segments of both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// Epoch 0 is sealed; epoch 1 lives on.
    pub(crate) sealed: bool,
    /// Who leads each placement group, by its row.
    pub(crate) leaders: [u8; 2],
    pub(crate) manifests: [Manifest; 2],
    /// Segments in the bucket, and segments ever uploaded, as bits.
    pub(crate) stored: u8,
    pub(crate) uploaded: u8,
    /// Segments that their creator deleted, so it never names them again.
    pub(crate) dropped: u8,
    /// Segments that were sent to each manifest; nobody sends one twice.
    pub(crate) sent: [u8; 2],
    /// The one branch was made.
    pub(crate) branched: bool,
    /// Segments that a manifest has named.
    pub(crate) named: u8,
    /// What each epoch knows of its CAS of each manifest.
    pub(crate) commits: [[Commit; 2]; 2],
    pub(crate) collector: Collector,
    /// Writes that were sent and not applied; sorted.
    pub(crate) flight: Vec<Write>,
    pub(crate) seen: Seen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Manifest {
    pub(crate) version: u8,
    pub(crate) owner: u8,
    /// Segments, as bits.
    pub(crate) names: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Commit {
    Settled,
    /// Sent on this version.
    Waiting(u8),
    /// Its answer did not come.
    Doubtful(u8),
}

/// Collection: a LIST, one manifest, the other one, then the deletions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Collector {
    Idle,
    Working { listed: Option<u8>, read: [Option<Manifest>; 2] },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Write {
    Commit { epoch: u8, group: u8, version: u8, names: u8 },
    Delete(u8),
}

/// What an observer outside of the system wrote down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    pub(crate) merged: bool,
    pub(crate) tidied: bool,
    pub(crate) collected: bool,
}

/// Segments of each epoch; segment `i` is of epoch `i / SEGMENTS`.
pub(crate) const SEGMENTS: u8 = 1;

pub(crate) fn bit(segment: u8) -> u8 {
    1 << segment
}

pub(crate) fn creator(segment: u8) -> u8 {
    segment / SEGMENTS
}

impl State {
    pub(crate) fn initial() -> Self {
        Self {
            sealed: false,
            leaders: [0; 2],
            manifests: [Manifest { version: 0, owner: 0, names: 0 }; 2],
            stored: 0,
            uploaded: 0,
            dropped: 0,
            sent: [0; 2],
            branched: false,
            named: 0,
            commits: [[Commit::Settled; 2]; 2],
            collector: Collector::Idle,
            flight: Vec::new(),
            seen: Seen::default(),
        }
    }

    pub(crate) fn manifest(&self, group: u8) -> &Manifest {
        &self.manifests[usize::from(group)]
    }

    pub(crate) fn commit_mut(&mut self, epoch: u8, group: u8) -> &mut Commit {
        &mut self.commits[usize::from(epoch)][usize::from(group)]
    }

    pub(crate) fn commit(&self, epoch: u8, group: u8) -> Commit {
        self.commits[usize::from(epoch)][usize::from(group)]
    }

    /// Segments that some manifest names.
    pub(crate) fn references(&self) -> u8 {
        self.manifests[0].names | self.manifests[1].names
    }

    pub(crate) fn send(&mut self, write: Write) {
        if let Err(at) = self.flight.binary_search(&write) {
            self.flight.insert(at, write);
        }
    }
}
