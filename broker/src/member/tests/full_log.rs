//! Groups are moved while the log of their leader has as many slots as it may have.

use bytes::Bytes;

use super::load::{Load, append, tenant, until};
use super::*;

/// More than groups, so that every group has some.
const PARTITIONS: i32 = 24;

/// Writes to one partition as fast as it is acknowledged.
async fn write_to(load: Arc<Load>, index: i32) {
    while !load.stop.is_cancelled() {
        let cells: Vec<_> = load.cells.lock().values().cloned().collect();
        for cell in cells {
            if append(&cell, index, &Bytes::from_static(b"x")).await.is_some() {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Slots are given up once all groups have theirs in segments, and a group that stands still waits for its
/// last slot: the one must not wait for the other.
#[tokio::test(start_paused = true)]
async fn groups_leave_a_broker_whose_log_is_full() {
    for seed in 20..24 {
        let world = World { slots_max: 20, ..World::new(seed) };
        let load = Arc::new(Load::default());
        let one = world.start(1).await;
        // All write to the first alone: the others have slots enough.
        load.cells.lock().insert(1, Arc::clone(&one.cell));
        reached(&one.cell, &[12]).await;
        one.cell.ensure_tenant(tenant()).await.unwrap();
        let orders = NewTopic { partitions: Some(PARTITIONS), ..topic("orders") };
        one.cell.create_topic(tenant(), orders).await.unwrap();
        let writes: Vec<_> =
            (0..PARTITIONS).map(|index| tokio::spawn(write_to(Arc::clone(&load), index))).collect();
        let _two = world.start(2).await;
        reached(&one.cell, &[6, 6]).await;
        // Until the second broker has what came with its groups in segments, the log of the first fills up.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let three = world.start(3).await;
        let took = reached(&three.cell, &[4, 4, 4]).await;
        assert!(took < Duration::from_secs(10), "seed {seed}: {took:?}");
        load.stop.cancel();
        until("all writers have ended", || writes.iter().all(|w| w.is_finished())).await;
    }
}
