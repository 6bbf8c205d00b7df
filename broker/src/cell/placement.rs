//! Chooses placement groups for new partitions.

use std::collections::BTreeMap;

/// Spreads `count` partitions: each goes to a group that the topic uses least, of the broker that it uses
/// least, and there to the least loaded one. Groups are named by number, `leaders` says who leads them;
/// ties go to the lower number, so that a run can be repeated.
pub(super) fn choose(
    load: &BTreeMap<u32, usize>,
    leaders: &BTreeMap<u32, u64>,
    used: &[u32],
    count: usize,
) -> Vec<u32> {
    let mut uses: BTreeMap<u32, usize> = load.keys().map(|pg| (*pg, 0)).collect();
    let mut brokers: BTreeMap<Option<&u64>, usize> = BTreeMap::new();
    for pg in used {
        *uses.entry(*pg).or_default() += 1;
        *brokers.entry(leaders.get(pg)).or_default() += 1;
    }
    let mut load = load.clone();
    (0..count)
        .filter_map(|_| {
            let by_broker = |pg: &u32| brokers.get(&leaders.get(pg)).copied().unwrap_or(0);
            let key = |pg: &&u32| (uses.get(*pg), by_broker(pg), load.get(*pg));
            let pg = *load.keys().min_by_key(key)?;
            *uses.entry(pg).or_default() += 1;
            *brokers.entry(leaders.get(&pg)).or_default() += 1;
            *load.entry(pg).or_default() += 1;
            Some(pg)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_spreads_before_it_doubles_up() {
        let load = BTreeMap::from([(0, 5), (1, 0), (2, 0)]);
        let nobody = BTreeMap::new();
        assert_eq!(choose(&load, &nobody, &[], 4), [1, 2, 0, 1]);
        assert_eq!(choose(&load, &nobody, &[1], 2), [2, 0]);
        assert_eq!(choose(&BTreeMap::new(), &nobody, &[], 2), Vec::<u32>::new());
    }

    #[test]
    fn a_topic_spreads_over_brokers() {
        let load: BTreeMap<u32, usize> = (0..6).map(|pg| (pg, 0)).collect();
        let leaders: BTreeMap<u32, u64> = (0..6).map(|pg| (pg, u64::from(pg / 2))).collect();
        assert_eq!(choose(&load, &leaders, &[], 4), [0, 2, 4, 1]);
        assert_eq!(choose(&load, &leaders, &[0, 1], 2), [2, 4]);
    }
}
