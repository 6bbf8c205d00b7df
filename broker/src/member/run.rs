//! The life of a member: one role after another.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;

use super::beats::Pulse;
use super::join::{Inner, is_final};
use super::role::Role;
use crate::cell::Cell;
use crate::controller::{Controller, SessionId};
use crate::meta::LocalMeta;
use crate::rpc::{Beat, Client, Request, Response};

/// Pause before a search that failed begins again.
const PAUSE: Duration = Duration::from_secs(1);

/// Until the log of this process has ended, or the member is dropped.
pub(super) async fn run(inner: Arc<Inner>) {
    loop {
        match inner.role() {
            Role::Seeking => {}
            Role::Follows { writer, .. } => inner.beat_to(&writer).await,
            Role::Controls { meta, controller } => inner.control(&meta, &controller).await,
        }
        inner.set_role(Role::Seeking);
        if inner.has_ended() {
            return;
        }
        match inner.seek().await {
            Ok(role) => inner.set_role(role),
            Err(error) => {
                if is_final(&error) {
                    tracing::error!(%error, "the metadata of the cell cannot be used");
                } else {
                    tracing::warn!(%error, "there is no controller yet");
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

impl Inner {
    /// Whether the broker of this process is no more. Then the process is about to end.
    pub(super) fn has_ended(&self) -> bool {
        let attached = self.cell.borrow().is_some();
        attached && self.cell().is_none_or(|cell| cell.has_ended())
    }

    /// Shows the writer that this process lives, until the connection ends or it is no writer any more.
    async fn beat_to(&self, writer: &Client) {
        let settings = &self.parts.settings;
        let mut pulse = Pulse::default();
        while !self.has_ended() {
            // Before it is a broker, it only asks whether the writer is still that.
            let request = self
                .cell()
                .map_or(Request::Probe, |cell| Request::Beat(self.next_beat(&mut pulse, &cell)));
            match writer.call(&request, Bytes::new(), settings.answer_patience()).await {
                Ok(answer) => match answer.head {
                    Response::Beaten { .. } => self.hear(),
                    Response::Present { controller: Some(_), leaving: false, .. } => self.hear(),
                    _ => return,
                },
                Err(error) => {
                    tracing::info!(%error, "the controller is gone, or is none any more");
                    return;
                }
            }
            tokio::select! {
                biased;
                () = writer.ended() => return,
                () = tokio::time::sleep(settings.beat_interval) => {}
            }
        }
    }

    /// Controls the cell until the term is over, given up, or of no use.
    async fn control(&self, meta: &LocalMeta, controller: &Controller) {
        let decide = async {
            match self.attached().await {
                Some(cell) => controller.run(cell.epoch().0).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            error = decide => tracing::warn!(%error, "is not the controller any more"),
            deposed = controller.deposed() => match deposed {
                Ok(()) => tracing::warn!("another process is the controller now"),
                Err(error) => tracing::warn!(%error, "cannot tell who is the controller"),
            },
            () = meta.ended() => tracing::warn!("the metadata can be written no more"),
            () = self.beat_myself(controller) => {}
            () = self.resign.notified() => tracing::info!("lets go of the metadata"),
        }
    }

    async fn beat_myself(&self, controller: &Controller) {
        let session = SessionId(self.sessions.fetch_add(1, Ordering::Relaxed));
        let mut pulse = Pulse::default();
        while !self.has_ended() {
            if let Some(cell) = self.cell() {
                controller.beat(session, self.next_beat(&mut pulse, &cell));
            }
            tokio::time::sleep(self.parts.settings.beat_interval).await;
        }
    }

    fn hear(&self) {
        *self.heard.lock() = Some(self.parts.clock.mono());
    }

    fn next_beat(&self, pulse: &mut Pulse, cell: &Cell) -> Beat {
        let counter = self.beats.fetch_add(1, Ordering::Relaxed) + 1;
        let clients = self.server.get().and_then(Weak::upgrade).map(|server| server.clients());
        Beat { clients, ..pulse.beat(cell, &*self.parts.clock, counter) }
    }
}
