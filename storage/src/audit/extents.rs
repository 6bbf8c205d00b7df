//! Whether a partition's extents are one run of offsets.

use super::finding::Fault;
use crate::ids::PartitionId;
use crate::manifest::PartitionManifest;

/// What is wrong between the log start and the next offset of a partition.
pub(super) fn check(id: PartitionId, p: &PartitionManifest) -> Vec<Fault> {
    let mut faults = Vec::new();
    let (mut next, mut end) = (p.log_start, 0);
    for (n, extent) in p.extents.iter().enumerate() {
        let (from, to) = (extent.first, extent.last.saturating_add(1));
        if from > next {
            faults.push(Fault::Hole { partition: id, from: next, to: from });
        }
        // The first extent may begin below a log start that moved into it.
        if from < next && n > 0 {
            faults.push(Fault::Overlap { partition: id, from, to: next.min(to) });
        }
        next = next.max(to);
        end = to.max(end);
    }
    if next < p.next_offset {
        faults.push(Fault::Hole { partition: id, from: next, to: p.next_offset });
    }
    // The log start alone may lie behind the next offset: all that is in segments has expired, and some that is
    // still in slots.
    if end > p.next_offset {
        faults.push(Fault::Overlap { partition: id, from: p.next_offset, to: end });
    }
    faults
}

#[cfg(test)]
mod tests {
    use common_types::TenantId;
    use uuid::Uuid;

    use super::*;
    use crate::manifest::Extent;

    const ID: PartitionId =
        PartitionId { tenant: TenantId::SYSTEM, topic: Uuid::from_u128(1), index: 0 };

    fn partition(start: i64, next: i64, extents: &[(i64, i64)]) -> PartitionManifest {
        let extents = extents.iter().map(|(first, last)| Extent {
            first: *first,
            last: *last,
            ..Extent::default()
        });
        PartitionManifest {
            log_start: start,
            next_offset: next,
            extents: extents.collect(),
            ..PartitionManifest::default()
        }
    }

    #[test]
    fn one_run_of_offsets_is_well() {
        for (start, next, extents) in [
            (0, 0, vec![]),
            (7, 7, vec![]),
            (9, 7, vec![]),
            (9, 7, vec![(0, 6)]),
            (0, 10, vec![(0, 4), (5, 9)]),
            (3, 10, vec![(0, 4), (5, 9)]),
        ] {
            assert_eq!(check(ID, &partition(start, next, &extents)), []);
        }
    }

    #[test]
    fn holes_and_overlaps_are_told() {
        let hole = |from, to| Fault::Hole { partition: ID, from, to };
        let twice = |from, to| Fault::Overlap { partition: ID, from, to };
        for (next, extents, expected) in [
            (10, vec![(0, 4), (6, 9)], hole(5, 6)),
            (10, vec![(2, 9)], hole(0, 2)),
            (12, vec![(0, 9)], hole(10, 12)),
            (5, vec![], hole(0, 5)),
            (10, vec![(0, 6), (5, 9)], twice(5, 7)),
            (8, vec![(0, 9)], twice(8, 10)),
        ] {
            assert_eq!(check(ID, &partition(0, next, &extents)), [expected]);
        }
    }
}
