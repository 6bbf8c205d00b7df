//! Merging while everything else goes on.

use std::time::Duration;

use storage_testkit::{Faults, Latency};

use super::world::{Known, Life, World};

/// Merges, while something else happens so much later, on a store that takes its time.
async fn amid(life: &Life, after: Duration, what: impl Future<Output = ()>) {
    let latency = Latency { median: Duration::from_millis(100), p99: Duration::from_millis(100) };
    life.caller.set_faults(Faults { latency, ..Faults::default() });
    tokio::join!(life.merge(), async {
        tokio::time::sleep(after).await;
        what.await;
    });
    life.caller.set_faults(Faults::default());
}

/// What is left of a partition when records below `start` are gone.
fn above(known: &Known, start: i64) -> Known {
    let mut known = known.clone();
    known.batches.retain(|(first, _)| first + 1 >= start);
    known.manifest.log_start = start;
    known
}

#[tokio::test(start_paused = true)]
async fn records_that_are_deleted_meanwhile_stay_deleted() {
    // A merge takes a second or two: before, in the middle of it, behind it.
    for step in 0..8 {
        let world = World::new(step);
        let life = world.open().await;
        life.fill(6, b"value").await;
        let before = life.known().await;
        let partition = life.partition(1);
        // In the middle of the fourth extent.
        let delete = async {
            let ticket = partition.move_log_start(&life.cell.wal, 7).unwrap();
            assert!(life.cell.wal.durable(ticket).await);
            life.checkpoint().await;
        };
        amid(&life, Duration::from_millis(step * 300), delete).await;
        let expected = vec![before[0].clone(), above(&before[1], 7), before[2].clone()];
        assert_eq!(life.known().await, expected, "step {step}");
        life.checkpoint().await;
        let life = world.open().await;
        assert_eq!(life.known().await, expected, "step {step}, after a restart");
        // Garbage goes, and nothing else.
        life.fill(1, b"later").await;
        let expected = life.known().await;
        life.grace().await;
        assert_eq!(life.known().await, expected, "step {step}, after the grace");
    }
}

#[tokio::test(start_paused = true)]
async fn what_retention_drops_meanwhile_does_not_come_back() {
    for step in 0..16 {
        let mut world = World::new(step);
        world.retention_interval = Duration::from_hours(9);
        world.configs.insert("retention.ms".to_owned(), "3600000".to_owned());
        let life = world.open().await;
        life.fill(6, b"old").await;
        tokio::time::sleep(Duration::from_mins(59)).await;
        life.fill(1, b"young").await;
        tokio::time::sleep(Duration::from_millis(59_500)).await;
        amid(&life, Duration::from_millis(step * 150), life.checkpoint()).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        life.checkpoint().await;
        for known in life.known().await {
            assert_eq!((known.manifest.log_start, known.batches.len()), (12, 1), "step {step}");
        }
        assert_eq!(life.extents(), [1, 1, 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_swapped_in_once_the_group_is_left() {
    let mut in_time = 0;
    for step in 0..14 {
        let world = World::new(step);
        let life = world.open().await;
        life.fill(5, b"value").await;
        let pg = life.partition(0).pg.clone();
        let moved = async {
            pg.leave();
            // Back with somebody's extents, which happen to be the same.
            let tenure = pg.begin();
            assert!(pg.serve(tenure, pg.epoch(), Duration::ZERO));
        };
        let before = life.extents();
        amid(&life, Duration::from_millis(50 + step * 100), moved).await;
        let after = life.extents();
        assert!([1, before[0]].contains(&after[0]), "all of it or nothing");
        in_time += usize::from(after[0] == 1);
        life.merge().await;
        assert_eq!(life.extents(), [1, 1, 1], "the next look finds it");
    }
    assert!((1..14).contains(&in_time), "{in_time}");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_replaced_merges_in_vain() {
    for step in 0..10 {
        let world = World::new(step);
        let old = world.open().await;
        old.fill(5, b"value").await;
        let before = old.known().await;
        let mut next = None;
        let replaced = async { next = Some(world.open().await) };
        amid(&old, Duration::from_millis(step * 200), replaced).await;
        // It does not know yet, and goes on.
        let _refused = old.cell.checkpoint(super::super::checkpoint::Occasion::Due).await;
        let next = next.unwrap();
        assert_eq!(next.known().await, before, "step {step}");
        next.fill(1, b"later").await;
        let before = next.known().await;
        next.grace().await;
        assert_eq!(next.known().await, before, "step {step}, after the grace");
    }
}
