//! Everything in one process: what is told, and the order of things.

use std::path::{Path, PathBuf};
use std::time::Duration;

use api::RequestRates;
use api_db::PostgresUrl;
use serde_json::Value;

use super::address::{Asked, Bound};
use super::admin_file::AdminFile;
use super::background_bytes::BackgroundBytes;
use super::context_file::{forget_context, remember};
use super::data_dir::DataDir;
use super::encryption::Encryption;
use super::instance::Instance;
use super::memory_folder::MemoryFolder;
use super::running::{Running, Sockets};
use super::table::{COLUMNS, rows, rows_with_secrets};
use super::traces::{TraceSettings, Traces};
use super::{logs, shutdown};
use crate::error::CliError;
use crate::output::{Outcome, note};

/// What to type when Weir is up.
pub(super) const NEXT: &str =
    "echo '{\"id\":1}' | weir topic produce orders --create && weir topic consume orders -n 1";

/// When records go to disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Fsync {
    /// Before they are acknowledged
    #[default]
    Always,
    /// Now and then; a crash of the machine loses what was acknowledged since
    Interval,
    /// When the operating system likes; a crash of the machine loses acknowledged records
    Never,
}

impl Fsync {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Interval => "interval",
            Self::Never => "never",
        }
    }
}

/// What `weir up` was told.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) folder: PathBuf,
    /// The folder of the contexts file.
    pub(crate) config: PathBuf,
    pub(crate) api: Asked,
    pub(crate) kafka: Asked,
    pub(crate) kafka_tls: Asked,
    /// Where operators look, if anywhere.
    pub(crate) metrics: Option<Asked>,
    /// Where spans go, if anywhere.
    pub(crate) traces: Option<TraceSettings>,
    pub(crate) registry: String,
    pub(crate) advertised_host: Option<String>,
    /// Units of leadership of a new cell.
    pub(crate) placement_groups: Option<u32>,
    /// How many brokers, where the cell is to have several.
    pub(crate) brokers: Option<u32>,
    /// After how long without use the cell has no broker.
    pub(crate) idle_stop: Option<Duration>,
    /// URL of the store of records, when they do not lie in the folder.
    pub(crate) store: Option<String>,
    /// URL of the store of metadata, when it does not lie with the records.
    pub(crate) meta_store: Option<String>,
    /// Where the control plane's store lies, when it is not in the folder.
    pub(crate) database: Option<PostgresUrl>,
    pub(crate) fsync: Fsync,
    /// Whether records are encrypted; the folder remembers it.
    pub(crate) encryption: Option<Encryption>,
    pub(crate) cache_bytes: usize,
    pub(crate) background_bytes: BackgroundBytes,
    pub(crate) rest_rates: RequestRates,
    /// Networks beside the public internet that keys of identity providers are read from.
    pub(crate) jwks_networks: Vec<api_app::Cidr>,
    /// Networks beside the public internet that notifications are sent to.
    pub(crate) notify_networks: Vec<api_app::Cidr>,
    /// From when on something is a finding.
    pub(crate) security_rules: api_app::SecurityRules,
    /// How long what is deleted can be brought back.
    pub(crate) undo_window: Duration,
    pub(crate) memory: bool,
    pub(crate) insecure: bool,
    /// Whether this is a background process: its output is a log, which holds no secrets.
    pub(crate) detached: bool,
}

/// Runs until it is told to stop. `show` prints the table once everything answers.
///
/// Returns the folder of `--memory`: it may go only when the runtime, which can still be writing,
/// has ended.
pub(crate) async fn up(
    settings: Settings,
    show: impl FnOnce(&Outcome) -> Result<(), CliError>,
) -> Result<Option<MemoryFolder>, CliError> {
    let traces = settings.traces.as_ref().map(Traces::start).transpose()?;
    logs::start(settings.detached, traces.as_ref());
    if settings.detached {
        // A terminal that closes must not take the background process with it. The only failure
        // is to lead a session already.
        let _ = rustix::process::setsid();
    }
    let mut signals = shutdown::Signals::listen()?;
    settings.api.require_loopback(settings.insecure)?;
    settings.kafka.require_loopback(settings.insecure)?;
    if let Some(metrics) = &settings.metrics {
        metrics.require_loopback(settings.insecure)?;
    }
    // Declared first, so that it is deleted last.
    let temporary = settings.memory.then(|| MemoryFolder::create(settings.folder.clone()));
    let temporary = temporary.transpose()?;
    let (data, new) = DataDir::open(&settings.folder)?;
    Instance::remove(data.path())?;
    let sockets = bind(&settings)?;
    let running = Running::start(&settings, data.path(), new, sockets).await?;
    publish(&settings, data.path(), &running, show)?;
    let mut stopping = running.until_asked(signals.wait()).await;
    let failure = stopping.failure();
    note("stopping");
    Instance::remove(data.path())?;
    let stopped = stopping.stop(&mut signals).await;
    if let Some(traces) = traces {
        traces.stop().await;
    }
    if temporary.is_some() {
        forget_context(&settings.config, data.path())?;
    }
    match failure {
        Some(failure) => Err(failure),
        None => stopped.map(|()| temporary),
    }
}

/// All sockets before anything else is started: a taken port costs nothing.
fn bind(settings: &Settings) -> Result<Sockets, CliError> {
    let bind = |asked: &Asked| -> Result<Bound, CliError> {
        let bound = asked.bind()?;
        if let Some(port) = bound.instead_of {
            note(&format!("port {port} is taken: {} uses {} instead", asked.flag, bound.address));
        }
        Ok(bound)
    };
    Ok(Sockets {
        api: bind(&settings.api)?,
        kafka: bind(&settings.kafka)?,
        kafka_tls: bind(&settings.kafka_tls)?,
        metrics: settings.metrics.as_ref().map(bind).transpose()?,
    })
}

/// Says that everything answers: files first, then people.
fn publish(
    settings: &Settings,
    folder: &Path,
    running: &Running,
    show: impl FnOnce(&Outcome) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let (instance, admin) = (&running.instance, &running.admin);
    let remembered =
        remember(&settings.config, folder, admin, settings.memory, instance.first_start);
    if let Err(error) = remembered {
        // Weir itself works without a context; commands then need WEIR_ENDPOINT and a key.
        note(&format!("no context was written: {error}"));
    }
    instance.write(folder)?;
    if settings.detached {
        return Ok(());
    }
    show(&table(folder, instance, admin))
}

fn table(folder: &Path, instance: &Instance, admin: &AdminFile) -> Outcome {
    let list: Value =
        if instance.first_start { rows_with_secrets(instance, admin) } else { rows(instance) };
    let outcome = Outcome::object(list, COLUMNS);
    let outcome = if instance.first_start {
        let file = AdminFile::path(folder);
        outcome.note(format!("\nThe keys are shown this once; {} holds them.", file.display()))
    } else {
        outcome
    };
    outcome.next(NEXT)
}
