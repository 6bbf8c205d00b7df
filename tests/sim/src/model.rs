use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use crate::records::Batch;

/// A process may answer from what it knows for so long after a proof that it was not replaced.
pub(crate) const STALE_MAX: Duration = Duration::from_secs(11);

/// What the clients know: it outlives every process.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) partitions: Vec<Known>,
    /// The incarnation whose clients send; those of others only listen.
    pub(crate) life: u64,
    /// Nothing new is sent.
    pub(crate) quiet: bool,
    pub(crate) group: Group,
    /// The first broken promise that a client saw.
    pub(crate) failure: Option<String>,
}

/// What the clients know of one partition.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Acknowledged records, by offset.
    pub(crate) acknowledged: BTreeMap<i64, Bytes>,
    /// Records that were read, by offset.
    pub(crate) served: BTreeMap<i64, Bytes>,
    pub(crate) producers: Vec<Producer>,
    /// The highest high watermark that anybody told.
    pub(crate) told_end: i64,
    /// The highest log start that anybody told.
    pub(crate) told_start: i64,
    /// Up to here somebody asked for the deletion of records.
    pub(crate) deleted_below: i64,
    /// The age from which records may be dropped unasked.
    pub(crate) retention_ms: Option<i64>,
    /// Timestamps of acknowledged batches, by base offset.
    timestamps: BTreeMap<i64, i64>,
    /// Ends of acknowledged batches, by when they were acknowledged.
    ends: BTreeMap<Duration, i64>,
}

/// An idempotent producer of one partition.
#[derive(Debug, Default)]
pub(crate) struct Producer {
    /// Id and epoch.
    pub(crate) identity: Option<(i64, i16)>,
    pub(crate) next_sequence: i32,
    /// Everything that was sent, by first sequence.
    batches: BTreeMap<i32, Batch>,
    /// What of it was not answered: it will be sent again.
    unanswered: BTreeMap<i32, Batch>,
    /// Base offsets of what was acknowledged, by first sequence.
    acknowledged: BTreeMap<i32, i64>,
}

/// Offsets that one member without a generation commits: they only grow.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// The last offset that was sent.
    pub(crate) sent: i64,
    /// Offsets that were acknowledged, by when.
    pub(crate) commits: BTreeMap<Duration, i64>,
}

impl Group {
    /// The least that may be answered to a question of `asked`: what was acknowledged, if it is put to
    /// the process that leads; else what was acknowledged long before.
    pub(crate) fn due(&self, asked: Duration, leads: bool) -> i64 {
        let then = if leads { asked } else { asked.saturating_sub(STALE_MAX) };
        self.commits.range(..then).next_back().map_or(0, |(_, offset)| *offset)
    }
}

impl Model {
    pub(crate) fn new(partitions: usize, producers: usize) -> Self {
        let known = || Known {
            producers: (0..producers).map(|_| Producer::default()).collect(),
            ..Known::default()
        };
        Self { partitions: (0..partitions).map(|_| known()).collect(), ..Self::default() }
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.partitions.iter().map(|known| known.acknowledged.len()).sum()
    }

    /// Remembers a broken promise, unless one is known.
    pub(crate) fn fail(&mut self, what: impl Into<String>) {
        self.failure.get_or_insert(what.into());
    }
}

impl Producer {
    /// A batch counts as sent from here on.
    pub(crate) fn sent(&mut self, batch: Batch) {
        self.batches.insert(batch.first_sequence, batch.clone());
        self.unanswered.insert(batch.first_sequence, batch);
    }

    /// What was sent and not answered, oldest first.
    pub(crate) fn pending(&self) -> Vec<Batch> {
        self.unanswered.values().cloned().collect()
    }

    /// How much that is.
    pub(crate) fn waiting(&self) -> usize {
        self.unanswered.len()
    }
}

impl Known {
    /// Takes a batch as acknowledged at `base`. The error names what is wrong.
    pub(crate) fn acknowledge(
        &mut self,
        producer: usize,
        sequence: i32,
        base: i64,
        now: Duration,
    ) -> Result<(), String> {
        let who = &mut self.producers[producer];
        let batch = who.batches.get(&sequence).ok_or("an answer to nothing that was sent")?;
        who.unanswered.remove(&sequence);
        if let Some(other) = who.acknowledged.insert(sequence, base)
            && other != base
        {
            return Err(format!("I10: a batch was acknowledged at {other} and at {base}"));
        }
        self.timestamps.insert(base, batch.timestamp);
        for (offset, value) in (base..).zip(&batch.values) {
            if let Some(other) = self.acknowledged.insert(offset, value.clone())
                && other != *value
            {
                return Err(format!("I5: two records were acknowledged at offset {offset}"));
            }
        }
        let end = base + i64::try_from(batch.values.len()).unwrap_or(0);
        let before = self.ends.range(..=now).next_back().map_or(0, |(_, end)| *end);
        self.ends.insert(now, end.max(before));
        Ok(())
    }

    /// Takes an end that a fetch told, which was sent at `asked`.
    pub(crate) fn told_end(&mut self, end: i64, asked: Duration) -> Result<(), String> {
        let then = asked.saturating_sub(STALE_MAX);
        let due = self.ends.range(..then).next_back().map_or(0, |(_, end)| *end);
        if end < due {
            return Err(format!(
                "F8: a fetch told the end {end}, and {due} was acknowledged long before"
            ));
        }
        self.told_end = self.told_end.max(end);
        Ok(())
    }

    /// Takes a log start that was told at `wall_ms`.
    pub(crate) fn told_start(&mut self, start: i64, wall_ms: i64) -> Result<(), String> {
        if self.retention_ms.is_none() && start > self.deleted_below {
            let asked = self.deleted_below;
            return Err(format!("I4: the log starts at {start}, asked for was {asked}"));
        }
        let youngest = self.timestamps.range(..start).next_back();
        if let (Some(ms), Some((base, at))) = (self.retention_ms, youngest)
            && *at > wall_ms - ms
        {
            let age = wall_ms - at;
            return Err(format!("F10: the batch at {base} was dropped at an age of {age} ms"));
        }
        self.told_start = self.told_start.max(start);
        Ok(())
    }

    /// Takes a record that a fetch returned.
    pub(crate) fn serve(&mut self, offset: i64, value: Bytes) -> Result<(), String> {
        let known = self.acknowledged.get(&offset).or_else(|| self.served.get(&offset));
        if known.is_some_and(|known| *known != value) {
            return Err(format!("I5: offset {offset} was served with another record"));
        }
        self.served.insert(offset, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(value: &'static str) -> Batch {
        Batch {
            producer: (7, 0),
            first_sequence: 0,
            timestamp: 0,
            values: vec![value.into(), "x".into()],
        }
    }

    #[test]
    fn contradictions_between_answers_are_named() {
        let at = Duration::from_secs;
        let mut known = Model::new(1, 2).partitions.remove(0);
        known.producers[0].sent(batch("a"));
        known.producers[1].sent(batch("b"));
        assert_eq!(known.acknowledge(0, 0, 10, at(1)), Ok(()));
        assert_eq!(known.acknowledge(0, 0, 10, at(2)), Ok(()), "a duplicate has the same offset");
        assert_eq!(known.producers[0].waiting(), 0);
        assert_eq!(known.producers[1].pending().len(), 1);
        assert!(known.acknowledge(0, 0, 12, at(2)).is_err_and(|e| e.starts_with("I10")));
        assert!(known.acknowledge(1, 0, 10, at(2)).is_err_and(|e| e.starts_with("I5")));
        assert!(known.serve(11, "y".into()).is_err_and(|e| e.starts_with("I5")));
        assert_eq!(known.told_end(3, at(12)), Ok(()), "stale, but not for long");
        assert!(known.told_end(3, at(13)).is_err_and(|e| e.starts_with("F8")));
        assert!(known.told_start(11, 1000).is_err_and(|e| e.starts_with("I4")));
        known.retention_ms = Some(400);
        assert!(known.told_start(11, 300).is_err_and(|e| e.starts_with("F10")));
        assert_eq!(known.told_start(11, 1000), Ok(()));
    }
}
