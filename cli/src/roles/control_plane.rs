//! The control plane of `weir up`: store, use-cases, reconciler and REST API.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use api::{ApiState, Home, HttpSettings};
use api_app::{App, AppParts, BootstrapNames, Bootstrapped, DataPlane, Endpoints, Peppers};
use api_outward::{HttpKeySets, HttpPoster};
use common_errors::Error;
use common_seams::{Clock, Rng};
use reconciler::Reconciler;
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Settings;
use super::control_store::{self, ControlStore};
use super::database_move;
use super::ops::{self, Ops};
use super::rest::Door;
use crate::error::CliError;

/// The store's file in the data folder.
pub(super) const STORE: &str = "control.db";
/// Version of the folder's one pepper.
const PEPPER_VERSION: u32 = 1;
/// How long the first cluster may take to be there.
const FIRST_CLUSTER_MAX: Duration = Duration::from_secs(30);
/// How often that is looked at.
const PAUSE: Duration = Duration::from_millis(2);
/// How long requests may go on once the process is to stop.
const STREAM_GRACE: Duration = Duration::from_secs(5);

/// What the control plane is made of.
pub(super) struct ControlParts<'a> {
    pub(super) store: ControlStore,
    pub(super) listener: TcpListener,
    /// Where operators look, if anywhere.
    pub(super) metrics: Option<TcpListener>,
    pub(super) endpoints: Endpoints,
    /// What `/` shows.
    pub(super) home: Home,
    /// How the API behaves.
    pub(super) http: HttpSettings,
    /// What was asked for with flags.
    pub(super) settings: &'a Settings,
    pub(super) pepper: [u8; 32],
    pub(super) door: Door,
    /// Whether a broker runs. Where none does, nothing is looked at that would start one.
    pub(super) awake: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) stop: CancellationToken,
}

/// A control plane that serves.
pub(super) struct ControlPlane {
    app: Arc<App>,
    first: Bootstrapped,
    tasks: TaskTracker,
    /// Told when another process has the database.
    taken_over: oneshot::Receiver<CliError>,
}

impl ControlPlane {
    /// Makes the first things, and serves.
    pub(super) async fn start(parts: ControlParts<'_>) -> Result<Self, CliError> {
        let ControlStore { store, ownership, folder } = parts.store;
        let store = Arc::new(store);
        let tasks = TaskTracker::new();
        let (tell, taken_over) = oneshot::channel();
        let stop = parts.stop.clone();
        match ownership {
            Some(ownership) => control_store::keep(ownership, tell, &tasks, stop),
            None => database_move::listen(folder, Arc::clone(&store), tell, &tasks, stop),
        }
        let key_sets = HttpKeySets::new(parts.settings.jwks_networks.clone());
        let key_sets = key_sets.map_err(|e| CliError::internal("up.key_sets", e.to_string()))?;
        let poster = HttpPoster::new(parts.settings.notify_networks.clone());
        let poster = poster.map_err(|e| CliError::internal("up.poster", e.to_string()))?;
        let door = Arc::new(parts.door);
        let hint = Arc::new(Notify::new());
        let app = Arc::new(App::new(AppParts {
            repo: Arc::clone(&store) as Arc<dyn api_app::Repo>,
            clock: Arc::clone(&parts.clock),
            rng: Arc::clone(&parts.rng),
            peppers: Peppers::new(PEPPER_VERSION, parts.pepper),
            endpoints: parts.endpoints,
            data_plane: Arc::clone(&door) as Arc<dyn DataPlane>,
            kafka: Arc::clone(&door) as Arc<dyn api_app::KafkaClient>,
            meter: Arc::clone(&door) as Arc<dyn api_app::Meter>,
            key_sets: Arc::new(key_sets),
            poster: Arc::new(poster),
            security: parts.settings.security_rules,
            undo_window: parts.settings.undo_window,
            publisher: Arc::clone(&door) as Arc<dyn api_app::AccessPublisher>,
            hint: Arc::clone(&hint),
        }));
        let first = app.bootstrap(&BootstrapNames::default()).await.map_err(app_error)?;
        app.publish_access().await.map_err(app_error)?;
        let reconciler = Reconciler::new(
            store,
            Arc::new(provisioner_local::LocalCell::new(Arc::clone(&door) as Arc<dyn DataPlane>)),
            Arc::clone(&parts.clock),
            Arc::clone(&parts.rng),
            hint,
            reconciler::Settings { looks_first: parts.awake, ..reconciler::Settings::default() },
        );
        tasks.spawn(reconciler.run(parts.stop.clone()));
        keep(&app, &tasks, &parts.stop);
        if first.secrets.is_some() {
            until_served(&*door, &first).await?;
        }
        let clock = Arc::clone(&parts.clock);
        let state = ApiState::new(Arc::clone(&app), parts.home, parts.http, parts.clock, parts.rng);
        if let Some(listener) = parts.metrics {
            let ops = Ops {
                app: Arc::clone(&app),
                http: state.counts(),
                door: Arc::clone(&door),
                clock,
                folder: parts.settings.brokers.map(|_| parts.settings.folder.clone()),
            };
            ops::serve(listener, ops, &tasks, parts.stop.clone())?;
        }
        serve(parts.listener, state, &tasks, parts.stop)?;
        tasks.close();
        Ok(Self { app, first, tasks, taken_over })
    }

    pub(super) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// What the first start made.
    pub(super) fn first(&self) -> &Bootstrapped {
        &self.first
    }

    /// Waits until another process has the database. Where there is none, for ever.
    pub(super) async fn taken_over(&mut self) -> CliError {
        match (&mut self.taken_over).await {
            Ok(error) => error,
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits for requests and passes to end.
    pub(super) async fn stopped(self) {
        self.tasks.wait().await;
    }
}

/// What the use-cases do by themselves until the process stops.
fn keep(app: &Arc<App>, tasks: &TaskTracker, stop: &CancellationToken) {
    let (repairing, token) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { token.run_until_cancelled(repairing.repair_access()).await });
    let (keeping, token) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { token.run_until_cancelled(keeping.keep_audit()).await });
    let (writing, token) = (Arc::clone(app), stop.clone());
    let write = async move { writing.keep_audit_topics(api::cloud_event).await };
    tasks.spawn(async move { token.run_until_cancelled(write).await });
    let (looking, token) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { token.run_until_cancelled(looking.keep_metrics()).await });
    let (watching, token) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { token.run_until_cancelled(watching.keep_security()).await });
    let (ending, token) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { token.run_until_cancelled(ending.keep_undo_windows()).await });
    let (expiring, token) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { token.run_until_cancelled(expiring.keep_key_expiry()).await });
    let (renewing, token) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { token.run_until_cancelled(renewing.keep_identity_keys()).await });
    let (telling, token) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { token.run_until_cancelled(telling.keep_notifications()).await });
}

/// The first table names a cluster: it must work by then.
async fn until_served(cell: &dyn DataPlane, first: &Bootstrapped) -> Result<(), CliError> {
    let tenant = first.cluster_id.parse().map_err(|e: common_types::TenantIdError| {
        CliError::internal("up.first_cluster", e.to_string())
    })?;
    let there = async {
        while !cell.tenant_exists(tenant).await.unwrap_or(false) {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(FIRST_CLUSTER_MAX, there).await.map_err(|_| {
        CliError::internal("up.first_cluster", "the first cluster was not provisioned in time")
            .suggest("Start again; see the log with `WEIR_LOG=info weir up`.")
    })
}

fn serve(
    listener: TcpListener,
    state: ApiState,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> Result<(), CliError> {
    let listener = tokio::net::TcpListener::from_std(listener)
        .map_err(|e| CliError::internal("up.socket", e.to_string()))?;
    // With the address of whoever asks, for IP filters.
    let service = web_console::before(api::router(state));
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    let leaving = stop.clone();
    let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned());
    tasks.spawn(async move {
        tokio::select! {
            served = served.into_future() => {
                if let Err(error) = served {
                    tracing::error!(%error, "the API ended");
                }
            }
            // A stream of records is as long as its client likes.
            () = async { leaving.cancelled().await; tokio::time::sleep(STREAM_GRACE).await } => {}
        }
    });
    Ok(())
}

/// A failure of a use-case as an error of the command line.
pub(super) fn app_error(error: Error) -> CliError {
    CliError::new(error.kind, error.code, error.detail)
}
