//! The audit that goes on in the background.

use std::time::Duration;

use storage::audit::{Fault, Finding};
use tokio::time::Instant;

use super::world::{Life, World};

async fn found(life: &Life) -> Vec<Finding> {
    let mut all = Vec::new();
    for pg in &life.cell.pgs {
        all.extend(life.cell.audit_group(pg).await.unwrap());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_or_damaged_is_found() {
    let world = World::new(1);
    let life = world.open().await;
    life.fill(3, b"value").await;
    assert_eq!(found(&life).await, []);

    let keys = world.segments();
    assert!(world.store.vanish(&keys[0]));
    let missing = found(&life).await;
    assert!(!missing.is_empty() && missing.iter().all(|f| f.key == keys[0]));
    assert!(missing.iter().all(|f| matches!(f.fault, Fault::Missing { .. })));

    let mut objects = world.store.objects("seg");
    let mut bytes = objects[0].1.to_vec();
    let end = bytes.len() - 20;
    bytes[end] ^= 1;
    objects[0].1 = bytes.into();
    world.store.restore("seg", &objects);
    let found = found(&life).await;
    assert!(found.iter().any(|f| f.key == keys[1] && matches!(f.fault, Fault::Damaged(_))));
}

#[tokio::test(start_paused = true)]
async fn merging_and_collection_are_no_damage() {
    let world = World::new(2);
    let life = world.open().await;
    for _ in 0..4 {
        life.fill(3, b"value").await;
        life.merge().await;
        assert_eq!(found(&life).await, []);
    }
    life.grace().await;
    assert_eq!(found(&life).await, []);
    // Whoever leads no more finds nothing.
    assert!(world.store.vanish(&world.segments()[0]));
    life.cell.pgs.iter().for_each(|pg| pg.leave());
    assert_eq!(found(&life).await, []);
}

#[tokio::test(start_paused = true)]
async fn an_audit_takes_its_time() {
    let world = World::new(3);
    let life = world.open().await;
    life.fill(8, &[7; 400_000]).await;
    let begun = Instant::now();
    assert_eq!(found(&life).await, []);
    // A block of 800 kB and a directory of each of eight segments, by each group with data.
    let took = begun.elapsed();
    assert!((Duration::from_secs(5)..Duration::from_mins(5)).contains(&took), "{took:?}");
}
