use common_types::TenantId;
use futures_util::future::BoxFuture;

use super::PendingTopic;

/// The answer of the store.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, WorkError>>;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// Somebody else holds the work since: stop at once.
    #[error("the lease was lost")]
    Fenced,
    /// The store cannot answer now.
    #[error("the store cannot answer: {0}")]
    Unavailable(String),
}

/// A kind of thing that passes work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkKind {
    /// A logical cluster.
    Cluster,
    /// An environment that is being deleted.
    Environment,
}

/// Asks for work that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Who asks, for people.
    pub worker: String,
    /// The time.
    pub now_us: i64,
    /// How long the lease holds.
    pub lease_until_us: i64,
}

/// One piece of work under a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Id of the resource.
    pub uid: String,
    /// Its kind.
    pub kind: WorkKind,
    /// Larger than that of every earlier lease of any work.
    pub lease_epoch: i64,
    /// How often the work had been woken when it was claimed.
    pub wake_seq: i64,
    /// Failures in a row.
    pub attempts: i32,
}

/// What is wanted, read fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// There is no such row, or it is deleted for good.
    Gone,
    /// It was deleted and can be brought back for a while: nothing is done with it until then.
    Kept,
    /// A logical cluster.
    Cluster(ClusterIntent),
    /// An environment.
    Environment(EnvironmentIntent),
}

/// What is wanted of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterIntent {
    /// The cluster.
    pub tenant: TenantId,
    /// Of the wish.
    pub generation: i64,
    /// Whether the row says that this generation is there.
    pub settled: bool,
    /// Whether it should go.
    pub delete: bool,
    /// Topics that wait and were not refused.
    pub topics: Vec<PendingTopic>,
}

/// What is wanted of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvironmentIntent {
    /// Of the wish.
    pub generation: i64,
    /// Whether it should go.
    pub delete: bool,
    /// Clusters in it that are not gone yet.
    pub clusters: u64,
}

/// What a pass found out; written with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The cell serves the cluster as wanted in this generation.
    ClusterServed {
        /// The generation that the pass worked on.
        generation: i64,
    },
    /// The cluster cannot be served as wanted.
    ClusterFailed {
        /// The generation that the pass worked on.
        generation: i64,
        /// Why.
        why: String,
    },
    /// These topics are there and need not wait any longer.
    TopicsServed(Vec<String>),
    /// This topic can never be made as asked.
    TopicRefused {
        /// The topic.
        name: String,
        /// Why.
        why: String,
    },
    /// The cluster is gone for good; wakes its environment if that is being deleted.
    ClusterGone,
    /// The environment is gone for good.
    EnvironmentGone,
    /// It fails again and again and is tried only now and then.
    Stalled {
        /// Why.
        why: String,
    },
}

/// What became of finished work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The work is gone until somebody wakes it.
    Done,
    /// It was woken or changed meanwhile and is due now.
    StillDue,
}

/// The leased queue and the rows that passes read and write.
///
/// Every method is one short transaction. Every method that writes takes the claim and changes nothing
/// when its epoch is no longer the one in the queue.
pub trait WorkStore: Send + Sync {
    /// Leases the most urgent work that is due and unleased.
    fn claim(&self, request: ClaimRequest) -> Reply<'_, Option<Claim>>;
    /// Makes the lease hold longer.
    fn renew(&self, claim: Claim, lease_until_us: i64) -> Reply<'_, ()>;
    /// Reads what is wanted.
    fn load(&self, claim: Claim) -> Reply<'_, Intent>;
    /// Writes what was found out.
    fn record(&self, claim: Claim, change: Change, now_us: i64) -> Reply<'_, ()>;
    /// Removes the work if neither the generation nor the number of wakes changed; otherwise makes it
    /// due at once and gives the lease back.
    fn finish(&self, claim: Claim, generation: Option<i64>, now_us: i64) -> Reply<'_, Finished>;
    /// Gives the lease back, counts a failure, and makes the work due later.
    fn retry_later(&self, claim: Claim, due_us: i64, why: String) -> Reply<'_, ()>;
    /// When there may be work next: the earliest due time or end of a lease.
    fn next_due(&self) -> Reply<'_, Option<i64>>;
    /// Wakes everything that is not deleted for good, so that passes look at all of it once.
    fn wake_all(&self, now_us: i64) -> Reply<'_, u64>;
}
