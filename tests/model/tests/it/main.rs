//! The searches that fit a minute; `cargo xtask model` runs them all.

use model::{Verdict, World, search};

#[test]
fn takeover_keeps_what_was_acknowledged() {
    holds("seal");
}

#[test]
fn collection_takes_nothing_that_is_needed() {
    holds("collect");
}

#[test]
fn machine_that_runs_twice_acknowledges_once() {
    holds("clone");
}

#[test]
fn loss_is_noticed_or_left_no_trace() {
    holds("loss");
}

#[test]
fn handover_has_one_leader_at_a_time() {
    holds("handover");
}

#[test]
fn handover_pins_what_it_leaves_behind() {
    holds("pins");
    holds("back");
}

#[test]
fn manifests_name_only_what_is_stored() {
    holds("segments");
}

#[test]
fn metadata_that_went_back_loses_nothing_silently() {
    holds("restore");
    holds("reuse");
    holds("rewind");
}

#[test]
fn every_rule_is_needed() {
    for world in World::all() {
        for bug in world.bugs.iter().filter(|bug| bug.verdict() == Verdict::Caught) {
            let outcome = search(&world, Some(*bug), None);
            assert!(!outcome.broken.is_empty(), "{}: {bug:?} is not found", world.name);
        }
    }
}

#[test]
fn search_stops_at_the_depth_it_is_given() {
    let world = World::named("seal").unwrap();
    let outcome = search(&world, None, Some(5));
    assert!(outcome.depth <= 5);
    assert!(!outcome.unreached.is_empty());
}

fn holds(name: &str) {
    let Some(world) = World::named(name) else { panic!("there is no world {name}") };
    let outcome = search(&world, None, None);
    assert_eq!(outcome.broken, [], "{name}");
    assert_eq!(outcome.unreached, [] as [&str; 0], "{name} cannot do what it must be able to");
}
