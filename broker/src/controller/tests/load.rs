//! Use decides what moves, seldom and to good effect.

use std::collections::BTreeMap;
use std::time::Duration;

use common_seams::{Rng as _, SeededRng};

use super::super::*;
use super::world::{World, secs};

const MB: u64 = 1_000_000;

/// Moves, each with its time and its group.
type Moves = Vec<(Duration, u32)>;

/// What moves while time goes on.
fn watch(world: &mut World, time: Duration) -> Moves {
    let until = world.now + time;
    let mut moves = Moves::new();
    while world.now < until {
        world.pass(secs(1));
        moves.extend(world.moving().iter().map(|(pg, ..)| (world.now, *pg)));
        world.complete_moves();
    }
    moves
}

fn run(world: &mut World, time: Duration) -> usize {
    watch(world, time).len()
}

/// What each broker takes in.
fn used(world: &World) -> BTreeMap<u64, u64> {
    let mut used: BTreeMap<u64, u64> = world.beating.iter().map(|epoch| (*epoch, 0)).collect();
    for (pg, row) in world.state.pgs() {
        *used.entry(row.leader).or_default() += world.traffic.get(pg).copied().unwrap_or(0);
    }
    used
}

fn spread(world: &World) -> u64 {
    let used = used(world);
    used.values().max().unwrap() - used.values().min().unwrap()
}

/// Three brokers, and all use at groups of the first.
fn lopsided() -> World {
    let mut world = World::new(3, 24);
    let first = world.state.pgs().iter().filter(|(_, row)| row.leader == 1);
    let first: Vec<u32> = first.map(|(pg, _)| *pg).collect();
    world.traffic = first.into_iter().map(|pg| (pg, 15 * MB)).collect();
    world
}

#[test]
fn use_that_stays_uneven_is_spread_and_the_numbers_stay_even() {
    let mut world = lopsided();
    assert_eq!(spread(&world), 120 * MB);
    let moves = run(&mut world, secs(120));
    assert!(spread(&world) <= 30 * MB, "{:?}", used(&world));
    assert!(moves <= 12, "{moves} moves");
    assert!(world.led().values().all(|n| (7..=9).contains(n)), "{:?}", world.led());
    assert_eq!(run(&mut world, secs(1800)), 0, "what is even stays where it is");
}

#[test]
fn a_burst_moves_nothing() {
    let mut world = lopsided();
    assert_eq!(run(&mut world, secs(15)), 0);
    world.traffic.clear();
    assert_eq!(run(&mut world, secs(300)), 0);
}

#[test]
fn one_busy_group_is_left_where_it_is() {
    let mut world = World::new(2, 8);
    world.traffic = [(0, 180 * MB)].into();
    assert_eq!(run(&mut world, secs(600)), 0, "elsewhere it would be as busy");
}

/// Use that jumps from group to group, as fast as the averages follow.
fn restless(settings: &ControllerSettings, seed: u64) -> Moves {
    let mut world = World { settings: settings.clone(), ..World::new(3, 24) };
    let rng = SeededRng::new(seed);
    let mut moves = Moves::new();
    for _ in 0..20 {
        world.traffic = (0..24).map(|pg| (pg, rng.below(30) * MB)).collect();
        moves.extend(watch(&mut world, secs(60)));
    }
    moves
}

/// The shortest time from one move of a group to its next.
fn shortest_rest(moves: &Moves) -> Duration {
    let mut last = BTreeMap::new();
    let rests =
        moves.iter().filter_map(|(at, pg)| last.insert(*pg, *at).map(|before| *at - before));
    rests.min().unwrap_or(Duration::MAX)
}

/// With every guard the groups of a restless cell move now and then. Each guard that is taken away shows:
/// without rest the same groups move again and again, without the others more of them do.
#[test]
fn every_guard_against_too_many_moves_is_needed() {
    let whole = ControllerSettings::default();
    let moves = |settings: &ControllerSettings| -> (usize, Duration) {
        let runs: Vec<Moves> = (0..3).map(|seed| restless(settings, seed)).collect();
        (runs.iter().map(Vec::len).sum(), runs.iter().map(shortest_rest).min().unwrap())
    };
    let (usual, rest) = moves(&whole);
    assert!(rest >= whole.group_rest, "a group moved again after {rest:?}");
    let hasty = ControllerSettings { group_rest: Duration::ZERO, ..whole };
    let (_, rest) = moves(&hasty);
    assert!(rest < whole.group_rest, "without rest no group moved again before {rest:?}");
    let planted = [
        ("spread", ControllerSettings { load_spread_percent: 1, ..whole }),
        ("patience", ControllerSettings { balance_patience: Duration::ZERO, ..whole }),
    ];
    for (guard, settings) in planted {
        let (without, _) = moves(&settings);
        assert!(without > usual, "without {guard}: {without} moves, with it {usual}");
    }
}

fn signal_after(world: &mut World, time: Duration) -> Option<Signal> {
    run(world, time);
    world.decide().signal
}

#[test]
fn brokers_that_are_busy_for_two_minutes_ask_for_more() {
    let mut world = World::new(2, 16);
    world.traffic = (0..16).map(|pg| (pg, 20 * MB)).collect();
    assert_eq!(signal_after(&mut world, secs(110)), None);
    let asked = signal_after(&mut world, secs(60));
    assert_eq!(asked, Some(Signal::ScaleOut { brokers: 2, wanted: 4, percent: 80 }));
    world.traffic = (0..16).map(|pg| (pg, 10 * MB)).collect();
    assert_eq!(signal_after(&mut world, secs(60)), None);
}

#[test]
fn brokers_that_are_quiet_for_a_quarter_of_an_hour_are_too_many() {
    let mut world = World::new(4, 16);
    world.traffic = (0..16).map(|pg| (pg, 5 * MB)).collect();
    assert_eq!(signal_after(&mut world, secs(880)), None);
    let asked = signal_after(&mut world, secs(60));
    assert_eq!(asked, Some(Signal::ScaleIn { brokers: 4, wanted: 1, percent: 10 }));
    world.traffic = (0..16).map(|pg| (pg, 40 * MB)).collect();
    let asked = signal_after(&mut world, secs(30));
    assert_eq!(asked, None, "use that comes back takes the signal back at once");
}
