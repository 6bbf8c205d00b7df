//! Chooses placement groups for new partitions.

use std::collections::BTreeMap;

/// Spreads `count` partitions: each goes to the least loaded group that the topic uses least.
/// Groups are named by number; ties go to the lower number, so that a run can be repeated.
pub(super) fn choose(load: &BTreeMap<u32, usize>, used: &[u32], count: usize) -> Vec<u32> {
    let mut uses: BTreeMap<u32, usize> = load.keys().map(|pg| (*pg, 0)).collect();
    for pg in used {
        *uses.entry(*pg).or_default() += 1;
    }
    let mut load = load.clone();
    (0..count)
        .filter_map(|_| {
            let pg = *load.keys().min_by_key(|pg| (uses.get(pg), load.get(pg)))?;
            *uses.entry(pg).or_default() += 1;
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
        assert_eq!(choose(&load, &[], 4), [1, 2, 0, 1]);
        assert_eq!(choose(&load, &[1], 2), [2, 0]);
        assert_eq!(choose(&BTreeMap::new(), &[], 2), Vec::<u32>::new());
    }
}
