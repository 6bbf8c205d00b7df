use std::time::Duration;

use super::super::*;
use super::world::{World, fences, secs};
use crate::rpc::Beat;

/// When each broker was fenced, in milliseconds from now on.
fn fenced_within(world: &mut World, time: Duration) -> Vec<(u64, Why, u128)> {
    let began = world.now;
    let mut all = Vec::new();
    for (i, decision) in world.pass(time).iter().enumerate() {
        let at = Duration::from_millis(500) * (u32::try_from(i).unwrap() + 1);
        all.extend(fences(decision).into_iter().map(|(e, why)| (e, why, at.as_millis())));
    }
    assert!(world.now > began);
    all
}

#[test]
fn broker_whose_process_is_gone_is_fenced_at_once() {
    let mut world = World::new(3, 9);
    assert_eq!(fences(&world.decide()), []);
    world.kill(2);
    assert_eq!(fences(&world.decide()), [(2, Why::Gone)]);
}

#[test]
fn takeover_goes_on_from_whatever_is_committed() {
    let mut world = World::new(3, 9);
    world.kill(2);
    assert!(matches!(world.step().actions[..], [Action::Fence { epoch: 2, .. }]));
    assert!(matches!(world.step().actions[..], [Action::Seal { epoch: 2 }]));
    // A controller that has seen none of it.
    world.liveness = Liveness::new(world.now);
    world.movement = Movement::default();
    let assigned = world.step().actions;
    assert_eq!(assigned.len(), 3);
    assert!(assigned.iter().all(|a| matches!(a, Action::Assign { epoch: 1 | 3, .. })));
    let led: Vec<usize> = world.led().into_values().collect();
    assert!(led == [4, 5] || led == [5, 4], "{led:?}");
}

#[test]
fn silent_broker_is_fenced_after_eight_seconds() {
    let mut world = World::new(3, 9);
    world.beating.remove(&2);
    assert_eq!(fenced_within(&mut world, secs(20)), [(2, Why::Silent, 8000)]);
}

#[test]
fn one_broker_is_fenced_for_silence_at_a_time() {
    let mut world = World::new(10, 10);
    world.beating.remove(&2);
    world.beating.remove(&3);
    let fenced = fenced_within(&mut world, secs(30));
    assert_eq!(fenced, [(2, Why::Silent, 8000), (3, Why::Silent, 18000)]);
}

#[test]
fn brokers_that_fall_silent_together_are_left_alone_for_a_minute() {
    let mut world = World::new(4, 8);
    world.beating.retain(|e| *e == 1);
    let decisions = world.pass(secs(63));
    assert!(decisions.iter().all(|d| fences(d).is_empty()));
    let alarm = Alarm::SilentTogether(vec![2, 3, 4]);
    assert!(decisions.last().unwrap().alarms.contains(&alarm));
    let fenced = fenced_within(&mut world, secs(60));
    // Quiet since 4 s, a minute of patience, then one by one.
    let at: Vec<u128> = fenced.iter().map(|(.., at)| *at).collect();
    assert_eq!(at, [1000, 11000, 21000]);
}

#[test]
fn those_who_come_back_within_the_minute_were_never_gone() {
    let mut world = World::new(3, 9);
    world.beating.retain(|e| *e == 1);
    assert_eq!(fenced_within(&mut world, secs(40)), []);
    world.beating.extend([2, 3]);
    assert_eq!(fenced_within(&mut world, secs(100)), []);
}

#[test]
fn first_of_several_that_fall_silent_shortly_after_each_other_is_not_fenced() {
    let mut world = World::new(4, 8);
    world.beating.remove(&2);
    assert_eq!(fenced_within(&mut world, secs(2)), []);
    world.beating.remove(&3);
    assert_eq!(fenced_within(&mut world, secs(30)), []);
}

#[test]
fn controller_that_slept_blames_nobody() {
    let mut world = World::new(2, 4);
    world.now += secs(3600);
    assert_eq!(fences(&world.decide()), []);
    world.beating.clear();
    world.now += secs(1) / 2;
    assert_eq!(fences(&world.decide()), []);
    assert_eq!(fenced_within(&mut world, secs(20)).len(), 1);
}

#[test]
fn new_controller_gives_everybody_the_time_to_connect() {
    let mut world = World::new(2, 4);
    world.now += secs(500);
    world.liveness = Liveness::new(world.now);
    world.beating.clear();
    assert_eq!(fenced_within(&mut world, secs(20)), [(2, Why::Silent, 8500)]);
}

#[test]
fn silence_of_the_former_controller_counts_from_when_it_began() {
    let mut world = World::new(2, 4);
    world.now += secs(500);
    world.liveness = Liveness::new(world.now);
    world.liveness.was_silent(2, world.now - secs(3));
    world.beating.clear();
    assert_eq!(fenced_within(&mut world, secs(20)), [(2, Why::Silent, 5000)]);
}

#[test]
fn machine_that_runs_twice_is_fenced() {
    let mut world = World::new(3, 9);
    world.pass(secs(5));
    let copy = Beat { epoch: 2, counter: 3, ..Beat::default() };
    assert!(world.liveness.beat(SessionId(100), copy, world.now));
    assert_eq!(fences(&world.decide()), [(2, Why::Twin)]);
}

#[test]
fn beat_of_a_connection_that_was_replaced_means_nothing() {
    let mut world = World::new(2, 4);
    let beat = |counter| Beat { epoch: 2, counter, ..Beat::default() };
    assert!(world.liveness.beat(SessionId(100), beat(1000), world.now));
    assert!(world.liveness.beat(SessionId(2), beat(999), world.now));
    world.liveness.disconnected(2, SessionId(2));
    assert!(world.liveness.to_probe(secs(1), world.now).is_empty(), "it has a later connection");
    assert_eq!(fences(&world.decide()), []);
}

#[test]
fn refusal_that_is_older_than_the_connection_means_nothing() {
    let mut world = World::new(2, 4);
    world.liveness.disconnected(2, SessionId(2));
    assert_eq!(world.liveness.to_probe(secs(1), world.now), [2]);
    world.beat(2);
    world.liveness.probed(2, Probed::Gone);
    assert_eq!(fences(&world.decide()), []);
}

#[test]
fn broker_without_a_connection_is_looked_for_again_and_again() {
    let mut world = World::new(2, 4);
    world.liveness.disconnected(2, SessionId(2));
    assert_eq!(world.liveness.to_probe(secs(1), world.now), [2]);
    world.liveness.probed(2, Probed::Here);
    assert!(world.liveness.to_probe(secs(1), world.now).is_empty());
    assert_eq!(world.liveness.to_probe(secs(1), world.now + secs(1)), [2]);
}

#[test]
fn broker_that_is_cut_off_from_a_store_that_serves_others_is_fenced() {
    let mut world = World::new(3, 9);
    let mut waits = |n, waiting: &[u64]| half_seconds(&mut world, n, waiting);
    assert_eq!(waits(50, &[]), []);
    assert_eq!(waits(21, &[2]), []);
    assert_eq!(waits(1, &[2]), [(2, Why::Stuck)]);
}

#[test]
fn store_that_falls_ill_or_recovers_for_one_after_the_other_fences_nobody() {
    let mut world = World::new(3, 9);
    let mut waits = |n, waiting: &[u64]| half_seconds(&mut world, n, waiting);
    assert_eq!(waits(50, &[]), []);
    assert_eq!(waits(2, &[2]), [], "the first one notices");
    assert_eq!(waits(120, &[1, 2, 3]), []);
    assert_eq!(waits(25, &[2]), [], "the last one pauses before its next attempt");
    assert_eq!(waits(25, &[2]), [(2, Why::Stuck)], "and this is no pause any more");
}

/// So many half seconds in which some brokers wait for the store and the others go on. Returns who is
/// fenced at the end, or before.
fn half_seconds(world: &mut World, n: u64, waiting: &[u64]) -> Vec<(u64, Why)> {
    for step in 0..n {
        world.now += Duration::from_millis(500);
        for epoch in 1..=3 {
            let at = u64::try_from(world.now.as_millis()).unwrap();
            let beat = if waiting.contains(&epoch) {
                let before = world.waits.entry(epoch).or_insert(at);
                Beat { epoch, oldest_unacked_ms: at - *before, ..Beat::default() }
            } else {
                world.waits.remove(&epoch);
                Beat { epoch, progress: at, ..Beat::default() }
            };
            world.beat_with(beat);
        }
        let found = fences(&world.decide());
        if !found.is_empty() || step + 1 == n {
            return found;
        }
    }
    Vec::new()
}

#[test]
fn store_that_is_ill_for_all_fences_nobody() {
    let mut world = World::new(3, 9);
    for epoch in [2, 3] {
        world.beat_with(Beat { epoch, oldest_unacked_ms: 60_000, ..Beat::default() });
    }
    let decision = world.decide();
    assert_eq!(fences(&decision), []);
    assert_eq!(decision.alarms, [Alarm::StoreIll(vec![2, 3])]);

    // One that waits while nobody shows that the store works.
    let mut world = World::new(3, 9);
    world.beat_with(Beat { epoch: 2, oldest_unacked_ms: 60_000, ..Beat::default() });
    assert_eq!(fences(&world.decide()), []);
}
