//! Goes in order, and what people ask of the cell.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use common_types::access::{AccessChange, AccessSnapshot};
use storage::meta::{BrokerRow, CellState, EpochState, MetaLog, MetaOp, Txn};

use super::join::Member;
use super::meta::RoutedMeta;
use super::role::Role;
use crate::cell::Cell;
use crate::meta::MetaStore as _;
use crate::rpc::{CallError, CellReport, Failure, Request, Response};

/// How long the groups of a broker that goes may take to find another.
const LEAVE_MAX: Duration = Duration::from_secs(10);
/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(20);
/// How long others may take to become the writer of the metadata.
const SUCCESSION_MAX: Duration = Duration::from_secs(3);
/// How often it is looked whether one has.
const SUCCESSION_PAUSE: Duration = Duration::from_millis(100);
/// How long the controller may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Member {
    /// A planned end: hands over what this broker leads, and the metadata, as far as others are there to
    /// take them. Takes ten seconds at most.
    pub async fn leave(&self) {
        let inner = &self.inner;
        if let Some(cell) = inner.cell() {
            let left = tokio::time::timeout(LEAVE_MAX, self.hand_over(&cell)).await;
            if left.is_err() {
                tracing::warn!("not all placement groups found another broker in time");
            }
        }
        let controls = matches!(inner.role(), Role::Controls { .. });
        inner.leaving.store(true, Ordering::Relaxed);
        inner.resign.notify_one();
        if controls && self.others_are_there() {
            let taken = tokio::time::timeout(SUCCESSION_MAX, self.succession());
            if taken.await.is_err() {
                tracing::warn!("nobody has taken the metadata over yet");
            }
        }
    }

    fn others_are_there(&self) -> bool {
        let cell = self.inner.cell();
        cell.is_some_and(|cell| others_stay(&cell.metadata(), cell.epoch().0))
    }

    /// Waits until another process writes the metadata, and all had the time to learn of it: what they
    /// commit meanwhile is not lost with this process.
    async fn succession(&self) {
        let parts = &self.inner.parts;
        let own = Some(&parts.address);
        loop {
            tokio::time::sleep(SUCCESSION_PAUSE).await;
            match MetaLog::writer(&*self.inner.store).await {
                Ok(Some(writer)) if writer.address.as_ref() == own => {}
                Ok(_) => break,
                Err(error) => return tracing::warn!(%error, "goes without a successor"),
            }
        }
        tokio::time::sleep(parts.settings.beat_interval).await;
    }

    async fn hand_over(&self, cell: &Cell) {
        let own = cell.epoch().0;
        if !others_stay(&cell.metadata(), own) {
            return;
        }
        let Some(row) = cell.metadata().brokers().get(&own).cloned() else { return };
        let ops = vec![MetaOp::RegisterBroker(BrokerRow { draining: true, ..row })];
        let meta = RoutedMeta(std::sync::Arc::clone(&self.inner));
        if let Err(error) = meta.commit(Txn { acting: own, ops }).await {
            tracing::warn!(%error, "goes without handing over");
            return;
        }
        let done = |state: &CellState| {
            !others_stay(state, own) || state.pgs().values().all(|pg| pg.leader != own)
        };
        while !cell.has_ended() && !done(&cell.metadata()) {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// How the cell is.
    ///
    /// # Errors
    /// When the controller cannot be asked.
    pub async fn describe(&self) -> Result<CellReport, CallError> {
        match self.ask_controller(Request::Describe).await? {
            Response::Described(report) => Ok(report),
            _ => Err(CallError::Mismatch),
        }
    }

    /// Makes a broker hand over all it leads, and take nothing more.
    ///
    /// # Errors
    /// When there is no such broker, or the controller cannot be asked.
    pub async fn drain(&self, epoch: u64) -> Result<(), CallError> {
        self.ask_controller(Request::Drain { epoch }).await.map(|_| ())
    }

    /// Raises the format level of the cell by one. There is no way back.
    ///
    /// # Errors
    /// When a broker does not know the next level, or the controller cannot be asked.
    pub async fn finalize(&self, level: u16) -> Result<(), CallError> {
        self.ask_controller(Request::Finalize { level }).await.map(|_| ())
    }

    /// How many brokers the cell should have. Too many are drained; processes are nobody's business here.
    ///
    /// # Errors
    /// When the controller cannot be asked.
    pub async fn scale(&self, brokers: u32) -> Result<(), CallError> {
        self.ask_controller(Request::Scale { brokers }).await.map(|_| ())
    }

    /// Puts a snapshot in force here and at the other brokers, and waits a little for those that answer.
    /// Who is not there now gets it later.
    pub async fn publish_access(&self, snapshot: AccessSnapshot) {
        self.inner.accept_access(snapshot);
        self.inner.all_have_access().await;
    }

    /// The same with what is new. False, and nothing is done, where this process does not have what was
    /// before: a whole snapshot is needed.
    pub async fn change_access(&self, change: AccessChange) -> bool {
        let wanted = change.state.revision;
        if self.inner.accept_access_change(change) < wanted {
            return false;
        }
        self.inner.all_have_access().await;
        true
    }

    async fn ask_controller(&self, request: Request) -> Result<Response, CallError> {
        let answer = match self.inner.role() {
            Role::Seeking => Failure::NotController { controller: None }.into(),
            Role::Follows { writer, .. } => writer.call(&request, Bytes::new(), PATIENCE).await?,
            Role::Controls { controller, .. } => {
                self.inner.control_call(&controller, request).await
            }
        };
        match answer.head {
            Response::Failed(failure) => Err(failure.into()),
            head => Ok(head),
        }
    }
}

/// Whether another broker is there that takes groups.
fn others_stay(state: &CellState, own: u64) -> bool {
    let stays = |b: &BrokerRow| {
        b.epoch != own && !b.draining && state.epochs().get(&b.epoch) == Some(&EpochState::Active)
    };
    state.brokers().values().any(stays)
}
