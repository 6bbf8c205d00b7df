//! What runs while `weir up` is up, and how it starts and stops.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use api::{Home, HttpSettings};
use api_app::Endpoints;
use broker::rpc::CellSecret;
use common_seams::{Clock, OsRng, Rng, SystemClock};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use super::address::{Bound, reachable_host};
use super::admin_file::AdminFile;
use super::broker_folder;
use super::control_plane::{ControlParts, ControlPlane};
use super::control_store;
use super::instance::Instance;
use super::local_cell::LocalCell;
use super::rest::{CellSource, Door, Keeper, KeeperParts, Kept, is_at_rest};
use super::shutdown::Signals;
use super::supervisor::Supervisor;
use super::up::{NEXT, Settings};
use super::{cell_secret, dev_tls, keys, pepper};
use crate::error::CliError;

/// What `/` says in place of the console when the binary was built without it.
const NO_CONSOLE: &str = "not built: `cargo xtask console` builds it, then build Weir again";

/// How long an orderly stop may take before it is cut short.
const STOP_MAX: Duration = Duration::from_secs(40);

/// The sockets of every role.
pub(super) struct Sockets {
    pub(super) api: Bound,
    pub(super) kafka: Bound,
    pub(super) kafka_tls: Bound,
    pub(super) metrics: Option<Bound>,
}

/// Every role, started.
pub(super) struct Running {
    pub(super) instance: Instance,
    pub(super) admin: AdminFile,
    control: ControlPlane,
    /// Keeps the broker of this process, until `leaving`.
    keeper: JoinHandle<Kept>,
    /// Keeps the other brokers running, until `leaving`.
    brokers: Option<JoinHandle<()>>,
    leaving: CancellationToken,
    stop: CancellationToken,
}

/// Addresses as clients are told.
struct Told {
    host: String,
    api: String,
    kafka: String,
    kafka_tls: String,
    registry: String,
}

/// How the API behaves.
fn http(settings: &Settings, check_host: bool) -> HttpSettings {
    HttpSettings { check_host, rates: settings.rest_rates, ..HttpSettings::default() }
}

impl Running {
    /// Starts every role in order. A failure leaves nothing running: everything is dropped.
    pub(super) async fn start(
        settings: &Settings,
        folder: &Path,
        new: bool,
        sockets: Sockets,
    ) -> Result<Self, CliError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let rng: Arc<dyn Rng> = Arc::new(OsRng::new());
        let (stop, leaving) = (CancellationToken::new(), CancellationToken::new());
        let (told, pepper) = (tell(settings, &sockets), pepper::ensure(folder, &*rng, new)?);
        let tls = dev_tls::ensure(folder, &*clock, settings.advertised_host.as_slice())?;
        let secret = secret(settings, folder, &*rng)?;
        let supervisor = secret.is_some().then(|| Supervisor::new(folder, settings)).transpose()?;
        let source = CellSource {
            settings: settings.clone(),
            folder: folder.to_owned(),
            host: told.host.clone(),
            secret,
            kafka: sockets.kafka,
            kafka_tls: sockets.kafka_tls,
            tls: Arc::clone(&tls.server),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            stop: stop.clone(),
        };
        let door = Door::new(leaving.clone());
        let store = control_store::open(settings, folder, &*clock, &*rng).await?;
        let mut cell = first(&source, &door).await?;
        // Ends with the token; there is nothing to bring to an end.
        tokio::spawn(tls.clone().keep_renewed(Arc::clone(&clock), stop.clone()));
        let control = ControlPlane::start(ControlParts {
            store,
            http: http(settings, sockets.api.address.ip().is_loopback()),
            settings,
            listener: sockets.api.listener,
            metrics: sockets.metrics.map(|bound| bound.listener),
            endpoints: endpoints(&told),
            home: home(&told),
            pepper,
            door: door.clone(),
            awake: cell.is_some(),
            clock: Arc::clone(&clock),
            rng,
            stop: stop.clone(),
        })
        .await?;
        if let Some(cell) = &mut cell {
            cell.answer_to(control.app());
            cell.listen();
        }
        let keeper = Keeper::new(KeeperParts {
            source,
            door,
            app: Arc::clone(control.app()),
            none_left: supervisor.as_ref().map(Supervisor::none_left),
            idle_stop: settings.idle_stop,
        });
        let keeper = tokio::spawn(keeper.run(cell, leaving.clone()));
        let brokers = supervisor.map(|s| tokio::spawn(s.run(leaving.clone())));
        let addresses = keys::Addresses {
            api: &told.api,
            kafka: &told.kafka,
            kafka_tls: &told.kafka_tls,
            ca: &tls.ca_path,
        };
        let (admin, first_start) = keys::keep(folder, &control, &addresses).await?;
        let made = (&admin, first_start);
        let instance = instance(settings, folder, told, made, tls.ca_path, clock.wall_ms());
        Ok(Self { instance, admin, control, keeper, brokers, leaving, stop })
    }

    /// Waits for `asked`, or for a role to fail, and returns what is to be stopped.
    pub(super) async fn until_asked(mut self, asked: impl Future<Output = ()>) -> Stopping {
        let kept = tokio::select! {
            () = asked => None,
            kept = &mut self.keeper => Some(unless_panicked(kept)),
            taken_over = self.control.taken_over() => {
                return Stopping { running: self, kept: None, failure: Some(taken_over) };
            }
        };
        Stopping { running: self, kept, failure: None }
    }
}

fn unless_panicked(kept: Result<Kept, JoinError>) -> Kept {
    kept.unwrap_or_else(|e| CliError::internal("cell.keeper", e.to_string()).into())
}

/// Every role that runs still, and why it is stopped.
pub(super) struct Stopping {
    running: Running,
    /// Where a role failed.
    kept: Option<Kept>,
    /// Where the control plane may not go on.
    failure: Option<CliError>,
}

impl Stopping {
    /// Why a role failed, if one did.
    pub(super) fn failure(&mut self) -> Option<CliError> {
        self.failure.take().or_else(|| self.kept.as_mut()?.failure.take())
    }

    /// Stops in order, within a bound. A second signal cuts it short: what is acknowledged is safe.
    pub(super) async fn stop(self, signals: &mut Signals) -> Result<(), CliError> {
        let Running { control, keeper, brokers, leaving, stop, .. } = self.running;
        leaving.cancel();
        let orderly = async {
            let Kept { cell, failure } = match self.kept {
                Some(kept) => kept,
                None => unless_panicked(keeper.await),
            };
            if let Some(brokers) = brokers {
                // It only ends early when it panicked, and said so.
                let _ = brokers.await;
            }
            if let Some(cell) = &cell {
                cell.leave().await;
            }
            stop.cancel();
            control.stopped().await;
            let stopped = match cell {
                Some(cell) => cell.stopped().await,
                None => Ok(()),
            };
            failure.map_or(stopped, Err)
        };
        tokio::select! {
            result = tokio::time::timeout(STOP_MAX, orderly) => result.unwrap_or_else(|_| {
                let seconds = STOP_MAX.as_secs();
                let message = format!("the orderly stop took longer than {seconds} s and was cut short");
                Err(CliError::internal("up.slow_stop", message)
                    .suggest("Nothing acknowledged is lost; the next start takes a little longer."))
            }),
            () = signals.wait() => Ok(()),
        }
    }
}

/// The broker of this process, unless its cell is at zero.
async fn first(source: &CellSource, door: &Door) -> Result<Option<LocalCell>, CliError> {
    if source.secret.is_some() && is_at_rest(&source.folder)? {
        return Ok(None);
    }
    let cell = source.start().await?;
    door.open(&cell);
    Ok(Some(cell))
}

/// What the processes of the cell know of each other, where the folder's cell is to have several.
fn secret(
    settings: &Settings,
    folder: &Path,
    rng: &dyn Rng,
) -> Result<Option<CellSecret>, CliError> {
    if let Some(brokers) = settings.brokers {
        broker_folder::want_at_start(folder, brokers)?;
    }
    if broker_folder::wanted(folder)?.is_some() {
        return cell_secret::ensure(folder, rng).map(Some);
    }
    if settings.idle_stop.is_some() {
        let message = "`--idle-stop` ends the brokers of a cell that was started with `--brokers`";
        return Err(CliError::usage("up.idle_stop", message)
            .suggest("Start one: `weir up --brokers 1 --store URL --idle-stop 30m`."));
    }
    Ok(None)
}

/// What this start serves.
fn instance(
    settings: &Settings,
    folder: &Path,
    told: Told,
    (admin, first_start): (&AdminFile, bool),
    ca_cert_path: PathBuf,
    started_at_ms: i64,
) -> Instance {
    Instance {
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at_ms,
        data_dir: folder.to_owned(),
        memory: settings.memory,
        first_start,
        fsync: settings.fsync.as_str().to_owned(),
        api: told.api,
        kafka: told.kafka,
        kafka_tls: told.kafka_tls,
        registry: told.registry,
        ca_cert_path,
        organization_id: admin.organization_id.clone(),
        environment_id: admin.environment_id.clone(),
        cluster_id: admin.cluster_id.clone(),
    }
}

fn endpoints(told: &Told) -> Endpoints {
    Endpoints {
        api_base_url: told.api.clone(),
        kafka_bootstrap: format!("SASL_SSL://{}", told.kafka_tls),
        kafka_rest_base_url: told.api.clone(),
        registry_base_url: told.registry.clone(),
    }
}

fn home(told: &Told) -> Home {
    let addresses = [
        ("REST", told.api.clone()),
        ("Kafka (SASL_PLAINTEXT)", told.kafka.clone()),
        ("Kafka (SASL_SSL)", told.kafka_tls.clone()),
        ("Registry (reserved)", told.registry.clone()),
    ];
    let mut addresses: BTreeMap<_, _> =
        addresses.map(|(name, value)| (name.to_owned(), value)).into();
    if !web_console::BUILT {
        addresses.insert("Console".to_owned(), NO_CONSOLE.to_owned());
    }
    Home {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        status: "running".to_owned(),
        addresses,
        next_command: NEXT.to_owned(),
    }
}

fn tell(settings: &Settings, sockets: &Sockets) -> Told {
    let advertised = settings.advertised_host.as_deref();
    let tell = |bound: &Bound| {
        format!("{}:{}", reachable_host(bound.address, advertised), bound.address.port())
    };
    Told {
        host: reachable_host(sockets.kafka_tls.address, advertised),
        api: format!("http://{}", tell(&sockets.api)),
        kafka: tell(&sockets.kafka),
        kafka_tls: tell(&sockets.kafka_tls),
        registry: format!("http://{}", settings.registry),
    }
}
