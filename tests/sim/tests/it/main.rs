//! A short run that every change passes, and the proof that the checks can fail.

use sim::{
    AtRest, CompanySummary, Disk, StoreOptions, StoreSummary, Summary, run, run_company,
    run_on_store,
};

const SEEDS: u64 = 20;
/// Seeds within which a planted bug must show.
const FOUND_WITHIN: u64 = 200;

#[test]
fn power_cuts_lose_nothing_that_was_acknowledged() {
    let mut sum = Summary::default();
    for seed in 1..=SEEDS {
        let folder = sim::folder().unwrap();
        match run(seed, Disk::Honest, None, folder.path()) {
            Ok(summary) => sum += summary,
            Err(failure) => panic!("{failure:?}"),
        }
    }
    assert!(sum.cuts > SEEDS && sum.kills > 0, "{sum:?}");
}

#[test]
fn disk_that_lies_about_syncs_is_found() {
    let found = (1..=FOUND_WITHIN).find_map(|seed| {
        let folder = sim::folder().unwrap();
        run(seed, Disk::Lying, None, folder.path()).err()
    });
    assert!(found.is_some(), "{FOUND_WITHIN} seeds on a lying disk lost nothing");
}

#[test]
fn processes_that_are_replaced_lose_nothing_that_was_acknowledged() {
    let mut sum = StoreSummary::default();
    for seed in 1..=SEEDS {
        let run = run_on_store(seed, StoreOptions::default());
        sum += run.summary;
        run.outcome.unwrap_or_else(|failure| panic!("{failure:?}"));
    }
    assert!(sum.killed > 3 && sum.frozen > 3 && sum.pushed > 3 && sum.cloned > 1, "{sum}");
    assert!(sum.killed_in_takeover > 3 && sum.brown_outs > 3 && sum.segments > 0, "{sum}");
    assert!(sum.acknowledged > 1000, "{sum}");
}

#[test]
fn what_is_encrypted_survives_the_same_and_cannot_be_read() {
    let run = |seed, at_rest| {
        let run = run_on_store(seed, StoreOptions { at_rest, ..StoreOptions::default() });
        run.outcome.unwrap_or_else(|failure| panic!("{failure:?}"));
        (run.readable, run.summary.segments)
    };
    let mut segments = 0;
    for seed in 1..=SEEDS / 2 {
        let (readable, some) = run(seed, AtRest::Sealed);
        segments += some;
        assert!(!readable, "seed {seed} left values of records in the store");
    }
    assert!(segments > 0);
    assert!(run(1, AtRest::Clear).0, "the search finds what is not encrypted");
}

#[test]
fn records_are_read_whether_they_were_encrypted_or_not() {
    for seed in 1..=SEEDS / 2 {
        let options = StoreOptions { at_rest: AtRest::Mixed, ..StoreOptions::default() };
        run_on_store(seed, options).outcome.unwrap_or_else(|failure| panic!("{failure:?}"));
    }
}

#[test]
fn one_seed_is_one_run() {
    let history = |seed| run_on_store(seed, StoreOptions::default()).history;
    assert_eq!(history(7), history(7));
    assert_ne!(history(7), history(8));
    let of_company = |seed| run_company(seed, StoreOptions::default()).history;
    assert_eq!(of_company(7), of_company(7));
    assert_ne!(of_company(7), of_company(8));
}

#[test]
fn brokers_that_come_and_go_lose_nothing_that_was_acknowledged() {
    let mut sum = CompanySummary::default();
    for seed in 1..=6 {
        let run = run_company(seed, StoreOptions::default());
        sum += run.summary;
        run.outcome.unwrap_or_else(|failure| panic!("{failure:?}"));
    }
    assert!(sum.killed > 3 && sum.frozen > 1 && sum.changes > 20, "{sum}");
    assert!(sum.acknowledged > 1000, "{sum}");
}
