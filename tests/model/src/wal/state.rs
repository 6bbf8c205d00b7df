use super::process::Process;
use super::sealer::Sealer;

/// Most epochs of a configuration; process `i` of most configurations is the incarnation with epoch `i`.
pub(crate) const EPOCHS: usize = 3;
/// Most slots of a WAL: data below, and room for a SEAL and a barrier behind them.
pub(crate) const SLOTS: usize = 7;
/// Most offsets of the one partition.
pub(crate) const OFFSETS: usize = 6;

/// A record, unique by who appended it and in which slot; 0 is none.
pub(crate) type Value = u8;

/// The whole world: what is in the bucket and in the metadata, what every actor knows, what is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) meta: Meta,
    /// A copy of the metadata that may be restored.
    pub(crate) backup: Option<Meta>,
    pub(crate) restored: bool,
    pub(crate) processes: [Process; EPOCHS],
    pub(crate) sealers: Vec<Sealer>,
    /// Writes that were sent and not applied; sorted. Whoever sent one may have given up on it long ago.
    pub(crate) flight: Vec<Write>,
    pub(crate) question: Question,
    /// Whether the one late copy of a PUT was made.
    pub(crate) copied: bool,
    pub(crate) seen: Seen,
}

/// The bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Store {
    pub(crate) births: [bool; EPOCHS],
    pub(crate) wal: [[Slot; SLOTS]; EPOCHS],
    pub(crate) manifest: Manifest,
    /// A slot that vanished: epoch, slot, what it held.
    pub(crate) lost: Option<(u8, u8, Value)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    Absent,
    Data(Data),
    Seal,
}

/// A data slot; header, body and footer in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Data {
    /// Whose bytes these are: the body, and with it the CRC-64 in the header.
    pub(crate) writer: u8,
    /// The writer's frontier when it sent the slot.
    pub(crate) frontier: u8,
    pub(crate) offset: u8,
    pub(crate) value: Value,
}

/// The manifest of the one placement group. Segments are another model: here it holds the records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Manifest {
    pub(crate) version: u8,
    pub(crate) owner: u8,
    pub(crate) pg_epoch: u8,
    pub(crate) covered: [u8; EPOCHS],
    pub(crate) log: Log,
}

/// Records of the partition from offset 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Log {
    pub(crate) length: u8,
    pub(crate) values: [Value; OFFSETS],
}

impl Log {
    pub(crate) fn push(&mut self, value: Value) {
        self.values[usize::from(self.length)] = value;
        self.length += 1;
    }

    pub(crate) fn at(&self, offset: u8) -> Option<Value> {
        (offset < self.length).then(|| self.values[usize::from(offset)])
    }

    pub(crate) fn is_full(&self) -> bool {
        usize::from(self.length) == OFFSETS
    }

    pub(crate) fn first(&self, length: u8) -> Self {
        let mut log = Self::default();
        for value in &self.values[..usize::from(length)] {
            log.push(*value);
        }
        log
    }
}

/// The metadata store: linearizable, and each change one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Meta {
    pub(crate) epochs: [Row; EPOCHS],
    pub(crate) group: Group,
}

/// The row of a broker epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) state: Life,
    /// `wal_low`.
    pub(crate) low: u8,
    /// The placement group left this epoch and needs its slots from here.
    pub(crate) pin: Option<u8>,
    pub(crate) version: u8,
    /// The row was made from a birth that the metadata did not know.
    pub(crate) stray: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Life {
    Unknown,
    Active,
    Fenced,
    Sealed(u8),
}

/// The row of the placement group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Group {
    pub(crate) leader: u8,
    pub(crate) epoch: u8,
    pub(crate) attempt: u8,
    pub(crate) target: Option<u8>,
    /// The attempt whose handover made the present leader.
    pub(crate) moved_by: Option<u8>,
    /// For every earlier epoch that the manifest does not cover yet: from slot, bound slot.
    pub(crate) pending: [Option<(u8, u8)>; EPOCHS],
}

/// A write that is applied whenever the world likes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Write {
    Put { slot: u8, data: Data },
    Delete { epoch: u8, slot: u8 },
    Handover { attempt: u8, from: u8, to: u8, low: u8, bound: u8, version: u8 },
}

/// One decision that a client asks a coordinator for, as OffsetFetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    None,
    /// Asked of a process when so many records were acknowledged; slots from `after` on were sent later.
    Asked {
        process: u8,
        acknowledged: u8,
        after: u8,
    },
    Answered,
}

/// What an observer outside of the system wrote down; no actor reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    pub(crate) acknowledged: [Value; OFFSETS],
    /// The process that became leader last.
    pub(crate) leader: Option<u8>,
    /// Slots that reached the bucket, by process.
    pub(crate) landed: [u8; EPOCHS],
    pub(crate) fork: bool,
    pub(crate) gap: bool,
    pub(crate) stale: bool,
    pub(crate) false_alarm: bool,
    /// The lost slot left no trace in any header when its epoch was sealed.
    pub(crate) untraceable: bool,
    pub(crate) took_over: bool,
    pub(crate) handed_over: bool,
    pub(crate) collected: bool,
    pub(crate) alarmed: bool,
    pub(crate) resumed: bool,
}

impl Seen {
    /// How many records were acknowledged, counted to the highest offset.
    pub(crate) fn acknowledged_end(&self) -> u8 {
        let end = self.acknowledged.iter().rposition(|value| *value != 0);
        end.map_or(0, |offset| u8::try_from(offset + 1).unwrap_or(u8::MAX))
    }
}

impl State {
    pub(crate) fn row(&self, epoch: u8) -> &Row {
        &self.meta.epochs[usize::from(epoch)]
    }

    pub(crate) fn row_mut(&mut self, epoch: u8) -> &mut Row {
        &mut self.meta.epochs[usize::from(epoch)]
    }

    pub(crate) fn process(&self, process: u8) -> &Process {
        &self.processes[usize::from(process)]
    }

    pub(crate) fn process_mut(&mut self, process: u8) -> &mut Process {
        &mut self.processes[usize::from(process)]
    }

    pub(crate) fn slot(&self, epoch: u8, slot: u8) -> Slot {
        self.store.wal[usize::from(epoch)][usize::from(slot)]
    }

    pub(crate) fn set_slot(&mut self, epoch: u8, slot: u8, content: Slot) {
        self.store.wal[usize::from(epoch)][usize::from(slot)] = content;
    }

    /// Data slots of an epoch that are in the bucket.
    pub(crate) fn data(&self, epoch: u8) -> impl Iterator<Item = (u8, Data)> + '_ {
        (0_u8..).zip(&self.store.wal[usize::from(epoch)]).filter_map(
            |(slot, content)| match content {
                Slot::Data(data) => Some((slot, *data)),
                Slot::Absent | Slot::Seal => None,
            },
        )
    }

    pub(crate) fn send(&mut self, write: Write) {
        if let Err(at) = self.flight.binary_search(&write) {
            self.flight.insert(at, write);
        }
    }
}
