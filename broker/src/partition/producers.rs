//! What deduplication needs to know of each idempotent producer (KIP-98).

use std::collections::HashMap;
use std::time::Duration;

use protocol::batch::BatchHeader;
use protocol::error_code::{INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER};
use smallvec::SmallVec;
use storage::slot::{BatchSummary, ProducerSummary};

/// Batches that are remembered per producer: the most that a client may have in flight.
const KEPT: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recent {
    pub(crate) batch: BatchSummary,
    /// The WAL ticket that must be durable before a duplicate may be answered.
    pub(crate) ticket: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Producer {
    pub(crate) epoch: i16,
    pub(crate) recent: SmallVec<[Recent; KEPT]>,
    pub(crate) last_seen: Duration,
}

/// The producers of one partition.
#[derive(Debug, Default)]
pub(crate) struct Producers {
    by_id: HashMap<i64, Producer>,
}

/// What the sequence of a batch says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// It follows the last one.
    Next,
    /// The producer is not known. It may start anywhere, as in Kafka: its state may have expired.
    First,
    Duplicate(Recent),
}

/// Why a batch does not follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A later epoch of the producer is known.
    Fenced,
    /// Batches are missing in front of it.
    Gap,
    /// It lies before what is remembered, or is cut in another way.
    Old,
}

impl Refused {
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::Fenced => INVALID_PRODUCER_EPOCH,
            Self::Gap | Self::Old => OUT_OF_ORDER_SEQUENCE_NUMBER,
        }
    }
}

impl Producers {
    /// Checks a batch against *appended* state.
    pub(crate) fn check(&self, h: &BatchHeader) -> Result<Sequence, Refused> {
        let Some(p) = self.by_id.get(&h.producer_id) else { return Ok(Sequence::First) };
        if h.producer_epoch < p.epoch {
            return Err(Refused::Fenced);
        }
        if h.producer_epoch > p.epoch {
            let fresh = h.base_sequence == 0;
            return if fresh { Ok(Sequence::Next) } else { Err(Refused::Gap) };
        }
        let same = |r: &&Recent| {
            r.batch.first_sequence == h.base_sequence && r.batch.last_sequence == h.last_sequence()
        };
        if let Some(known) = p.recent.iter().find(same) {
            return Ok(Sequence::Duplicate(*known));
        }
        match p.recent.last() {
            Some(last) => follows(next_sequence(last.batch.last_sequence), h.base_sequence),
            None => Ok(Sequence::Next),
        }
    }

    /// Remembers a batch that was appended or recovered.
    pub(crate) fn record(
        &mut self,
        id: i64,
        epoch: i16,
        batch: BatchSummary,
        ticket: u64,
        now: Duration,
    ) {
        let p = self.by_id.entry(id).or_insert_with(|| Producer {
            epoch,
            recent: SmallVec::new(),
            last_seen: now,
        });
        if p.epoch != epoch {
            p.recent.clear();
            p.epoch = epoch;
        }
        if p.recent.len() == KEPT {
            p.recent.remove(0);
        }
        p.recent.push(Recent { batch, ticket });
        p.last_seen = now;
    }

    /// Replays a footer: all its batches are durable.
    pub(crate) fn recover(&mut self, summary: &ProducerSummary, now: Duration) {
        for batch in &summary.batches {
            self.record(summary.producer_id, summary.producer_epoch, *batch, 0, now);
        }
    }

    /// Forgets producers not seen for `idle`, counted in running time.
    pub(crate) fn expire(&mut self, now: Duration, idle: Duration) {
        self.by_id.retain(|_, p| now.saturating_sub(p.last_seen) < idle);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &Producer)> {
        self.by_id.iter().map(|(id, p)| (*id, p))
    }
}

fn follows(next: i32, first: i32) -> Result<Sequence, Refused> {
    // Sequences wrap: what is less than half of them away lies ahead.
    match first.wrapping_sub(next) & i32::MAX {
        0 => Ok(Sequence::Next),
        ahead if ahead < 1 << 30 => Err(Refused::Gap),
        _ => Err(Refused::Old),
    }
}

fn next_sequence(last: i32) -> i32 {
    if last == i32::MAX { 0 } else { last + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(epoch: i16, first: i32, count: i32) -> BatchHeader {
        BatchHeader {
            base_offset: 0,
            total_len: 100,
            leader_epoch: 0,
            attributes: 0,
            last_offset_delta: count - 1,
            base_timestamp: 0,
            max_timestamp: 0,
            producer_id: 7,
            producer_epoch: epoch,
            base_sequence: first,
            record_count: count,
        }
    }

    fn append(p: &mut Producers, h: &BatchHeader, base_offset: i64) {
        let (first_sequence, last_sequence) = (h.base_sequence, h.last_sequence());
        let batch = BatchSummary { first_sequence, last_sequence, base_offset, timestamp: 0 };
        p.record(h.producer_id, h.producer_epoch, batch, 1, Duration::ZERO);
    }

    #[test]
    fn unknown_producer_may_start_anywhere() {
        assert_eq!(Producers::default().check(&header(0, 17, 3)), Ok(Sequence::First));
    }

    #[test]
    fn duplicates_gaps_and_old_epochs_are_told_apart() {
        let mut p = Producers::default();
        append(&mut p, &header(1, 0, 3), 100);
        append(&mut p, &header(1, 3, 2), 103);
        let again = p.check(&header(1, 0, 3)).unwrap();
        assert!(matches!(again, Sequence::Duplicate(r) if r.batch.base_offset == 100));
        assert_eq!(p.check(&header(1, 5, 1)), Ok(Sequence::Next));
        assert_eq!(p.check(&header(1, 6, 1)), Err(Refused::Gap));
        assert_eq!(p.check(&header(1, 0, 2)), Err(Refused::Old));
        assert_eq!(p.check(&header(0, 5, 1)), Err(Refused::Fenced));
        assert_eq!(p.check(&header(2, 5, 1)), Err(Refused::Gap));
        assert_eq!(p.check(&header(2, 0, 1)), Ok(Sequence::Next));
    }

    #[test]
    fn only_five_batches_are_remembered() {
        let mut p = Producers::default();
        (0..6).for_each(|i| append(&mut p, &header(0, i, 1), i64::from(i)));
        assert_eq!(p.check(&header(0, 0, 1)), Err(Refused::Old));
        assert!(matches!(p.check(&header(0, 1, 1)), Ok(Sequence::Duplicate(_))));
    }

    #[test]
    fn sequences_wrap() {
        let mut p = Producers::default();
        append(&mut p, &header(0, i32::MAX, 1), 5);
        assert_eq!(p.check(&header(0, 0, 4)), Ok(Sequence::Next));
        assert_eq!(p.check(&header(0, 1, 4)), Err(Refused::Gap));
        assert_eq!(p.check(&header(0, i32::MAX - 1, 1)), Err(Refused::Old));
    }
}
