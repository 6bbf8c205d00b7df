//! Opens the store of the control plane, and tells when it is another process's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use api_db::{Ended, OpenError, Ownership, OwnershipError, Store, StoreConfig};
use common_errors::ErrorKind;
use common_seams::{Clock, Rng};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::control_plane::STORE;
use super::database::{self, ChosenDatabase};
use super::database_move;
use super::object_store::environment;
use super::up::Settings;
use crate::error::CliError;
use crate::output::note;

/// For tests of crashes: the file whose number counts down to the end of the process.
const COUNTDOWN: &str = "WEIR_ABORT_COUNTDOWN";
/// How long a start waits for a database that does not answer.
const AWAY_MAX: Duration = Duration::from_secs(30);
/// Between two questions.
const AWAY_PAUSE: Duration = Duration::from_millis(500);

/// A store, and the hold on the database that it lies in.
pub(super) struct ControlStore {
    pub(super) store: Store,
    pub(super) ownership: Option<Ownership>,
    pub(super) folder: PathBuf,
}

/// Opens the file in the folder, or takes the database that was asked for or is remembered. Before the cell is
/// started: who may not have the one leaves the other alone.
pub(super) async fn open(
    settings: &Settings,
    folder: &Path,
    clock: &dyn Clock,
    rng: &dyn Rng,
) -> Result<ControlStore, CliError> {
    let opened = match database::choose(folder, settings.database.as_ref(), rng)? {
        Some(chosen) => in_database(&chosen, folder, clock).await?,
        None => {
            let path = folder.join(STORE);
            let store = Store::open(&StoreConfig::Sqlite(path.clone())).await;
            let store = store.map_err(|e| not_open(&path.display().to_string(), &e))?;
            ControlStore { store, ownership: None, folder: folder.to_owned() }
        }
    };
    Ok(match environment().remove(COUNTDOWN) {
        None => opened,
        Some(file) => ControlStore { store: opened.store.ending_by(file.into()), ..opened },
    })
}

async fn in_database(
    chosen: &ChosenDatabase,
    folder: &Path,
    clock: &dyn Clock,
) -> Result<ControlStore, CliError> {
    let (began, mut told) = (clock.mono(), false);
    loop {
        let error = match Store::open_owned(&chosen.url, &chosen.owner()).await {
            Ok((store, ownership)) => {
                chosen.begun(folder)?;
                // Where a move was cut short behind its decision.
                database_move::put_aside(folder);
                let ownership = Some(ownership);
                return Ok(ControlStore { store, ownership, folder: folder.to_owned() });
            }
            Err(error) => error,
        };
        let may_pass = matches!(&error, OpenError::Ownership(why) if why.may_pass());
        if !may_pass || clock.mono().saturating_sub(began) > AWAY_MAX {
            return Err(not_open(chosen.url.without_password(), &error));
        }
        if !told {
            let seconds = AWAY_MAX.as_secs();
            note(&format!("{}: {error}; waiting up to {seconds} s", chosen.url));
            told = true;
        }
        tokio::time::sleep(AWAY_PAUSE).await;
    }
}

/// Keeps the database until `stop`, then gives it back. `tell` is told when it is another's.
pub(super) fn keep(
    mut ownership: Ownership,
    tell: oneshot::Sender<CliError>,
    tasks: &TaskTracker,
    stop: CancellationToken,
) {
    tasks.spawn(async move {
        match stop.run_until_cancelled(ownership.keep()).await {
            // Nobody listens when the process is to stop anyway.
            Some(error) => drop(tell.send(taken_over(&error))),
            None => ownership.release().await,
        }
    });
}

fn taken_over(error: &Ended) -> CliError {
    CliError::new(ErrorKind::Conflict, "database.taken_over", error.to_string())
        .suggest("Nothing acknowledged is lost; the other control plane serves it.")
        .suggest("See which one is to run, and start that one alone.")
}

pub(super) fn not_open(place: &str, error: &OpenError) -> CliError {
    match error {
        OpenError::TooNew { .. } => {
            CliError::new(ErrorKind::Precondition, "store.newer", error.to_string())
                .suggest("Use the newer `weir` with this folder.")
                .suggest("Or start with another folder: `weir up --data-dir DIR`.")
        }
        OpenError::Damaged { .. } => CliError::internal("store.corrupt", error.to_string())
            .suggest(format!("Restore {place} from a backup of the folder."))
            .suggest("Or delete the folder with everything in it: `weir reset`."),
        OpenError::Ownership(why) => not_owned(place, why),
        OpenError::Database(_) if place.starts_with("postgres:") => {
            CliError::internal("store.open", format!("{place}: {error}"))
                .suggest("See which rights it needs: docs/operate/postgres.md.")
        }
        OpenError::Database(_) => CliError::internal("store.open", format!("{place}: {error}"))
            .suggest(format!("See who owns the file and whether the disk has room: `ls -l {place}; df -h {place}`.")),
    }
}

fn not_owned(place: &str, error: &OwnershipError) -> CliError {
    let message = format!("{place}: {error}");
    match error {
        OwnershipError::Url(_) => CliError::usage("database.address", message),
        OwnershipError::Away(_) => CliError::new(ErrorKind::Unavailable, "database.away", message)
            .suggest("See whether the server runs and can be reached: `psql URL -c 'SELECT 1'`."),
        OwnershipError::Refused(_) => CliError::new(ErrorKind::Precondition, "database.refused", message)
            .suggest("Check user, password, database and `sslmode` with `psql URL -c 'SELECT 1'`.")
            .suggest("See what it needs: docs/operate/postgres.md."),
        OwnershipError::Standby => CliError::new(ErrorKind::Unavailable, "database.standby", message)
            .suggest("Name the primary with `--database-url`, or promote this server."),
        OwnershipError::Unfit(_) => CliError::new(ErrorKind::Precondition, "database.unfit", message)
            .suggest("Connect without a pooler, to a server as docs/operate/postgres.md describes it."),
        OwnershipError::Taken(_) => CliError::new(ErrorKind::Conflict, "database.in_use", message)
            .suggest("Stop that one first: a database has one control plane.")
            .suggest("If it hangs on a machine that you cannot reach, end its session: docs/operate/postgres.md."),
        OwnershipError::OtherInstallation(_) => CliError::new(ErrorKind::Conflict, "database.other_installation", message)
            .suggest("Use the data folder that the database belongs to, or name an empty database."),
        OwnershipError::Foreign(_) => CliError::new(ErrorKind::Conflict, "database.not_empty", message)
            .suggest("Name an empty database: `createdb weir`."),
        OwnershipError::Missing => CliError::new(ErrorKind::Precondition, "database.missing", message)
            .suggest("Restore it from its backup, or name the database that holds it with `--database-url`."),
        OwnershipError::Superseded => CliError::new(ErrorKind::Conflict, "database.taken_over", message)
            .suggest("See which control plane is to run, and start that one alone."),
    }
}
