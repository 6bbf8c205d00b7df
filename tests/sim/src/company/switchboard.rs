use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use broker::rpc::{DialError, Network, RpcServer, Stream};
use common_seams::{Rng as _, SeededRng};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether a line carries again.
const LOOK: Duration = Duration::from_millis(50);
/// Stands for everybody.
const ALL: u64 = 0;

/// The network between processes: who listens where, and who does not hear whom.
#[derive(Debug)]
pub(super) struct Switchboard {
    plugs: Mutex<BTreeMap<String, Plug>>,
    /// Lives whose bytes do not arrive for now, with the lives where they do not: from and to.
    silent: Mutex<BTreeSet<(u64, u64)>>,
    rng: Arc<SeededRng>,
}

#[derive(Debug, Clone)]
struct Plug {
    life: u64,
    server: Arc<RpcServer>,
    gone: CancellationToken,
}

impl Switchboard {
    pub(super) fn new(rng: Arc<SeededRng>) -> Self {
        Self { plugs: Mutex::default(), silent: Mutex::default(), rng }
    }

    /// A process listens, until it is gone.
    pub(super) fn plug(
        &self,
        at: &str,
        life: u64,
        server: Arc<RpcServer>,
        gone: CancellationToken,
    ) {
        self.plugs.lock().insert(at.to_owned(), Plug { life, server, gone });
    }

    /// What one process sends does not reach another any more; connections stay open.
    pub(super) fn cut(&self, from: u64, to: u64) {
        self.silent.lock().insert((from, to));
    }

    pub(super) fn join(&self, from: u64, to: u64) {
        self.silent.lock().remove(&(from, to));
    }

    /// A process neither says nor hears anything.
    pub(super) fn mute(&self, life: u64) {
        self.cut(life, ALL);
    }

    pub(super) fn unmute(&self, life: u64) {
        self.join(life, ALL);
    }

    /// Everybody hears everybody.
    pub(super) fn heal(&self) {
        self.silent.lock().clear();
    }

    fn carries(&self, from: u64, to: u64) -> bool {
        let silent = self.silent.lock();
        ![(from, to), (from, ALL), (to, ALL)].iter().any(|pair| silent.contains(pair))
    }

    /// Most of what is sent arrives at once, some of it after every time-out.
    fn delay(&self) -> Duration {
        Duration::from_millis(match self.rng.below(1000) {
            0..=1 => self.rng.below(8000),
            2..=30 => self.rng.below(300),
            _ => self.rng.below(3),
        })
    }

    /// Carries bytes until the connection ends.
    async fn carry(
        &self,
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
        (sender, receiver): (u64, u64),
    ) {
        let mut bytes = vec![0; 32 << 10];
        while let Ok(n @ 1..) = from.read(&mut bytes).await {
            tokio::time::sleep(self.delay()).await;
            while !self.carries(sender, receiver) {
                tokio::time::sleep(LOOK).await;
            }
            if to.write_all(&bytes[..n]).await.is_err() {
                return;
            }
        }
    }
}

/// The network as one process has it.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) life: u64,
    pub(super) gone: CancellationToken,
    pub(super) board: Arc<Switchboard>,
}

impl Network for Socket {
    fn connect(&self, address: String) -> BoxFuture<'_, Result<Box<dyn Stream>, DialError>> {
        async move {
            let plug = self.board.plugs.lock().get(&address).cloned();
            let plug = plug.filter(|plug| !plug.gone.is_cancelled()).ok_or(DialError::Refused)?;
            let (ours, near) = tokio::io::duplex(1 << 16);
            let (far, theirs) = tokio::io::duplex(1 << 16);
            let (board, there) = (Arc::clone(&self.board), (self.life, plug.life));
            let back = (plug.life, self.life);
            let ends = [self.gone.clone(), plug.gone.clone()];
            tokio::spawn(async move {
                let (near_read, near_write) = tokio::io::split(near);
                let (far_read, far_write) = tokio::io::split(far);
                tokio::select! {
                    biased;
                    () = ends[0].cancelled() => {}
                    () = ends[1].cancelled() => {}
                    () = board.carry(near_read, far_write, there) => {}
                    () = board.carry(far_read, near_write, back) => {}
                }
            });
            let gone = plug.gone.clone();
            tokio::spawn(async move { plug.server.serve(theirs, gone).await });
            Ok(Box::new(ours) as Box<dyn Stream>)
        }
        .boxed()
    }
}
