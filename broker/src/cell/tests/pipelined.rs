//! Clients send several batches of a partition without waiting for answers.

use std::time::Duration;

use protocol::batch::BatchHeader;
use protocol::error_code::OUT_OF_ORDER_SEQUENCE_NUMBER;

use super::world::{World, batch, tenant};
use crate::partition::AppendError;

#[tokio::test(start_paused = true)]
async fn what_follows_a_batch_that_was_refused_is_refused_alike() {
    let life = World::new(1).open().await;
    let partition = life.partition(0);
    let append = |producer, sequence| {
        let batch = batch(life.cell.clock.wall_ms(), (producer, sequence), b"value");
        let header = BatchHeader::validate(&batch).unwrap();
        let now = life.cell.clock.mono();
        partition.append(&life.cell.wal, batch, &header, None, now).map(|a| a.base_offset)
    };
    life.cell.wal.keys.ready(tenant()).await.unwrap();
    let too_far = Err(AppendError::Sequence(OUT_OF_ORDER_SEQUENCE_NUMBER));

    assert_eq!(append(7, 2), Err(AppendError::NotLeader), "the first one was refused a moment ago");
    assert_eq!(append(7, 0), Ok(0));
    assert_eq!(append(7, 4), Err(AppendError::NotLeader), "2 is missing");
    assert_eq!(append(7, 2), Ok(2), "sent again");
    assert_eq!(append(7, 4), Ok(4), "and what was behind it");
    assert_eq!(append(7, 1), too_far, "this is no gap");

    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(append(7, 8), too_far, "6 is missing, and nobody refused it");
    assert_eq!(append(8, 8), Ok(6), "its state has expired");

    for pg in &life.cell.pgs {
        assert!(pg.prepare(1) && pg.stop(1));
        pg.resume(1, life.cell.clock.mono());
    }
    assert_eq!(append(7, 8), Err(AppendError::NotLeader), "6 was refused in between");
    assert_eq!(append(7, 6), Ok(8));
}
