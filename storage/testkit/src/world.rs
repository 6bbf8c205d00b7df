use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use storage::store::StoreError;
use tokio::time::Instant;

use crate::objects::Objects;
use crate::request::{Reply, Request};
use crate::{Counts, Fate, Op};

/// Where the reply to a request is put; shared with the caller, if that still waits.
pub(crate) type ReplyBox = Arc<Mutex<Option<Result<Reply, StoreError>>>>;

/// The store and the network around it.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) objects: Objects,
    pub(crate) counts: Counts,
    /// Requests on their way, by when they arrive, then by when they were sent.
    travelling: BTreeMap<(Instant, u64), Travelling>,
    sent: u64,
    /// Fates of coming requests: operation, prefix of the key, fate.
    pub(crate) planned: VecDeque<(Op, String, Fate)>,
}

#[derive(Debug)]
struct Travelling {
    request: Request,
    was_absent: bool,
    reply: ReplyBox,
}

impl World {
    /// Sends a request that arrives at each of `arrivals`. The first to arrive fills the box.
    pub(crate) fn send(&mut self, request: &Request, arrivals: &[Instant], reply: &ReplyBox) {
        let count = self.counts.entry(request.op(), request.key());
        count.requests += 1;
        count.bytes_up += request.bytes_up();
        let was_absent = self.objects.is_absent(request);
        for at in arrivals {
            self.sent += 1;
            let (request, reply) = (request.clone(), Arc::clone(reply));
            let travelling = Travelling { request, was_absent, reply };
            self.travelling.insert((*at, self.sent), travelling);
        }
    }

    /// Applies what has arrived by `now`.
    pub(crate) fn arrive(&mut self, now: Instant) {
        while let Some(next) = self.travelling.first_entry() {
            if next.key().0 > now {
                return;
            }
            let Travelling { request, was_absent, reply } = next.remove();
            let result = self.objects.apply(&request, was_absent);
            let mut reply = reply.lock();
            if reply.is_none() {
                if let Ok(body) = &result {
                    let down = body.bytes_down();
                    self.counts.entry(request.op(), request.key()).bytes_down += down;
                }
                *reply = Some(result);
            }
        }
    }

    /// Applies everything that is on its way, in the order of arrival.
    pub(crate) fn settle(&mut self) {
        if let Some(((last, _), _)) = self.travelling.last_key_value() {
            self.arrive(*last);
        }
    }

    /// How many requests are on their way.
    pub(crate) fn travelling(&self) -> usize {
        self.travelling.len()
    }

    /// Takes the fate that a test planned for this request.
    pub(crate) fn take_planned(&mut self, request: &Request) -> Option<Fate> {
        let meant = |(op, prefix, _): &(Op, String, Fate)| {
            *op == request.op() && request.key().starts_with(prefix.as_str())
        };
        let at = self.planned.iter().position(meant)?;
        self.planned.remove(at).map(|(_, _, fate)| fate)
    }
}
