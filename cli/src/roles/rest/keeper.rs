//! The life of the broker in this process: awake, or at rest until somebody needs it.

use std::future::pending;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use api_app::App;
use common_errors::ErrorKind;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::count::{awake, is_at_rest, rest, wake};
use super::door::Door;
use super::doorbell::Doorbell;
use super::idle::{Idleness, Use};
use super::source::CellSource;
use super::stage::{Cause, Stage, StageReport, Woken, tell};
use crate::error::CliError;
use crate::roles::broker_folder::BrokerFolder;
use crate::roles::control_plane::app_error;
use crate::roles::local_cell::LocalCell;

/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(100);
/// How often it is looked whether anybody uses the cell, at most.
const LOOK: Duration = Duration::from_secs(1);
/// How long the first broker serves alone after a wake-up: groups that move to others in that time would
/// keep those waiting who woke it.
const HEAD_START: Duration = Duration::from_secs(2);
/// Pause after a start that found no store.
const RETRY: Duration = Duration::from_secs(1);

/// What a keeper needs.
pub(in crate::roles) struct KeeperParts {
    pub(in crate::roles) source: CellSource,
    pub(in crate::roles) door: Door,
    pub(in crate::roles) app: Arc<App>,
    /// Whether the other brokers have ended; nothing where the cell is not to have several.
    pub(in crate::roles) none_left: Option<watch::Receiver<bool>>,
    /// After how long without use the cell goes to rest.
    pub(in crate::roles) idle_stop: Option<Duration>,
}

/// Starts and ends the broker of this process.
pub(in crate::roles) struct Keeper {
    parts: KeeperParts,
    woken: Option<Woken>,
}

/// What is left when a keeper ends.
pub(in crate::roles) struct Kept {
    /// The broker, if there is one.
    pub(in crate::roles) cell: Option<LocalCell>,
    /// Why it ended by itself.
    pub(in crate::roles) failure: Option<CliError>,
}

impl From<CliError> for Kept {
    fn from(failure: CliError) -> Self {
        Self { cell: None, failure: Some(failure) }
    }
}

impl Keeper {
    pub(in crate::roles) fn new(parts: KeeperParts) -> Self {
        Self { parts, woken: None }
    }

    /// Runs until it is told to leave, or the broker fails.
    pub(in crate::roles) async fn run(
        mut self,
        mut cell: Option<LocalCell>,
        leaving: CancellationToken,
    ) -> Kept {
        if cell.is_some() {
            self.tell(Stage::Awake);
        }
        loop {
            cell = match cell {
                Some(awake) => {
                    tokio::select! {
                        () = leaving.cancelled() => {
                            return Kept { cell: Some(awake), failure: None };
                        }
                        failure = awake.failed() => {
                            return Kept { cell: Some(awake), failure: Some(failure) };
                        }
                        () = self.until_unwanted(&awake) => {}
                    }
                    if let Err(failure) = self.put_to_rest(awake).await {
                        return failure.into();
                    }
                    None
                }
                None => tokio::select! {
                    () = leaving.cancelled() => return Kept { cell: None, failure: None },
                    woken = self.rest_and_wake() => match woken {
                        Ok(awake) => Some(awake),
                        Err(failure) => return failure.into(),
                    },
                },
            };
        }
    }

    /// Waits until no broker is wanted, by somebody's order or because nobody uses the cell.
    async fn until_unwanted(&self, cell: &LocalCell) {
        if self.parts.none_left.is_none() {
            return pending().await;
        }
        if self.is_at_rest() {
            tokio::time::sleep(HEAD_START).await;
            if let Err(error) = wake(&self.parts.source.folder) {
                tracing::error!(%error, "the other brokers cannot be started");
            }
        }
        let clock = &self.parts.source.clock;
        let mut idle = self.parts.idle_stop.map(|limit| Idleness::new(limit, clock.mono()));
        let mut looked = clock.mono();
        loop {
            tokio::time::sleep(PAUSE).await;
            if self.is_at_rest() {
                return;
            }
            let now = clock.mono();
            if let Some(idle) = &mut idle
                && now.saturating_sub(looked) >= LOOK
            {
                looked = now;
                let (clients, calls) = (cell.clients().await, self.parts.door.calls());
                if idle.look(Use { clients, calls }, now) {
                    tracing::info!("nobody uses the cell: its brokers end");
                    if let Err(error) = rest(&self.parts.source.folder) {
                        tracing::error!(%error, "the cell cannot go to rest");
                    }
                }
            }
        }
    }

    /// The others first: what they lead comes here.
    async fn put_to_rest(&mut self, cell: LocalCell) -> Result<(), CliError> {
        self.tell(Stage::Stopping);
        self.others_ended().await;
        self.parts.door.close().await;
        cell.rest().await
    }

    async fn rest_and_wake(&mut self) -> Result<LocalCell, CliError> {
        self.others_ended().await;
        let bell = Doorbell::hang(self.sockets()?);
        self.tell(Stage::Zero);
        tracing::info!("the cell is at zero: the next client starts it");
        let by = tokio::select! {
            () = bell.rung() => Cause::Kafka,
            () = self.parts.door.knocked() => Cause::Rest,
            () = self.until_wanted() => Cause::Scale,
        };
        let began = self.parts.source.clock.mono();
        tracing::info!(?by, "the cell wakes");
        self.tell(Stage::Waking);
        // The other brokers take their sockets again as soon as they are wanted.
        drop(bell);
        let mut cell = self.start().await?;
        cell.serves().await;
        let took = self.parts.source.clock.mono().saturating_sub(began);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.woken = Some(Woken { by, took_ms });
        tracing::info!(took_ms, "the cell is awake");
        // Told first: whoever is served then is told by whom the cell woke.
        self.tell(Stage::Awake);
        let parts = &self.parts;
        cell.answer_to(&parts.app);
        parts.door.open(&cell);
        parts.app.publish_access().await.map_err(app_error)?;
        cell.listen();
        Ok(cell)
    }

    /// A store that does not answer is waited for: so do those who connected.
    async fn start(&self) -> Result<LocalCell, CliError> {
        loop {
            match self.parts.source.start().await {
                Err(error) if error.kind == ErrorKind::Unavailable => {
                    tracing::error!(%error, "the cell cannot wake yet");
                    tokio::time::sleep(RETRY).await;
                }
                started => return started,
            }
        }
    }

    async fn others_ended(&self) {
        if let Some(none_left) = &self.parts.none_left {
            // The sender goes when the process leaves.
            let _ = none_left.clone().wait_for(|none_left| *none_left).await;
        }
    }

    async fn until_wanted(&self) {
        while self.is_at_rest() {
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn is_at_rest(&self) -> bool {
        is_at_rest(&self.parts.source.folder).unwrap_or_else(|error| {
            tracing::error!(%error, "it cannot be told how many brokers are wanted");
            false
        })
    }

    /// All sockets that clients know: of this process, and of the brokers that have ended.
    fn sockets(&self) -> Result<Vec<TcpListener>, CliError> {
        let source = &self.parts.source;
        let mut sockets = vec![source.kafka.again()?.listener, source.kafka_tls.again()?.listener];
        let last = i32::try_from(awake(&source.folder)?).unwrap_or(1);
        for id in 2..=last {
            let others = BrokerFolder::of(&source.folder, id).bind()?;
            sockets.extend([others.kafka.listener, others.kafka_tls.listener]);
        }
        Ok(sockets)
    }

    fn tell(&self, state: Stage) {
        let source = &self.parts.source;
        if self.parts.none_left.is_none() {
            return;
        }
        let since_ms = source.clock.wall_ms();
        let report = StageReport { state, since_ms, woken: self.woken, is_watched: true };
        if let Err(error) = tell(&source.folder, &report) {
            tracing::warn!(%error, "the folder does not tell how awake the cell is");
        }
    }
}
