//! Starts the broker of this process, as often as it is needed.

use std::path::PathBuf;
use std::sync::Arc;

use broker::rpc::CellSecret;
use common_seams::{Clock, Rng};
use tokio_util::sync::CancellationToken;

use crate::error::CliError;
use crate::roles::address::Bound;
use crate::roles::broker_folder::BrokerFolder;
use crate::roles::local_cell::{CellParts, LocalCell, Together};
use crate::roles::up::Settings;

/// Number of the broker in the process of `weir up`.
const FIRST: i32 = 1;

/// What every start of the broker needs.
pub(in crate::roles) struct CellSource {
    pub(in crate::roles) settings: Settings,
    pub(in crate::roles) folder: PathBuf,
    /// The host that clients are told.
    pub(in crate::roles) host: String,
    /// Where the cell is to have several brokers.
    pub(in crate::roles) secret: Option<CellSecret>,
    /// They stay open when no broker is there.
    pub(in crate::roles) kafka: Bound,
    pub(in crate::roles) kafka_tls: Bound,
    pub(in crate::roles) tls: Arc<rustls::ServerConfig>,
    pub(in crate::roles) clock: Arc<dyn Clock>,
    pub(in crate::roles) rng: Arc<dyn Rng>,
    pub(in crate::roles) stop: CancellationToken,
}

impl CellSource {
    /// Starts it and waits until it has leaders. Clients are let in later.
    pub(in crate::roles) async fn start(&self) -> Result<LocalCell, CliError> {
        let stop = self.stop.child_token();
        let unless_failed = stop.clone().drop_guard();
        let started = LocalCell::start(CellParts {
            folder: &self.folder,
            store: self.settings.store.as_deref(),
            meta_store: self.settings.meta_store.as_deref(),
            fsync: self.settings.fsync,
            encryption: self.settings.encryption,
            cache_bytes: self.settings.cache_bytes,
            background_bytes: self.settings.background_bytes,
            placement_groups: self.settings.placement_groups,
            host: &self.host,
            id: FIRST,
            together: self.together()?,
            kafka: self.kafka.again()?,
            kafka_tls: self.kafka_tls.again()?,
            tls: Arc::clone(&self.tls),
            clock: Arc::clone(&self.clock),
            rng: Arc::clone(&self.rng),
            stop,
        });
        let cell = started.await?;
        cell.led().await?;
        let _ = unless_failed.disarm();
        Ok(cell)
    }

    fn together(&self) -> Result<Option<Together>, CliError> {
        let Some(secret) = self.secret.clone() else { return Ok(None) };
        let socket = BrokerFolder::of(&self.folder, FIRST).bind()?.peer;
        Ok(Some(Together { secret, socket }))
    }
}
