//! Answers the other processes of the cell.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use storage::levels::VERSION;
use storage::meta::{BrokerRow, CellState, MetaOp, Txn};

use super::join::Inner;
use super::role::Role;
use crate::controller::{Controller, SessionId};
use crate::meta::{answer_changes, answer_commit};
use crate::rpc::{Answer, Failure, Request, Response, Service, Session};

/// A writer that answered so recently is there.
const HEARD_WITHIN: Duration = Duration::from_secs(1);

/// Opens a session for every connection.
#[derive(Debug)]
pub(super) struct Desk(pub(super) Arc<Inner>);

/// One connection of another process.
struct Visit {
    inner: Arc<Inner>,
    id: SessionId,
    /// Epochs that beat on it.
    beats: Mutex<BTreeSet<u64>>,
}

impl Service for Desk {
    fn open(&self) -> Arc<dyn Session> {
        let id = SessionId(self.0.sessions.fetch_add(1, Ordering::Relaxed));
        Arc::new(Visit { inner: Arc::clone(&self.0), id, beats: Mutex::default() })
    }
}

impl Session for Visit {
    fn call(self: Arc<Self>, request: Request, body: Bytes) -> BoxFuture<'static, Answer> {
        Box::pin(async move { self.answer(request, body).await })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if let Role::Controls { controller, .. } = self.inner.role() {
            let beats = std::mem::take(&mut *self.beats.lock());
            beats.into_iter().for_each(|epoch| controller.disconnected(epoch, self.id));
        }
    }
}

impl Visit {
    async fn answer(&self, request: Request, body: Bytes) -> Answer {
        let inner = &self.inner;
        match request {
            Request::Probe => inner.present(),
            Request::Transfer { pg, attempt, to } => inner.take(pg, attempt, to, body),
            Request::Access(snapshot) => {
                Response::Access { revision: inner.accept_access(snapshot) }.into()
            }
            Request::ChangeAccess(change) => {
                Response::Access { revision: inner.accept_access_change(change) }.into()
            }
            Request::Kafka { tenant, key } => inner.answer_for(tenant, &key, body).await,
            Request::Usage => inner.tell_usage(),
            Request::ChangeAcls(change) => inner.keep_change(change).await,
            Request::ChangeQuotas(change) => inner.keep_quota_change(change).await,
            Request::TakeDenials => {
                let cell = inner.cell();
                Response::Denials(cell.map(|cell| cell.take_denials()).unwrap_or_default()).into()
            }
            Request::Commit(_)
            | Request::Changes { .. }
            | Request::Beat(_)
            | Request::Describe
            | Request::Scale { .. }
            | Request::Finalize { .. }
            | Request::Drain { .. } => match inner.role() {
                Role::Controls { meta, controller } => match request {
                    Request::Commit(txn) => {
                        let answer = answer_commit(&*meta, txn).await;
                        controller.nudge();
                        answer
                    }
                    Request::Changes { after } => answer_changes(&*meta, after).await,
                    Request::Beat(beat) => {
                        self.beats.lock().insert(beat.epoch);
                        Response::Beaten { active: controller.beat(self.id, beat) }.into()
                    }
                    other => inner.control_call(&controller, other).await,
                },
                other => {
                    let controller = other.writer(&inner.parts.address);
                    Failure::NotController { controller }.into()
                }
            },
        }
    }
}

impl Inner {
    fn present(&self) -> Answer {
        let epoch = self.cell().filter(|cell| !cell.has_ended()).map(|cell| cell.epoch().0);
        // Others go by it when they do not see the writer themselves, so it is fresh, or not said.
        let now = self.parts.clock.mono();
        let heard = self.heard.lock().is_some_and(|at| now.saturating_sub(at) < HEARD_WITHIN);
        let controller = match self.role() {
            Role::Follows { .. } if !heard => None,
            role => role.writer(&self.parts.address),
        };
        Response::Present { epoch, controller, leaving: self.is_leaving() }.into()
    }

    fn take(&self, pg: u32, attempt: u64, to: u64, state: Bytes) -> Answer {
        match self.cell().filter(|cell| cell.epoch().0 == to) {
            Some(cell) => {
                cell.receive(pg, attempt, state);
                Response::Transferred.into()
            }
            None => Failure::Refused(format!("broker {to} is not here")).into(),
        }
    }

    /// What people ask of a controller.
    pub(super) async fn control_call(&self, controller: &Controller, request: Request) -> Answer {
        match request {
            Request::Describe => Response::Described(controller.describe()).into(),
            Request::Scale { brokers } => {
                controller.scale(brokers);
                Response::Accepted.into()
            }
            Request::Drain { epoch } => self.drain(controller, epoch).await,
            Request::Finalize { level } => self.finalize(level).await,
            other => {
                Failure::Refused(format!("this is nothing to ask a controller: {other:?}")).into()
            }
        }
    }

    async fn drain(&self, controller: &Controller, epoch: u64) -> Answer {
        let Role::Controls { meta, .. } = self.role() else {
            return Failure::NotController { controller: None }.into();
        };
        let row = meta.state().brokers().get(&epoch).cloned();
        let Some((row, own)) = row.zip(self.cell()) else {
            return Failure::Refused(format!("there is no broker with epoch {epoch}")).into();
        };
        let ops = vec![MetaOp::RegisterBroker(BrokerRow { draining: true, ..row })];
        let answer = answer_commit(&*meta, Txn { acting: own.epoch().0, ops }).await;
        controller.nudge();
        answer
    }

    /// Raises the format level of the cell, if every broker knows the next one.
    async fn finalize(&self, level: u16) -> Answer {
        let Role::Controls { meta, .. } = self.role() else {
            return Failure::NotController { controller: None }.into();
        };
        let Some(own) = self.cell() else {
            return Failure::Refused("the controller is still starting".to_owned()).into();
        };
        let state = meta.state();
        if state.level() >= level {
            return Response::Accepted.into();
        }
        if state.next_level() != Some(level) {
            return Failure::Refused(held_back(&state)).into();
        }
        let ops = vec![MetaOp::RaiseLevel { level, by: VERSION.to_owned() }];
        answer_commit(&*meta, Txn { acting: own.epoch().0, ops }).await
    }
}

/// Why the format level of a cell cannot be raised.
fn held_back(state: &CellState) -> String {
    let level = state.level();
    let next = level.saturating_add(1);
    let lacking: Vec<u64> = state.without_level(next).collect();
    if lacking.len() == state.brokers().len() {
        return format!("the cell has format level {level}, the highest that its brokers know");
    }
    format!("the versions of the brokers with epochs {lacking:?} do not know format level {next}")
}
