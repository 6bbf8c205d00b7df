//! Several brokers in one process: real cells, a store in memory, streams in memory, time that jumps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common_seams::{Clock, Rng, SeededRng};
use common_types::TenantId;
use common_types::access::{AccessChange, AccessSnapshot, KeyEntry, Pepper};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use storage::levels::FormatLevels;
use storage::meta::{EpochState, MetaError, Txn};
use storage::store::{ObjectStore, StoreError};
use storage::wal::FsyncPolicy;
use storage_testkit::{Faults, SimStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::cell::{
    Cell, CellParts, CellSettings, Company, Endpoint, LogTier, NewTopic, ObjectLog, OpenError,
    marker,
};
use crate::controller::ControllerSettings;
use crate::meta::{Changes, ENTRIES_MAX, MetaStore, Revision};
use crate::rpc::{CellSecret, DialError, Membership, Network, RpcServer, Stream};

mod full_log;
mod load;
// The switch that it needs is none of a release.
#[cfg(debug_assertions)]
mod upgrade;

const GROUPS: u32 = 12;

#[derive(Debug)]
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn wall_ms(&self) -> i64 {
        1_700_000_000_000 + i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }

    fn mono(&self) -> Duration {
        Duration::from_secs(1000) + self.0.elapsed()
    }
}

/// Who listens where, and who does not hear whom.
#[derive(Debug, Default)]
struct Switchboard {
    plugs: Mutex<BTreeMap<String, (Arc<RpcServer>, CancellationToken)>>,
    /// Pairs of processes whose bytes are not delivered; 0 stands for all.
    mute: Arc<Mutex<BTreeSet<(i32, i32)>>>,
}

/// The network as one process has it.
#[derive(Debug)]
struct Socket {
    from: i32,
    board: Arc<Switchboard>,
}

impl Network for Socket {
    fn connect(&self, address: String) -> BoxFuture<'_, Result<Box<dyn Stream>, DialError>> {
        async move {
            let plug = self.board.plugs.lock().get(&address).cloned();
            let (server, cancel) = plug.ok_or(DialError::Refused)?;
            let to: i32 = address["broker-".len()..address.len() - 2].parse().unwrap();
            let (ours, near) = tokio::io::duplex(1 << 16);
            let (far, theirs) = tokio::io::duplex(1 << 16);
            let (mute, from) = (Arc::clone(&self.board.mute), self.from);
            tokio::spawn(async move {
                let (near_read, near_write) = tokio::io::split(near);
                let (far_read, far_write) = tokio::io::split(far);
                tokio::select! {
                    () = deliver(near_read, far_write, &mute, (from, to)) => {}
                    () = deliver(far_read, near_write, &mute, (from, to)) => {}
                }
            });
            tokio::spawn(async move { server.serve(theirs, cancel).await });
            Ok(Box::new(ours) as Box<dyn Stream>)
        }
        .boxed()
    }
}

/// Carries bytes until the connection ends, and none while one of the two is mute.
async fn deliver(
    mut from: ReadHalf<DuplexStream>,
    mut to: WriteHalf<DuplexStream>,
    mute: &Mutex<BTreeSet<(i32, i32)>>,
    (a, b): (i32, i32),
) {
    let mut bytes = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut bytes).await {
        while [(a, b), (b, a), (a, 0), (b, 0)].iter().any(|pair| mute.lock().contains(pair)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if to.write_all(&bytes[..n]).await.is_err() {
            return;
        }
    }
}

/// The metadata, but the first answer to a commit is lost: after the commit, or instead of it.
#[derive(Debug)]
struct LosesAnAnswer {
    meta: Arc<dyn MetaStore>,
    commits: bool,
    lost: AtomicBool,
}

impl MetaStore for LosesAnAnswer {
    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Revision, MetaError>> {
        async move {
            if self.lost.swap(true, Ordering::Relaxed) {
                return self.meta.commit(txn).await;
            }
            if self.commits {
                self.meta.commit(txn).await?;
            }
            let (what, key, reason) = ("commit", "the controller".to_owned(), String::new());
            Err(StoreError::Unknown { what, key, reason }.into())
        }
        .boxed()
    }

    fn changes(&self, after: Revision) -> BoxFuture<'_, Result<Changes, MetaError>> {
        self.meta.changes(after)
    }
}

struct Process {
    id: i32,
    member: Arc<Member>,
    cell: Arc<Cell>,
    cancel: CancellationToken,
}

struct World {
    store: SimStore,
    board: Arc<Switchboard>,
    clock: Arc<VirtualClock>,
    rng: Arc<SeededRng>,
    /// Most slots that are not compacted.
    slots_max: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let rng = Arc::new(SeededRng::new(seed));
        Self {
            store: SimStore::new(Arc::clone(&rng) as Arc<dyn Rng>),
            board: Arc::default(),
            clock: Arc::new(VirtualClock(Instant::now())),
            rng,
            slots_max: ObjectLog::default().slots_max,
        }
    }

    async fn start(&self, id: i32) -> Process {
        self.start_with(id, |meta| meta).await
    }

    /// Starts a broker that has the metadata through something.
    async fn start_with(
        &self,
        id: i32,
        through: impl FnOnce(Arc<dyn MetaStore>) -> Arc<dyn MetaStore>,
    ) -> Process {
        self.try_start(id, FormatLevels::own(), through).await.unwrap()
    }

    /// Starts a broker of a version that knows some format levels.
    async fn try_start(
        &self,
        id: i32,
        formats: FormatLevels,
        through: impl FnOnce(Arc<dyn MetaStore>) -> Arc<dyn MetaStore>,
    ) -> Result<Process, OpenError> {
        let address = format!("broker-{id}:1");
        let store: Arc<dyn ObjectStore> = Arc::new(self.store.caller());
        let (clock, rng) = (Arc::clone(&self.clock), Arc::clone(&self.rng));
        let settings = CellSettings { formats, ..settings(id, &address) };
        let marker = marker(&*store, &*clock, &*rng, &settings).await?;
        let secret = CellSecret([3; 32]);
        let me = Membership { cell: marker.cell, secret: secret.clone() };
        let member = Member::join(MemberParts {
            store: Arc::clone(&store),
            marker,
            secret,
            address: address.clone(),
            network: Arc::new(Socket { from: id, board: Arc::clone(&self.board) }),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            rng: Arc::clone(&rng) as Arc<dyn Rng>,
            formats,
            settings: ControllerSettings::default(),
        })
        .await?;
        let server = RpcServer::new(me, member.service(), Arc::clone(&rng) as Arc<dyn Rng>);
        let cancel = CancellationToken::new();
        self.board.plugs.lock().insert(address, (server, cancel.clone()));
        let Company { meta, peers } = member.company();
        let company = Some(Company { meta: through(meta), peers });
        let slots_max = self.slots_max;
        let log = LogTier::Objects(ObjectLog { slots_max, ..ObjectLog::default() });
        let encryption = storage::at_rest::Encryption::default();
        let parts = CellParts { store, log, clock, rng, company, encryption };
        let cell = Cell::open(parts, settings).await?;
        member.attach(Arc::clone(&cell));
        Ok(Process { id, member, cell, cancel })
    }

    /// The process neither says nor hears anything any more.
    fn freeze(&self, id: i32) {
        self.board.mute.lock().insert((id, 0));
    }

    /// Two processes do not hear each other any more.
    fn cut(&self, one: i32, other: i32) {
        self.board.mute.lock().insert((one, other));
    }

    /// What was cut or frozen hears again.
    fn mend(&self) {
        self.board.mute.lock().clear();
    }

    /// The process is no more, at once.
    fn kill(&self, process: Process) {
        self.board.plugs.lock().remove(&format!("broker-{}:1", process.id));
        process.cancel.cancel();
    }
}

fn settings(id: i32, address: &str) -> CellSettings {
    let endpoint = Endpoint { host: format!("broker-{id}"), port: 9092 };
    CellSettings {
        node: format!("node-{id}"),
        broker_id: id,
        zone: String::new(),
        peer: Some(address.to_owned()),
        formats: FormatLevels::own(),
        fsync: FsyncPolicy::Always,
        cache_bytes: 1 << 20,
        placement_groups: GROUPS,
        plain: endpoint.clone(),
        tls: endpoint,
        auto_create_topics: false,
        partitions_default: 1,
        retention_interval: Duration::from_secs(3600),
        metadata_entries: ENTRIES_MAX,
        producer_idle: Duration::from_secs(3600),
        initial_rebalance_delay: Duration::ZERO,
    }
}

/// How many groups each active epoch leads, as `cell` sees it, when all are led by such.
fn led(cell: &Cell) -> Option<BTreeMap<u64, u32>> {
    let state = cell.metadata();
    let mut led = BTreeMap::new();
    for pg in 0..GROUPS {
        let leader = state.pgs().get(&pg)?.leader;
        if state.epochs().get(&leader) != Some(&EpochState::Active) {
            return None;
        }
        *led.entry(leader).or_insert(0) += 1;
    }
    Some(led)
}

/// Waits until `cell` sees its groups led like this, and says how long it took.
async fn reached(cell: &Cell, wanted: &[u32]) -> Duration {
    let began = Instant::now();
    loop {
        let now = led(cell);
        let counts: Option<Vec<u32>> = now.as_ref().map(|led| led.values().copied().collect());
        if counts.as_deref() == Some(wanted) {
            return began.elapsed();
        }
        let ended = cell.has_ended();
        let epochs = cell.metadata().epochs().clone();
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "{now:?} instead of {wanted:?}, ended {ended}, {epochs:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn topic(name: &str) -> NewTopic {
    NewTopic { name: name.to_owned(), partitions: Some(3), ..NewTopic::default() }
}

#[tokio::test(start_paused = true)]
async fn brokers_that_join_share_the_groups() {
    let world = World::new(1);
    let one = world.start(1).await;
    reached(&one.cell, &[12]).await;
    let two = world.start(2).await;
    let three = world.start(3).await;
    let took = reached(&three.cell, &[4, 4, 4]).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    reached(&two.cell, &[4, 4, 4]).await;
    // Anybody can change metadata.
    let tenant: TenantId = "lkc-abc123".parse().unwrap();
    three.cell.ensure_tenant(tenant).await.unwrap();
    three.cell.create_topic(tenant, topic("orders")).await.unwrap();
    let report = two.member.describe().await.unwrap();
    assert_eq!(
        (report.brokers.len(), report.alarms.len(), report.groups_without_leader),
        (3, 0, 0)
    );
    assert!(report.brokers.values().all(|b| b.connected && b.groups == 4), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn broker_whose_birth_is_in_doubt_finds_out_and_starts() {
    for commits in [true, false] {
        let world = World::new(1);
        let one = world.start(1).await;
        let lost = AtomicBool::new(false);
        let through = |meta| Arc::new(LosesAnAnswer { meta, commits, lost }) as Arc<dyn MetaStore>;
        let two = world.start_with(2, through).await;
        reached(&two.cell, &[6, 6]).await;
        reached(&one.cell, &[6, 6]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn groups_of_a_dead_broker_find_others_within_seconds() {
    let world = World::new(2);
    let one = world.start(1).await;
    let two = world.start(2).await;
    let three = world.start(3).await;
    reached(&one.cell, &[4, 4, 4]).await;
    world.kill(three);
    let took = reached(&two.cell, &[6, 6]).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    drop(one);
}

#[tokio::test(start_paused = true)]
async fn another_broker_becomes_the_controller_when_it_dies() {
    let world = World::new(3);
    let one = world.start(1).await;
    let two = world.start(2).await;
    let three = world.start(3).await;
    reached(&one.cell, &[4, 4, 4]).await;
    world.kill(one);
    let took = reached(&two.cell, &[6, 6]).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    reached(&three.cell, &[6, 6]).await;
    let tenant: TenantId = "lkc-abc123".parse().unwrap();
    three.cell.ensure_tenant(tenant).await.unwrap();
    // It comes back as a new incarnation and gets its share.
    let again = world.start(1).await;
    let took = reached(&again.cell, &[4, 4, 4]).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(again.cell.has_tenant(tenant));
}

#[tokio::test(start_paused = true)]
async fn broker_that_leaves_hands_over_groups_and_metadata() {
    let world = World::new(4);
    let one = world.start(1).await;
    let two = world.start(2).await;
    let three = world.start(3).await;
    reached(&one.cell, &[4, 4, 4]).await;
    // The controller goes.
    let began = Instant::now();
    one.member.leave().await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let report = three.member.describe().await.unwrap();
    assert_eq!(report.controller, "broker-2:1");
    assert_eq!(led(&one.cell).unwrap().len(), 2);
    world.kill(one);
    reached(&three.cell, &[6, 6]).await;
    let tenant: TenantId = "lkc-abc123".parse().unwrap();
    let began = Instant::now();
    three.cell.ensure_tenant(tenant).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    two.member.leave().await;
    reached(&three.cell, &[12]).await;
    world.kill(two);
    // Nobody is left to take anything.
    let began = Instant::now();
    three.member.leave().await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn brokers_that_start_at_once_agree_on_a_controller() {
    for seed in 10..20 {
        let world = World::new(seed);
        let all = tokio::join!(world.start(1), world.start(2), world.start(3));
        reached(&all.0.cell, &[4, 4, 4]).await;
        reached(&all.1.cell, &[4, 4, 4]).await;
        reached(&all.2.cell, &[4, 4, 4]).await;
        let reports = [
            all.0.member.describe().await.unwrap().controller,
            all.1.member.describe().await.unwrap().controller,
            all.2.member.describe().await.unwrap().controller,
        ];
        assert!(reports.iter().all(|c| *c == reports[0]), "{reports:?}");
    }
}

fn some_tenant() -> TenantId {
    "lkc-000001".parse().unwrap()
}

fn has_key(broker: &Process, key: &str) -> bool {
    broker.cell.session_of(some_tenant(), key).is_some()
}

#[tokio::test(start_paused = true)]
async fn access_reaches_every_broker_and_those_that_come_later() {
    let world = World::new(5);
    let one = world.start(1).await;
    let two = world.start(2).await;
    reached(&one.cell, &[6, 6]).await;
    let peppers = [(1, Pepper([1; 32]))].into();
    let snapshot = AccessSnapshot { revision: 7, peppers, ..AccessSnapshot::default() };
    // The control plane is not where the controller is.
    two.member.publish_access(snapshot.clone()).await;
    assert!(one.cell.has_access() && two.cell.has_access());
    // What is new goes to those that have the rest; the whole is refused without what was before.
    let news = |revision| {
        let entry = KeyEntry {
            verifier: [0; 32],
            pepper_version: 1,
            principal: "sa-1".to_owned(),
            tenant: some_tenant(),
            cluster_admin: true,
        };
        let keys = BTreeMap::from([(format!("K{revision}"), entry)]);
        let state = AccessSnapshot { revision, keys, ..snapshot.clone() };
        AccessChange { about: [some_tenant()].into(), state }
    };
    assert!(!two.member.change_access(news(9)).await, "8 is not there");
    assert!(two.member.change_access(news(8)).await);
    assert!(has_key(&one, "K8") && has_key(&two, "K8"));
    assert!(two.member.change_access(news(9)).await);
    assert!(has_key(&one, "K9") && !has_key(&one, "K8"));
    let three = world.start(3).await;
    reached(&three.cell, &[4, 4, 4]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(has_key(&three, "K9"));
    // The controller has it, too, and gives it when the control plane is away.
    world.kill(two);
    let four = world.start(4).await;
    reached(&four.cell, &[4, 4, 4]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(has_key(&four, "K9"));
}

#[tokio::test(start_paused = true)]
async fn cell_is_scaled_in_by_draining() {
    let world = World::new(6);
    let one = world.start(1).await;
    let two = world.start(2).await;
    let three = world.start(3).await;
    reached(&one.cell, &[4, 4, 4]).await;
    two.member.scale(2).await.unwrap();
    let took = reached(&two.cell, &[6, 6]).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(!led(&two.cell).unwrap().contains_key(&three.cell.epoch().0));
    two.member.drain(two.cell.epoch().0).await.unwrap();
    reached(&two.cell, &[12]).await;
    assert!(led(&two.cell).unwrap().contains_key(&one.cell.epoch().0));
}

#[tokio::test(start_paused = true)]
async fn frozen_controller_is_replaced_and_its_groups_are_served_within_twelve_seconds() {
    let world = World::new(7);
    let one = world.start(1).await;
    let two = world.start(2).await;
    let three = world.start(3).await;
    reached(&one.cell, &[4, 4, 4]).await;
    // Connections stay open and say nothing.
    world.freeze(1);
    let began = Instant::now();
    let own = one.cell.epoch().0;
    while led(&two.cell).is_none_or(|led| led.contains_key(&own)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let took = began.elapsed();
    assert!(took > Duration::from_secs(7) && took < Duration::from_secs(12), "{took:?}");
    reached(&three.cell, &[6, 6]).await;
}

#[tokio::test(start_paused = true)]
async fn broker_that_alone_does_not_see_the_controller_leaves_it_in_place() {
    let world = World::new(8);
    let one = world.start(1).await;
    let two = world.start(2).await;
    let three = world.start(3).await;
    reached(&one.cell, &[4, 4, 4]).await;
    world.cut(3, 1);
    tokio::time::sleep(Duration::from_secs(6)).await;
    let report = two.member.describe().await.unwrap();
    assert_eq!(report.controller, "broker-1:1");
    assert_eq!(report.revision.term(), 1);
    drop(three);
}

#[tokio::test(start_paused = true)]
async fn brokers_that_lost_the_controller_while_the_store_is_ill_find_it_without_the_store() {
    let world = World::new(9);
    let one = world.start(1).await;
    let two = world.start(2).await;
    let three = world.start(3).await;
    reached(&one.cell, &[4, 4, 4]).await;
    world.store.set_faults(Faults::storm());
    world.cut(2, 1);
    world.cut(3, 1);
    tokio::time::sleep(Duration::from_secs(3)).await;
    world.mend();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let report = two.member.describe().await.unwrap();
    assert!(report.brokers.values().all(|b| b.connected), "{report:?}");
    tokio::time::sleep(Duration::from_secs(70)).await;
    world.store.set_faults(Faults::default());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let report = three.member.describe().await.unwrap();
    assert_eq!((report.controller.as_str(), report.ended_logs.len()), ("broker-1:1", 0));
}
