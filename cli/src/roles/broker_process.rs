//! `weir broker`: one broker of a cell of several. `weir up` starts it; it goes on when that ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use common_errors::ErrorKind;
use common_seams::{Clock, OsRng, Rng, SystemClock};
use tokio_util::sync::CancellationToken;

use super::background_bytes::BackgroundBytes;
use super::broker_folder::{BrokerFolder, BrokerSockets};
use super::local_cell::{CellParts, LocalCell, Together};
use super::up::Fsync;
use super::{cell_secret, dev_tls, logs, shutdown};
use crate::error::CliError;

/// How often it is looked whether anybody may sign in.
const PAUSE: Duration = Duration::from_millis(20);

/// What `weir broker` was told.
#[derive(Debug, Clone)]
pub(crate) struct BrokerSettings {
    pub(crate) folder: PathBuf,
    pub(crate) id: i32,
    pub(crate) cache_bytes: usize,
    pub(crate) background_bytes: BackgroundBytes,
}

/// Runs until it is told to stop, or its log ends.
pub(crate) async fn broker(settings: BrokerSettings) -> Result<(), CliError> {
    logs::start(true, None);
    // A terminal that closes must not take it along. The only failure is to lead a session already.
    let _ = rustix::process::setsid();
    let mut signals = shutdown::Signals::listen()?;
    let place = BrokerFolder::of(&settings.folder, settings.id);
    let Some(_lock) = place.take()? else {
        let message = format!("broker {} runs already", settings.id);
        return Err(CliError::new(ErrorKind::Conflict, "broker.running", message));
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let rng: Arc<dyn Rng> = Arc::new(OsRng::new());
    let stop = CancellationToken::new();
    let secret = cell_secret::read(&settings.folder)?.ok_or_else(|| {
        CliError::usage("broker.folder", "this folder has no cell of several brokers")
            .suggest("Start one with `weir up --brokers 3 --store URL`.")
    })?;
    let tls = dev_tls::ensure(&settings.folder, &*clock, &[])?;
    let BrokerSockets { kafka, kafka_tls, peer } = place.bind()?;
    let start = LocalCell::start(CellParts {
        folder: &settings.folder,
        store: None,
        meta_store: None,
        fsync: Fsync::Always,
        encryption: None,
        cache_bytes: settings.cache_bytes,
        background_bytes: settings.background_bytes,
        placement_groups: None,
        host: "127.0.0.1",
        id: settings.id,
        kafka,
        kafka_tls,
        together: Some(Together { secret, socket: peer }),
        tls: tls.server,
        clock,
        rng,
        stop: stop.clone(),
    });
    let mut cell = tokio::select! {
        cell = start => cell?,
        () = signals.wait() => return Ok(()),
    };
    let admitted = async {
        while !cell.has_access() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    let failure = tokio::select! {
        () = admitted => None,
        () = signals.wait() => return stopped(cell, &stop).await,
        failure = cell.failed() => Some(failure),
    };
    if let Some(failure) = failure {
        return Err(failure);
    }
    cell.listen();
    tokio::select! {
        () = signals.wait() => stopped(cell, &stop).await,
        failure = cell.failed() => Err(failure),
    }
}

async fn stopped(cell: LocalCell, stop: &CancellationToken) -> Result<(), CliError> {
    cell.leave().await;
    stop.cancel();
    cell.stopped().await
}
