//! A rolling upgrade across one format level, rehearsed: the thread takes itself for a version that knows
//! level 2, and each broker is told which levels it knows.

use bytes::Bytes;
use kafka_protocol::records::RecordBatchDecoder;
use storage::levels::rehearse;
use storage::manifest::Manifest;

use super::load::{Acked, Load, PARTITIONS, tenant, until};
use super::*;

const OLD: FormatLevels = FormatLevels { read_min: 1, write_max: 1 };
const NEW: FormatLevels = FormatLevels { read_min: 1, write_max: 2 };
/// All records that a broker that leads everything has.
async fn records(cell: &Cell) -> BTreeSet<Acked> {
    let topic = cell.topic(tenant(), "orders").unwrap();
    until("all partitions are led", || topic.partitions().iter().all(|p| p.pg.leads())).await;
    let mut all = BTreeSet::new();
    for index in 0..PARTITIONS {
        let partition = topic.partition(index).unwrap();
        let visit = |bytes: &Bytes| {
            let sets = RecordBatchDecoder::decode_all(&mut bytes.clone()).unwrap();
            let found = sets.into_iter().flat_map(|set| set.records);
            all.extend(found.map(|r| (index, r.offset, r.value.unwrap())));
        };
        cell.read_all(partition, visit).await.unwrap();
    }
    all
}

/// The format levels of all manifests.
fn manifests(world: &World) -> BTreeSet<u32> {
    let objects = world.store.objects("pg");
    let manifests = objects.iter().filter(|(key, _)| key.ends_with("/manifest"));
    manifests.map(|(_, bytes)| Manifest::parse(bytes).unwrap().format_level).collect()
}

impl World {
    async fn start_as(&self, id: i32, formats: FormatLevels, load: &Load) -> Process {
        let process = self.try_start(id, formats, |meta| meta).await.unwrap();
        load.cells.lock().insert(id, Arc::clone(&process.cell));
        process
    }

    /// The planned end of a process, and a start as another version.
    async fn replace(&self, process: Process, formats: FormatLevels, load: &Load) -> Process {
        let id = process.id;
        process.member.leave().await;
        load.cells.lock().remove(&id);
        self.kill(process);
        let again = self.start_as(id, formats, load).await;
        reached(&again.cell, &[4, 4, 4]).await;
        again
    }

    /// A start that is refused, with the reason.
    async fn refused(&self, id: i32) -> String {
        let started = self.try_start(id, OLD, |meta| meta).await;
        self.board.plugs.lock().remove(&format!("broker-{id}:1"));
        match started.err().expect("the cell has a level that this version does not know") {
            OpenError::Level(why) | OpenError::Meta(MetaError::Level(why)) => why.to_string(),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn brokers_are_upgraded_one_by_one_under_load_and_the_level_is_raised_by_hand() {
    rehearse(2);
    // So few slots that manifests are written all the time.
    let world = World { slots_max: 40, ..World::new(9) };
    let load = Arc::new(Load::default());
    let mut one = world.start_as(1, OLD, &load).await;
    let two = world.start_as(2, OLD, &load).await;
    let three = world.start_as(3, OLD, &load).await;
    reached(&one.cell, &[4, 4, 4]).await;
    one.cell.ensure_tenant(tenant()).await.unwrap();
    one.cell.create_topic(tenant(), topic("orders")).await.unwrap();
    let writes = tokio::spawn(Arc::clone(&load).run());

    // There and back: until the level is raised, the version before can serve the cell.
    for formats in [NEW, OLD, NEW] {
        one = world.replace(one, formats, &load).await;
        let refused = one.member.finalize(2).await.unwrap_err().to_string();
        assert!(refused.contains("format level"), "{refused}");
    }
    let two = world.replace(two, NEW, &load).await;
    let refused = two.member.finalize(2).await.unwrap_err().to_string();
    assert!(refused.contains("do not know format level 2"), "{refused}");
    let three = world.replace(three, NEW, &load).await;
    until("the brokers before are gone", || three.cell.metadata().next_level() == Some(2)).await;
    let report = two.member.describe().await.unwrap();
    assert_eq!((report.format_level, report.format_level_next), (1, Some(2)));
    assert!(report.brokers.values().all(|b| b.formats == NEW), "{report:?}");
    assert_eq!(manifests(&world), [1].into(), "nothing is above the cell's level");

    one.member.finalize(2).await.unwrap();
    until("all follow", || [&one, &two, &three].iter().all(|p| p.cell.metadata().level() == 2))
        .await;
    until("manifests of level 2", || manifests(&world).contains(&2)).await;
    two.member.finalize(2).await.unwrap();
    let refused = two.member.finalize(3).await.unwrap_err().to_string();
    assert!(refused.contains("the highest that its brokers know"), "{refused}");

    // The version before is refused by a cell that runs, and by one whose brokers are all gone.
    let why = world.refused(4).await;
    assert!(why.contains("format level 2") && why.contains("run version"), "{why}");
    load.stop.cancel();
    writes.await.unwrap();
    load.cells.lock().clear();
    [one, two, three].into_iter().for_each(|process| world.kill(process));
    let why = world.refused(4).await;
    assert!(why.contains("format level 2") && why.contains("run version"), "{why}");

    let four = world.start_as(4, NEW, &load).await;
    reached(&four.cell, &[12]).await;
    let there = records(&four.cell).await;
    let acked = load.acked.lock();
    assert!(acked.len() >= 60, "{}", acked.len());
    let lost: Vec<_> = acked.iter().filter(|record| !there.contains(record)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    rehearse(1);
}

#[tokio::test(start_paused = true)]
async fn a_new_cell_has_the_highest_level_of_whoever_makes_it() {
    rehearse(2);
    let world = World::new(10);
    let load = Load::default();
    let one = world.start_as(1, NEW, &load).await;
    reached(&one.cell, &[12]).await;
    assert_eq!(one.cell.metadata().level(), 2);
    let why = world.refused(2).await;
    assert!(why.contains("format level 2"), "{why}");
    let three = world.start_as(3, NEW, &load).await;
    reached(&three.cell, &[6, 6]).await;
    rehearse(1);
}
