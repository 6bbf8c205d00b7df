use std::time::Duration;

use storage::meta::{MetaOp, Txn};

use super::super::*;
use super::world::{World, secs};
use crate::rpc::Beat;

#[test]
fn groups_of_a_new_cell_are_spread() {
    assert_eq!(World::new(3, 9).led(), [(1, 3), (2, 3), (3, 3)].into());
    assert_eq!(World::new(1, 8).led(), [(1, 8)].into());
}

#[test]
fn new_broker_gets_its_share_sixteen_groups_at_a_time() {
    let mut world = World::new(3, 256);
    world.join(4);
    let mut rounds = 0;
    loop {
        world.pass(Duration::from_millis(500));
        let moving = world.moving().len();
        assert!(moving <= 16, "{moving}");
        if world.complete_moves() == 0 {
            break;
        }
        rounds += 1;
    }
    assert_eq!(world.led(), [(1, 64), (2, 64), (3, 64), (4, 64)].into());
    assert_eq!(rounds, 4);
}

#[test]
fn two_new_brokers_make_the_cell_even_without_waiting() {
    let mut world = World::new(3, 64);
    (4..6).for_each(|epoch| world.join(epoch));
    for _ in 0..6 {
        world.pass(Duration::from_millis(500));
        world.complete_moves();
    }
    let mut led: Vec<usize> = world.led().into_values().collect();
    led.sort_unstable();
    assert_eq!(led, [12, 13, 13, 13, 13]);
}

#[test]
fn broker_that_has_not_found_the_new_controller_yet_counts_when_others_are_filled() {
    let mut world = World::new(2, 64);
    world.liveness = Liveness::new(world.now);
    world.beating.remove(&2);
    (3..6).for_each(|epoch| world.join(epoch));
    for round in 0..8 {
        world.pass(Duration::from_millis(500));
        world.complete_moves();
        if round == 2 {
            world.beating.insert(2);
        }
    }
    let mut led: Vec<usize> = world.led().into_values().collect();
    led.sort_unstable();
    assert_eq!(led, [12, 13, 13, 13, 13]);
}

#[test]
fn broker_that_lets_no_client_in_yet_gets_nothing_that_others_serve() {
    let mut world = World::new(2, 12);
    world.join(3);
    world.beating.remove(&3);
    for _ in 0..2 {
        world.beat_with(Beat { epoch: 3, shut: true, ..Beat::default() });
        world.pass(Duration::from_millis(500));
    }
    assert_eq!(world.moving(), []);
    world.beat(3);
    world.step();
    assert_eq!(world.moving().len(), 4);
}

#[test]
fn draining_broker_gives_all_and_gets_nothing() {
    let mut world = World::new(3, 30);
    world.drain(2);
    world.kill(3);
    for _ in 0..10 {
        world.pass(Duration::from_millis(500));
        world.complete_moves();
    }
    assert_eq!(world.led(), [(1, 30)].into());
}

#[test]
fn last_broker_that_is_to_go_still_takes_what_nobody_leads() {
    let mut world = World::new(2, 8);
    world.drain(1);
    world.kill(2);
    world.pass(secs(3));
    assert_eq!(world.led(), [(1, 8)].into());
}

#[test]
fn unevenness_is_evened_out_slowly_and_only_when_it_lasts() {
    let mut world = World::new(2, 12);
    // One broker has lost groups after it had its share.
    for pg in 0..12 {
        if world.state.pgs()[&pg].leader == 2 && world.led()[&2] > 2 {
            let ops = vec![MetaOp::PlanMove { pg, to: 1, attempt: 1 }];
            world.state.apply(&Txn { acting: 1, ops }).unwrap();
            world.complete_moves();
        }
    }
    assert_eq!(world.led(), [(1, 10), (2, 2)].into());
    world.pass(secs(29));
    assert_eq!(world.moving(), []);
    world.pass(secs(2));
    assert_eq!(world.moving().len(), 4);
    let moved: Vec<u32> = world.moving().iter().map(|(pg, ..)| *pg).collect();
    world.complete_moves();
    assert_eq!(world.led(), [(1, 6), (2, 6)].into());

    // What moved rests.
    world.drain(1);
    world.me = 2;
    world.movement = Movement::default();
    world.pass(secs(1));
    assert!(moved.iter().all(|pg| world.state.pgs()[pg].moving.is_none()));
}

#[test]
fn group_that_moved_for_balance_rests() {
    let mut world = World::new(2, 8);
    world.decide();
    // All of the first broker's groups have just moved there.
    for (pg, row) in world.state.pgs().clone() {
        if row.leader == 2 {
            let ops = vec![MetaOp::PlanMove { pg, to: 1, attempt: 1 }];
            world.state.apply(&Txn { acting: 1, ops }).unwrap();
        }
    }
    world.complete_moves();
    world.decide();
    let fresh: Vec<u32> =
        world.state.pgs().iter().filter(|(_, r)| r.attempt == 1).map(|(pg, _)| *pg).collect();
    assert_eq!(fresh.len(), 4);
    world.pass(secs(35));
    let moving: Vec<u32> = world.moving().iter().map(|(pg, ..)| *pg).collect();
    assert!(!moving.is_empty());
    assert!(moving.iter().all(|pg| !fresh.contains(pg)), "{moving:?}");
}

#[test]
fn move_to_a_broker_that_is_to_go_is_cancelled() {
    let mut world = World::new(2, 8);
    world.join(3);
    world.step();
    assert!(world.moving().iter().all(|(pg, ..)| world.state.pgs()[pg].moving.unwrap().to == 3));
    let count = world.moving().len();
    assert!(count > 0);
    world.drain(3);
    let cancelled = world.step().actions;
    assert_eq!(cancelled.iter().filter(|a| matches!(a, Action::Cancel { .. })).count(), count);
    assert_eq!(world.moving(), []);
}

#[test]
fn move_that_takes_too_long_is_cancelled_and_tried_again_later() {
    let mut world = World::new(2, 8);
    world.join(3);
    world.pass(secs(1));
    let planned = world.moving();
    assert!(!planned.is_empty());
    world.pass(secs(29));
    assert_eq!(world.moving(), planned);
    world.pass(secs(2));
    let others = world.moving();
    assert!(others.iter().all(|m| !planned.contains(m)), "{others:?} {planned:?}");
}

#[test]
fn move_to_a_dead_broker_ends_with_its_fence() {
    let mut world = World::new(2, 8);
    world.join(3);
    world.step();
    assert!(!world.moving().is_empty());
    world.kill(3);
    world.step();
    assert_eq!(world.moving(), []);
}

#[test]
fn brokers_that_are_too_many_are_drained_the_controllers_last() {
    let mut world = World::new(4, 8);
    world.wanted = Some(2);
    let drained: Vec<Action> = world.decide().actions;
    assert!(drained.contains(&Action::Drain { epoch: 3 }));
    assert!(drained.contains(&Action::Drain { epoch: 4 }));
    world.me = 4;
    world.wanted = Some(1);
    for _ in 0..10 {
        world.pass(secs(1));
        world.complete_moves();
    }
    assert_eq!(world.led(), [(4, 8)].into());
    world.wanted = Some(0);
    assert_eq!(world.decide().actions, [], "a cell keeps one");
}

#[test]
fn cell_without_a_broker_says_so() {
    assert_eq!(World::new(0, 4).decide().alarms, [Alarm::NoBroker(4)]);
}
