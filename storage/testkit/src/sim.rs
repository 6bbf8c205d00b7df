use std::sync::Arc;

use bytes::Bytes;
use common_seams::{Clock, Rng};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};
use tokio::time::{Instant, sleep_until};

use crate::request::{Reply, Request};
use crate::world::{ReplyBox, World};
use crate::{Counts, Fate, Faults, Flaw, Op};

/// A handle to a store in memory. Clones are the same caller; [`SimStore::caller`] makes another one,
/// with faults of its own, of the same objects.
#[derive(Debug, Clone)]
pub struct SimStore {
    world: Arc<Mutex<World>>,
    rng: Arc<dyn Rng>,
    faults: Arc<Mutex<Faults>>,
    clock: Arc<Mutex<Option<StoreClock>>>,
}

#[derive(Debug, Clone)]
struct StoreClock {
    clock: Arc<dyn Clock>,
    ahead_ms: i64,
}

/// What will happen to one request, decided when it is sent.
struct Course {
    arrivals: Vec<Instant>,
    answered_at: Instant,
    answer: Answer,
}

enum Answer {
    Honest,
    Throttled,
    TimedOut,
    Contended,
    Denied,
}

impl SimStore {
    /// An empty store that is well.
    #[must_use]
    pub fn new(rng: Arc<dyn Rng>) -> Self {
        Self { world: Arc::default(), rng, faults: Arc::default(), clock: Arc::default() }
    }

    /// Another caller of the same objects, with its own faults: at first the store is well to it.
    #[must_use]
    pub fn caller(&self) -> Self {
        Self { faults: Arc::default(), ..self.clone() }
    }

    /// Changes how the store treats this caller from here on.
    pub fn set_faults(&self, faults: Faults) {
        *self.faults.lock() = faults;
    }

    /// Decides the fate of the next request of this kind whose key begins with `prefix`, whoever sends
    /// it. Plans for the same requests are used up in order.
    pub fn plan(&self, op: Op, prefix: &str, fate: Fate) {
        self.world.lock().planned.push_back((op, prefix.to_owned(), fate));
    }

    /// Makes the store one that nobody should trust, or sound again.
    pub fn set_flaw(&self, flaw: Option<Flaw>) {
        self.world.lock().objects.flaw = flaw;
    }

    /// Gives the store a clock that is `ahead_ms` ahead of `clock`. Without one it tells no date.
    pub fn set_clock(&self, clock: Arc<dyn Clock>, ahead_ms: i64) {
        *self.clock.lock() = Some(StoreClock { clock, ahead_ms });
    }

    /// Removes an object behind everybody's back. Whether it was there.
    pub fn vanish(&self, key: &str) -> bool {
        self.world.lock().objects.vanish(key)
    }

    /// All keys, without a request.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.world.lock().objects.keys()
    }

    /// An object, without a request.
    #[must_use]
    pub fn object(&self, key: &str) -> Option<Bytes> {
        self.world.lock().objects.bytes(key)
    }

    /// All objects whose keys begin with `prefix`, in the order of their keys, without a request.
    #[must_use]
    pub fn objects(&self, prefix: &str) -> Vec<(String, Bytes)> {
        self.world.lock().objects.under(prefix)
    }

    /// Puts objects back behind everybody's back, as a restore from a backup does: under `prefix` there
    /// is nothing else afterwards.
    pub fn restore(&self, prefix: &str, objects: &[(String, Bytes)]) {
        self.world.lock().objects.restore(prefix, objects);
    }

    /// Requests so far, of all callers.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.world.lock().counts.clone()
    }

    /// Applies everything that is still on its way, as if much time had passed. How much it was.
    pub fn settle(&self) -> usize {
        let mut world = self.world.lock();
        let travelling = world.travelling();
        world.settle();
        travelling
    }

    fn course(&self, request: &Request, sent: Instant) -> Course {
        let faults = self.faults.lock().clone();
        let planned = self.world.lock().take_planned(request);
        let fate = planned.unwrap_or_else(|| faults.draw(request.op(), &*self.rng));
        let mut way = faults.latency.draw(&*self.rng);
        if request.op() == Op::List {
            way += faults.list_delay;
        }
        let (there, back) = (sent + way / 2, sent + way);
        let given_up = sent + faults.timeout;
        let course = |arrivals: &[Instant], answered_at, answer| Course {
            arrivals: arrivals.to_vec(),
            answered_at,
            answer,
        };
        match fate {
            // An answer that takes longer than the caller waits is an answer that is lost.
            Fate::Done if back > given_up => course(&[there], given_up, Answer::TimedOut),
            Fate::Done => course(&[there], back, Answer::Honest),
            Fate::LostRequest => course(&[], given_up, Answer::TimedOut),
            Fate::LostAnswer => course(&[there], given_up, Answer::TimedOut),
            Fate::Late(by) => course(&[given_up + by], given_up, Answer::TimedOut),
            Fate::Twice(by) => course(&[there, back + by], back, Answer::Honest),
            Fate::Throttled => course(&[], back, Answer::Throttled),
            Fate::ThrottledThoughDone => course(&[there], back, Answer::Throttled),
            Fate::Contended => course(&[], back, Answer::Contended),
            Fate::Denied => course(&[], back, Answer::Denied),
        }
    }

    async fn call(self, request: Request) -> Result<Reply, StoreError> {
        let sent = Instant::now();
        let course = self.course(&request, sent);
        let reply = ReplyBox::default();
        self.world.lock().send(&request, &course.arrivals, &reply);
        if course.answered_at > sent {
            sleep_until(course.answered_at).await;
        }
        self.world.lock().arrive(Instant::now().max(course.answered_at));
        let (what, key) = (request.what(), request.key().to_owned());
        match course.answer {
            Answer::Honest => reply.lock().take().unwrap_or_else(|| {
                Err(StoreError::Unknown { what, key, reason: "the request got lost".to_owned() })
            }),
            Answer::Throttled => {
                Err(StoreError::Throttled { what, key, reason: "503 SlowDown".to_owned() })
            }
            Answer::TimedOut => {
                Err(StoreError::Unknown { what, key, reason: "timed out".to_owned() })
            }
            Answer::Contended => Err(StoreError::Contended(key)),
            Answer::Denied => {
                Err(StoreError::Denied { what, key, reason: "403 AccessDenied".to_owned() })
            }
        }
    }

    /// Sends a request and reads the reply that its kind has.
    fn ask<T: Send + 'static>(
        &self,
        request: Request,
        read: fn(Reply) -> Option<T>,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let (what, key) = (request.what(), request.key().to_owned());
        let answer = self.clone().call(request);
        async move {
            let other = || "a reply of another kind".to_owned();
            read(answer.await?).ok_or_else(|| StoreError::Io { what, key, reason: other() })
        }
        .boxed()
    }
}

impl ObjectStore for SimStore {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.ask(Request::Put { key, body, mode }, |reply| match reply {
            Reply::Stored(tag) => Some(tag),
            _ => None,
        })
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.ask(Request::Get { key }, |reply| match reply {
            Reply::Whole(bytes, tag) => Some((bytes, tag)),
            _ => None,
        })
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.ask(Request::Range { key, range }, |reply| match reply {
            Reply::Part(part) => Some(part),
            _ => None,
        })
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        self.ask(Request::List { prefix, after, max }, |reply| match reply {
            Reply::Listed(found) => Some(found),
            _ => None,
        })
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.ask(Request::Delete { key }, |reply| match reply {
            Reply::Deleted => Some(()),
            _ => None,
        })
    }

    fn date(&self) -> Option<StoreDate> {
        let clock = self.clock.lock().clone()?;
        let wall_ms = (clock.clock.wall_ms() + clock.ahead_ms) / 1000 * 1000;
        Some(StoreDate { wall_ms, at: clock.clock.mono() })
    }
}
