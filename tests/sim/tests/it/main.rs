//! A short run that every change passes, and the proof that the checks can fail.

use sim::{Disk, StoreSummary, run, run_on_store};

const SEEDS: u64 = 20;
/// Seeds within which a planted bug must show.
const FOUND_WITHIN: u64 = 200;

#[test]
fn power_cuts_lose_nothing_that_was_acknowledged() {
    let mut cuts = 0;
    for seed in 1..=SEEDS {
        let folder = sim::folder().unwrap();
        match run(seed, Disk::Honest, folder.path()) {
            Ok(summary) => cuts += summary.cuts,
            Err(failure) => panic!("{failure:?}"),
        }
    }
    assert!(cuts > SEEDS, "{cuts} cuts in {SEEDS} seeds");
}

#[test]
fn disk_that_lies_about_syncs_is_found() {
    let found = (1..=FOUND_WITHIN).find_map(|seed| {
        let folder = sim::folder().unwrap();
        run(seed, Disk::Lying, folder.path()).err()
    });
    assert!(found.is_some(), "{FOUND_WITHIN} seeds on a lying disk lost nothing");
}

#[test]
fn processes_that_are_replaced_lose_nothing_that_was_acknowledged() {
    let mut sum = StoreSummary::default();
    for seed in 1..=SEEDS {
        let one = run_on_store(seed).unwrap_or_else(|failure| panic!("{failure:?}"));
        sum.killed += one.killed;
        sum.woken += one.woken;
        sum.pushed += one.pushed;
        sum.segments += one.segments;
        sum.acknowledged += one.acknowledged;
    }
    assert!(sum.killed > 3 && sum.woken > 3 && sum.pushed > 3, "{sum:?}");
    assert!(sum.segments > 0 && sum.acknowledged > 1000, "{sum:?}");
}
