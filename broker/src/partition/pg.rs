use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use storage::ids::PgId;
use storage::planted::{Planted, on};

use crate::rpc::PgLoad;

/// How long after a group began to be served clients may still have batches under way behind one that was
/// refused: no longer than an answer of theirs waits in line behind others.
const SETTLING: Duration = Duration::from_secs(5);

/// What this process is to a placement group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Somebody else leads it, or nobody.
    Away,
    /// It leads according to metadata, and recovers what was written before.
    Gaining,
    /// It answers for it.
    Leading,
    /// It gives it away under this attempt, and appends nothing more.
    Stopped(u64),
}

/// A placement group: all its partitions share one leader and one leader epoch.
#[derive(Debug)]
pub struct Pg {
    /// Its number.
    pub id: PgId,
    epoch: AtomicI32,
    leads: AtomicBool,
    /// Running time in milliseconds at which it was last served after it had not been.
    served_at_ms: AtomicU64,
    tenure: Mutex<Tenure>,
    used: Used,
}

/// What a group was used for since the process started.
#[derive(Debug, Default)]
struct Used {
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    requests: AtomicU64,
}

/// A time of leading a group, from its recovery on.
#[derive(Debug, Clone, Copy)]
struct Tenure {
    role: Role,
    number: u64,
    /// The attempt to give it away that is under way, or was.
    prepared: Option<u64>,
}

impl Pg {
    pub(crate) fn new(id: PgId, epoch: i32) -> Self {
        let tenure = Mutex::new(Tenure { role: Role::Away, number: 0, prepared: None });
        let (epoch, leads) = (AtomicI32::new(epoch), AtomicBool::new(false));
        let served_at_ms = AtomicU64::new(0);
        Self { id, epoch, leads, served_at_ms, tenure, used: Used::default() }
    }

    /// A batch was appended.
    pub(crate) fn took(&self, bytes: usize) {
        self.used.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
        self.used.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// A read was answered.
    pub(crate) fn gave(&self, bytes: usize) {
        self.used.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
        self.used.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Bytes in, bytes out and requests since the process started.
    pub(crate) fn used(&self) -> PgLoad {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        PgLoad {
            bytes_in: read(&self.used.bytes_in),
            bytes_out: read(&self.used.bytes_out),
            requests: read(&self.used.requests),
        }
    }

    /// Kafka leader epoch of the partitions, as this process knows it.
    pub fn epoch(&self) -> i32 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(crate) fn set_epoch(&self, epoch: i32) {
        self.epoch.store(epoch, Ordering::Release);
    }

    /// Whether this process answers for the group.
    ///
    /// INVARIANT: appends ask under the lock of their partition, so that whoever stopped the group and
    /// then went through all locks knows that no append follows.
    pub(crate) fn leads(&self) -> bool {
        self.leads.load(Ordering::Acquire)
    }

    pub(crate) fn role(&self) -> Role {
        self.tenure.lock().role
    }

    /// The number of the tenure, while it lasts: what was planned in another one is void.
    pub(crate) fn tenure(&self) -> Option<u64> {
        let tenure = self.tenure.lock();
        (tenure.role == Role::Leading).then_some(tenure.number)
    }

    /// A tenure begins with its recovery. Returns its number.
    pub(crate) fn begin(&self) -> u64 {
        let mut tenure = self.tenure.lock();
        tenure.number += 1;
        tenure.role = Role::Gaining;
        tenure.number
    }

    /// Everything was recovered. False: the tenure ended meanwhile.
    pub(crate) fn serve(&self, number: u64, epoch: i32, now: Duration) -> bool {
        let mut tenure = self.tenure.lock();
        if tenure.number != number || tenure.role != Role::Gaining {
            return false;
        }
        self.set_epoch(epoch);
        tenure.role = Role::Leading;
        self.leads_from(now);
        true
    }

    /// An attempt to give the group away begins, while it still leads. False: it does not lead, or the
    /// attempt has begun before.
    pub(crate) fn prepare(&self, attempt: u64) -> bool {
        let mut tenure = self.tenure.lock();
        if tenure.role != Role::Leading || tenure.prepared == Some(attempt) {
            return false;
        }
        tenure.prepared = Some(attempt);
        true
    }

    /// Appends end, and with them everything else. False: it does not lead.
    pub(crate) fn stop(&self, attempt: u64) -> bool {
        let mut tenure = self.tenure.lock();
        if tenure.role != Role::Leading {
            return false;
        }
        tenure.role = Role::Stopped(attempt);
        self.leads.store(on(Planted::AppendsWhileMoved), Ordering::Release);
        true
    }

    /// The attempt can never be completed any more: the leader goes on.
    pub(crate) fn resume(&self, attempt: u64, now: Duration) {
        let mut tenure = self.tenure.lock();
        if tenure.role == Role::Stopped(attempt) {
            tenure.role = Role::Leading;
            self.leads_from(now);
        }
    }

    fn leads_from(&self, now: Duration) {
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        self.served_at_ms.store(now_ms, Ordering::Relaxed);
        self.leads.store(true, Ordering::Release);
    }

    /// Whether batches may arrive that were sent before their client knew that the one in front of them was
    /// refused, because the group was not served at that moment.
    pub(crate) fn is_settling(&self, now: Duration) -> bool {
        let since = Duration::from_millis(self.served_at_ms.load(Ordering::Relaxed));
        now.saturating_sub(since) < SETTLING
    }

    /// Somebody else leads from now on.
    pub(crate) fn leave(&self) {
        let mut tenure = self.tenure.lock();
        tenure.role = Role::Away;
        self.leads.store(false, Ordering::Release);
    }
}
