use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::records::Batch;

/// What the clients know: it outlives every power cut.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) partitions: Vec<Known>,
}

/// What the clients know of one partition.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Acknowledged records, by offset.
    pub(crate) acknowledged: BTreeMap<i64, Bytes>,
    /// Records that were read, by offset.
    pub(crate) served: BTreeMap<i64, Bytes>,
    /// Sent and not answered: they will be sent again.
    pub(crate) pending: VecDeque<Batch>,
    /// Id and epoch of the one producer.
    pub(crate) producer: Option<(i64, i16)>,
    pub(crate) next_sequence: i32,
}

impl Model {
    pub(crate) fn new(partitions: i32) -> Self {
        Self { partitions: (0..partitions).map(|_| Known::default()).collect() }
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.partitions.iter().map(|known| known.acknowledged.len()).sum()
    }
}

impl Known {
    /// Takes the oldest pending batch as acknowledged at `base`. The error names what is wrong.
    pub(crate) fn acknowledge(&mut self, base: i64) -> Result<(), String> {
        let batch = self.pending.pop_front().ok_or("an answer to nothing that was sent")?;
        for (offset, value) in (base..).zip(batch.values) {
            if let Some(other) = self.acknowledged.insert(offset, value.clone())
                && other != value
            {
                return Err(format!("I5: two records were acknowledged at offset {offset}"));
            }
        }
        Ok(())
    }
}
