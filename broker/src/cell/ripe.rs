//! Which extents of a partition should be one.
//!
//! Neighbours are merged when they are many, or fill a segment, and none of them is more than a third of
//! the result: so each byte is written again only when what it lies in at least triples. A run that is four times
//! as long as it must be goes whatever its sizes are, so that no order of sizes keeps a log in small
//! pieces. Extents of 64 KiB end in ones of 16 MiB and more after three times.

use std::ops::Range;

use storage::object_ref::ObjectKind;

use crate::partition::LiveExtent;

/// Most extents of one merge: so many directories are read for it.
const RUN_MAX: usize = 256;
/// A merged extent is at most this part of what the topic retains: it is dropped as a whole.
const PARTS_OF_RETENTION: u64 = 8;
/// A merged extent has at most so many bytes, which lie in memory while it is written.
const BYTES_MAX: u64 = 32 << 20;

/// What makes a run ripe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// As many extents at least.
    pub(super) from: usize,
    bytes_max: u64,
    span_ms_max: Option<u64>,
}

impl Rule {
    /// The rule for a topic that retains so much.
    pub(super) fn new(from: usize, ms: Option<i64>, bytes: Option<u64>) -> Self {
        let bytes = bytes.map_or(BYTES_MAX, |all| (all / PARTS_OF_RETENTION).min(BYTES_MAX));
        let span = ms.map(|ms| u64::try_from(ms).unwrap_or(0) / PARTS_OF_RETENTION);
        Self { from: from.max(2), bytes_max: bytes, span_ms_max: span }
    }

    /// The oldest run of neighbours that should be one extent, as long as it can be.
    pub(super) fn ripe(
        &self,
        extents: &[LiveExtent],
        may: impl Fn(&LiveExtent) -> bool,
    ) -> Option<Range<usize>> {
        (0..extents.len()).find_map(|start| self.longest(extents, start, &may))
    }

    fn longest(
        &self,
        extents: &[LiveExtent],
        start: usize,
        may: impl Fn(&LiveExtent) -> bool,
    ) -> Option<Range<usize>> {
        let begins = extents[start].max_timestamp;
        let (mut bytes, mut largest, mut found) = (0, 0, None);
        for (count, e) in (1..=RUN_MAX).zip(&extents[start..]) {
            (bytes, largest) = (bytes + e.bytes, e.bytes.max(largest));
            let too_long =
                self.span_ms_max.is_some_and(|max| e.max_timestamp.abs_diff(begins) > max);
            let fits = e.file.kind == ObjectKind::Segment && bytes <= self.bytes_max && !too_long;
            if !fits || !may(e) {
                break;
            }
            let grows = largest * 3 <= bytes;
            let enough = count >= self.from || bytes * 2 >= self.bytes_max;
            if (grows && enough) || count >= 4 * self.from {
                found = Some(start..start + count);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use storage::object_ref::ObjectRef;
    use uuid::Uuid;

    use super::*;

    fn extents(sizes: &[u64]) -> Vec<LiveExtent> {
        let extent = |(n, bytes): (i64, &u64)| LiveExtent {
            first: n * 10,
            last: n * 10 + 9,
            file: ObjectRef::segment(0, Uuid::from_u128(1)),
            max_timestamp: n * 1000,
            bytes: *bytes,
            encryption_key: 0,
        };
        (0..).zip(sizes).map(extent).collect()
    }

    fn ripe(rule: Rule, sizes: &[u64]) -> Option<Range<usize>> {
        rule.ripe(&extents(sizes), |_| true)
    }

    #[test]
    fn many_small_neighbours_are_merged_and_large_ones_left() {
        let rule = Rule::new(4, None, None);
        assert_eq!(ripe(rule, &[1; 3]), None);
        assert_eq!(ripe(rule, &[1; 6]), Some(0..6));
        assert_eq!(ripe(rule, &[30 << 20, 1, 1, 1, 1]), Some(1..5));
        assert_eq!(
            ripe(rule, &[100, 1, 1, 1, 1]),
            Some(1..5),
            "growth by four is no reason to copy 100"
        );
        assert_eq!(ripe(rule, &[80, 40, 60, 70]), Some(0..4));
        assert_eq!(ripe(rule, &[8 << 20; 5]), Some(0..4), "as many as fit");
        assert_eq!(
            ripe(rule, &[10 << 20; 3]),
            Some(0..3),
            "few, but they fill what a merge may write"
        );
        assert_eq!(ripe(rule, &[12 << 20; 8]), None, "two of them do that already");
    }

    #[test]
    fn no_sizes_keep_a_log_in_pieces() {
        let rule = Rule::new(4, None, None);
        let sizes: Vec<u64> = (0..16).map(|n| 3_u64.pow(n)).collect();
        assert_eq!(ripe(rule, &sizes), Some(0..16));
        // One extent after the other, of any sizes: few are left at any time.
        let (mut sizes, mut written, mut added) = (Vec::new(), 0, 0);
        for n in 0_u64..3000 {
            let size = 1000 + (n * 7919) % 100_000;
            added += size;
            sizes.push(size);
            while let Some(run) = ripe(Rule::new(16, None, None), &sizes) {
                let merged: u64 = sizes[run.clone()].iter().sum();
                written += merged;
                sizes.splice(run, [merged]);
            }
        }
        let full = usize::try_from(added / BYTES_MAX).unwrap();
        assert!(sizes.len() <= 2 * full + 64, "{} extents, {full} full ones", sizes.len());
        assert!(written < 5 * added, "each byte was written {} times", written / added);
    }

    #[test]
    fn what_is_retained_bounds_what_is_merged() {
        let by_time = Rule::new(3, Some(16_000), None);
        assert_eq!(ripe(by_time, &[1; 6]), Some(0..3), "two seconds of sixteen");
        let by_size = Rule::new(3, None, Some(96));
        assert_eq!(ripe(by_size, &[4; 6]), Some(0..3));
        let not_the_second = |e: &LiveExtent| e.first != 10;
        let rule = Rule::new(3, None, None);
        assert_eq!(rule.ripe(&extents(&[1; 5]), not_the_second), Some(2..5));
    }
}
