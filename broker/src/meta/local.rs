//! The metadata log of this process behind the port.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common_seams::{Rng, uuid_v4};
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use storage::meta::{CellState, MetaConflict, MetaError, MetaLog, Txn};
use storage::store::StoreError;
use tokio::sync::{mpsc, oneshot};

use super::store::{Changes, MetaStore, Revision};
use super::watched::Watched;

/// Transactions that a follower may lag behind; then it gets everything.
const RECENT_MAX: usize = 4096;
/// Transactions that wait for the one before; more wait outside.
const QUEUE_MAX: usize = 1024;
/// Most transactions that become one entry.
const ENTRY_MAX: usize = 256;
/// How long a follower waits for news.
const PATIENCE: Duration = Duration::from_secs(1);

/// Entries of a term, unless the settings say otherwise.
pub const ENTRIES_MAX: u64 = 1024;

/// When a snapshot begins a new term of the same writer.
#[derive(Debug, Clone)]
pub struct Rolls {
    /// After so many entries.
    pub after: u64,
    /// Where the names of snapshots come from.
    pub rng: Arc<dyn Rng>,
}

type Answer = oneshot::Sender<Result<Revision, MetaError>>;

/// The writer of the metadata. Transactions that come while an entry is written are the next one.
#[derive(Debug)]
pub struct LocalMeta {
    queue: mpsc::Sender<(Txn, Answer)>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    history: Mutex<History>,
    revision: Watched<Revision>,
    /// The term that this writer has begun, or is about to.
    term: AtomicU64,
}

#[derive(Debug)]
struct History {
    state: Arc<CellState>,
    recent: VecDeque<(Revision, Txn)>,
}

impl LocalMeta {
    /// Takes the log over; it is written by a task of its own, whoever goes away in the middle.
    #[must_use]
    pub fn new(log: MetaLog, rolls: Rolls) -> Arc<Self> {
        let (queue, asked) = mpsc::channel(QUEUE_MAX);
        let history = History { state: Arc::new(log.state().clone()), recent: VecDeque::new() };
        let revision = Watched::new(Revision::start_of(log.term()));
        let term = AtomicU64::new(log.term());
        let shared = Arc::new(Shared { history: Mutex::new(history), revision, term });
        tokio::spawn(write(log, rolls, asked, Arc::clone(&shared)));
        Arc::new(Self { queue, shared })
    }

    /// What is committed.
    #[must_use]
    pub fn state(&self) -> Arc<CellState> {
        Arc::clone(&self.shared.history.lock().state)
    }

    /// Waits until nothing can be committed any more: the store failed, or another process is the writer.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }

    /// Whether this writer has the term, or is about to begin it.
    #[must_use]
    pub fn has_term(&self, term: u64) -> bool {
        self.revision().term() == term || self.shared.term.load(Ordering::Acquire) == term
    }

    /// The last revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.shared.revision.look(|now| *now)
    }
}

impl Shared {
    fn since(&self, after: Revision) -> Changes {
        let history = self.history.lock();
        let now = self.revision.look(|now| *now);
        if after == now {
            return Changes::Txns(Vec::new());
        }
        let kept = history.recent.front().is_some_and(|(first, _)| *first <= after.next());
        if after.term() == now.term() && after < now && kept {
            let news = history.recent.iter().filter(|(revision, _)| *revision > after);
            return Changes::Txns(news.cloned().collect());
        }
        Changes::Snapshot { revision: now, state: Box::new((*history.state).clone()) }
    }

    fn committed(&self, txns: &[Txn], state: &CellState) -> Revision {
        let mut history = self.history.lock();
        let mut revision = self.revision.look(|now| *now);
        for txn in txns {
            revision = revision.next();
            history.recent.push_back((revision, txn.clone()));
        }
        let over = history.recent.len().saturating_sub(RECENT_MAX);
        history.recent.drain(..over);
        history.state = Arc::new(state.clone());
        // INVARIANT: under the lock, so that nobody sees a revision without its transactions.
        self.revision.change(|now| *now = revision);
        revision
    }

    /// The same state is the beginning of the next term.
    fn rolled(&self, term: u64) {
        let mut history = self.history.lock();
        history.recent.clear();
        self.revision.change(|now| *now = Revision::start_of(term));
    }
}

async fn write(
    mut log: MetaLog,
    rolls: Rolls,
    mut asked: mpsc::Receiver<(Txn, Answer)>,
    shared: Arc<Shared>,
) {
    let mut batch = Vec::new();
    while asked.recv_many(&mut batch, ENTRY_MAX).await > 0 {
        let (txns, answers): (Vec<Txn>, Vec<Answer>) = batch.drain(..).unzip();
        let outcomes = match log.commit_all(&txns).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                tracing::warn!(%error, "metadata was not committed");
                for answer in answers {
                    // Whoever went away needs no answer.
                    let _ = answer.send(Err(error.clone()));
                }
                // What is in doubt is settled by the next opener. A term does not go on behind a doubt.
                return;
            }
        };
        answer_all(&txns, outcomes, answers, &log, &shared);
        if log.entries() >= rolls.after {
            // Before the store knows: whoever reads the new term there must find that it is ours.
            shared.term.store(log.term() + 1, Ordering::Release);
            if let Err(error) = log.roll(uuid_v4(&*rolls.rng)).await {
                tracing::warn!(%error, "the next term of the metadata was not begun");
                return;
            }
            shared.rolled(log.term());
        }
    }
}

fn answer_all(
    txns: &[Txn],
    outcomes: Vec<Result<(), MetaConflict>>,
    answers: Vec<Answer>,
    log: &MetaLog,
    shared: &Shared,
) {
    let before = shared.revision.look(|now| *now);
    let applied = txns.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
    let applied: Vec<Txn> = applied.map(|(txn, _)| txn.clone()).collect();
    if !applied.is_empty() {
        shared.committed(&applied, log.state());
    }
    let mut revision = before;
    for (outcome, answer) in outcomes.into_iter().zip(answers) {
        let outcome = match outcome {
            Ok(()) => {
                revision = revision.next();
                Ok(revision)
            }
            Err(conflict) => Err(MetaError::Conflict(conflict)),
        };
        // Whoever went away needs no answer.
        let _ = answer.send(outcome);
    }
}

fn gone() -> MetaError {
    let reason = "the writer of the metadata has ended".to_owned();
    MetaError::Store(StoreError::Unknown { what: "commit", key: "meta".into(), reason })
}

impl MetaStore for LocalMeta {
    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Revision, MetaError>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.queue.send((txn, answer)).await.map_err(|_| MetaError::Fenced)?;
            answered.await.map_err(|_| gone())?
        })
    }

    fn changes(&self, after: Revision) -> BoxFuture<'_, Result<Changes, MetaError>> {
        Box::pin(async move {
            let news = self.shared.revision.until(|now| (*now != after).then_some(()));
            // Nothing new is an answer, too.
            let _ = tokio::time::timeout(PATIENCE, news).await;
            Ok(self.shared.since(after))
        })
    }
}
