use std::sync::Arc;

use broker::cell::OpenError;
use broker::member::Member;
use broker::rpc::{CellSecret, Membership, RpcServer};
use common_seams::{Clock, Rng, SeededRng};
use storage::store::ObjectStore;
use storage_testkit::SimStore;
use tokio_util::sync::CancellationToken;

use super::switchboard::Socket;
use super::town::Town;
use crate::cord::{Cord, Hand, Process as Condition};
use crate::life::{self, MemberNeeds};
use crate::site::Site;

/// A broker process, and the hand of fate on it.
pub(super) struct Process {
    pub(super) life: u64,
    pub(super) site: Site,
    pub(super) member: Arc<Member>,
    pub(super) hand: Hand,
    pub(super) caller: SimStore,
    /// Neither its connections nor it are there any more.
    pub(super) gone: CancellationToken,
}

/// Ends a process that is dropped before it is one.
struct Unborn {
    hand: Hand,
    gone: CancellationToken,
    born: bool,
}

impl Drop for Unborn {
    fn drop(&mut self) {
        if !self.born {
            self.hand.set(Condition::Gone);
            self.gone.cancel();
        }
    }
}

impl Town {
    /// Starts a process of a broker. Dropped in the middle, it was killed.
    pub(super) async fn start(self: &Arc<Self>, broker: i32) -> Result<Arc<Process>, OpenError> {
        let life = self.next_life();
        self.note(life, &format!("is broker {broker}, and opens"));
        self.summary.lock().lives += 1;
        let caller = self.store.caller();
        caller.set_faults(self.faults.lock().clone());
        let (cord, hand) = Cord::new(Arc::new(caller.clone()), self.history.clone(), life);
        let store: Arc<dyn ObjectStore> = Arc::new(cord);
        let rng: Arc<dyn Rng> = Arc::new(SeededRng::new(self.rng.next_u64()));
        let gone = CancellationToken::new();
        let mut unborn = Unborn { hand: hand.clone(), gone: gone.clone(), born: false };
        let secret = CellSecret([3; 32]);
        let board = Arc::clone(&self.board);
        let needs = MemberNeeds {
            broker,
            secret: secret.clone(),
            network: Arc::new(Socket { life, gone: gone.clone(), board }),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            rng: Arc::clone(&rng),
        };
        let listen = |member: &Arc<Member>, cell: uuid::Uuid, address: &str| {
            let me = Membership { cell, secret };
            let server = RpcServer::new(me, member.service(), Arc::clone(&rng));
            self.board.plug(address, life, server, gone.clone());
        };
        let (server, member) = life::open_in_company(store, needs, listen).await?;
        self.merged.lock().push(server.cell().merged_extents());
        let site = Site {
            server,
            cancel: gone.clone(),
            model: Arc::clone(&self.model),
            clock: Arc::clone(&self.clock),
            history: self.history.clone(),
            life,
            shared: true,
        };
        unborn.born = true;
        self.note(life, "is open");
        let process = Process { life, site, member, hand, caller, gone };
        Ok(Arc::new(process))
    }
}

impl Process {
    /// kill -9.
    pub(super) fn kill(&self) {
        self.hand.set(Condition::Gone);
        self.gone.cancel();
    }

    pub(super) fn epoch(&self) -> u64 {
        self.site.server.cell().epoch().0
    }
}
