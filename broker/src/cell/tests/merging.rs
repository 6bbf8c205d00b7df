//! What is merged is what was there.

use std::sync::atomic::Ordering;
use std::time::Duration;

use storage::at_rest::Encryption;
use storage_testkit::{ClearKeys, Fate, Op};
use tokio::time::Instant;

use super::super::checkpoint::Occasion;
use super::super::tier::ObjectLog;
use super::world::World;

#[tokio::test(start_paused = true)]
async fn what_is_merged_reads_as_before() {
    let world = World::new(1);
    let life = world.open().await;
    life.fill(3, b"of the first leader epoch").await;
    let life = world.open().await;
    life.fill(3, b"of the second").await;
    let (before, old) = (life.known().await, world.segments());
    assert!(before[0].manifest.epochs.len() == 2 && before[0].producers.producers.len() == 1);
    assert_eq!(life.extents(), [6, 6, 6]);

    life.merge().await;
    assert_eq!(life.extents(), [1, 1, 1]);
    assert_eq!(life.known().await, before);
    assert_eq!(life.cell.merged_extents().load(Ordering::Relaxed), 18);
    assert_eq!(world.segments().len(), old.len() + 1, "one segment for all, and none is deleted");
    life.merge().await;
    assert_eq!(world.segments().len(), old.len() + 1, "there is nothing more to merge");

    life.checkpoint().await;
    let life = world.open().await;
    assert_eq!(life.extents(), [1, 1, 1], "the manifests say so");
    assert_eq!(life.known().await, before);
    life.fill(1, b"later").await;
    let before = life.known().await;
    life.grace().await;
    assert_eq!(world.segments().len(), 2, "what nothing names goes");
    assert!(old.iter().all(|key| !world.segments().contains(key)));
    assert_eq!(life.known().await, before);
}

#[tokio::test(start_paused = true)]
async fn segments_that_manifests_name_stay_until_those_follow() {
    let world = World::new(2);
    let life = world.open().await;
    life.fill(5, b"value").await;
    let before = life.known().await;
    life.merge().await;
    // Killed before the manifests follow: the next one finds everything where it was.
    let merged = world.segments();
    let next = world.open().await;
    assert_eq!(next.extents(), [5, 5, 5]);
    assert_eq!(next.known().await, before);
    next.fill(1, b"value").await;
    let before = next.known().await;
    next.grace().await;
    assert!(merged.iter().all(|key| !world.segments().contains(key)), "in vain, or merged again");
    assert_eq!(world.segments().len(), 1);
    assert_eq!(next.known().await, before);
}

#[tokio::test(start_paused = true)]
async fn records_are_merged_as_they_are_sealed_or_sealed_then() {
    let mut world = World::new(3);
    let life = world.open().await;
    life.fill(3, b"in the clear").await;
    world.encryption = ClearKeys("test").encryption(true);
    let life = world.open().await;
    life.fill(3, b"sealed").await;
    let before = life.known().await;
    let old = world.segments();
    life.merge().await;
    life.checkpoint().await;
    assert_eq!(life.extents(), [1, 1, 1]);
    assert_eq!(life.known().await, before);
    let merged = world.store.objects("seg");
    let merged = merged.iter().find(|(key, _)| !old.contains(key)).unwrap();
    let has = |text: &[u8]| merged.1.windows(text.len()).any(|part| part == text);
    assert!(!has(b"in the clear") && !has(b"sealed"), "nothing of it can be read any more");
    // Who does not seal reads on what is sealed.
    world.encryption = Encryption { seal: false, ..world.encryption.clone() };
    let life = world.open().await;
    life.fill(5, b"in the clear again").await;
    let before = life.known().await;
    life.merge().await;
    assert_eq!(life.known().await, before);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_segment_is_left_alone_and_the_others_are_merged() {
    let world = World::new(4);
    let life = world.open().await;
    life.fill(11, b"value").await;
    let mut objects = world.store.objects("seg");
    let partition = life.partition(1);
    let third = partition.state.lock().extents[2].file.key().to_string();
    let object = objects.iter_mut().find(|(key, _)| *key == third).unwrap();
    let mut bytes = object.1.to_vec();
    let at = bytes.windows(5).position(|part| part == b"value").unwrap();
    bytes[at] ^= 1;
    object.1 = bytes.into();
    world.store.restore("seg", &objects);
    let whole = objects.len();
    let last = partition.state.lock().extents[10].file.key().to_string();
    assert!(world.store.vanish(&last));
    for _ in 0..3 {
        life.merge().await;
    }
    // Nothing reads a part of a segment that cannot be trusted.
    assert_eq!(
        life.extents(),
        [5, 5, 5],
        "two before it, itself, those behind it, the one that is gone"
    );
    assert_eq!(world.segments().len(), whole, "one was merged, and none is deleted");
    assert!(world.segments().contains(&third));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_asked_again() {
    let mut world = World::new(5);
    world.retention_interval = Duration::from_hours(1);
    let life = world.open().await;
    life.fill(5, b"value").await;
    let before = life.known().await;
    let fates = [
        Fate::LostRequest,
        Fate::LostAnswer,
        Fate::Late(Duration::from_secs(30)),
        Fate::Throttled,
        Fate::ThrottledThoughDone,
        Fate::Contended,
        Fate::Twice(Duration::from_secs(5)),
    ];
    for fate in fates {
        world.store.plan(Op::Put, "seg/", fate);
        if fate != Fate::Contended {
            world.store.plan(Op::Get, "seg/", fate);
        }
    }
    life.merge().await;
    assert_eq!(life.extents(), [1, 1, 1]);
    assert_eq!(life.known().await, before);
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_good_is_tried_again_at_the_next_look() {
    let mut world = World::new(6);
    world.retention_interval = Duration::from_hours(1);
    let life = world.open().await;
    life.fill(5, b"value").await;
    let before = life.known().await;
    // Refusals are waited out for five minutes.
    (0..60).for_each(|_| world.store.plan(Op::Put, "seg/", Fate::Denied));
    assert!(life.cell.merge(life.merges()).await.is_err());
    assert_eq!(life.extents(), [5, 5, 5]);
    life.merge().await;
    assert_eq!(life.extents(), [1, 1, 1]);
    assert_eq!(life.known().await, before);
}

#[tokio::test(start_paused = true)]
async fn a_small_budget_slows_merging_and_does_not_stop_it() {
    let mut took = Vec::new();
    for background_bytes_per_second in [0, 256 << 10] {
        let mut world = World::new(7);
        world.retention_interval = Duration::from_hours(1);
        world.log = ObjectLog { background_bytes_per_second, ..world.log };
        let life = world.open().await;
        life.fill(5, &[7; 100_000]).await;
        // What compaction took is paid for.
        tokio::time::sleep(Duration::from_mins(2)).await;
        let begun = Instant::now();
        life.merge().await;
        took.push(begun.elapsed());
        assert_eq!(life.extents(), [1, 1, 1]);
    }
    assert!(took[0] < Duration::from_secs(1), "{took:?}");
    // Three megabytes are read and three are written.
    assert!((10..60).contains(&took[1].as_secs()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn compaction_waits_for_the_budget_only_while_there_are_slots() {
    let mut world = World::new(8);
    world.retention_interval = Duration::from_hours(1);
    world.log = ObjectLog { background_bytes_per_second: 1000, slots_max: 40, ..world.log };
    let life = world.open().await;
    life.fill(1, &[7; 20_000]).await;
    let begun = Instant::now();
    life.checkpoint_on(Occasion::NewBytes).await;
    assert!((50..=60).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());

    life.fill(1, &[7; 20_000]).await;
    let begun = Instant::now();
    tokio::join!(life.checkpoint_on(Occasion::NewBytes), async {
        for _ in 0..25 {
            life.append_to_first(b"small").await;
        }
    });
    assert!(begun.elapsed().as_secs() < 20, "slots get scarce: {:?}", begun.elapsed());
}
