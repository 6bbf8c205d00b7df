//! Moves the control plane's store from the folder's file into a Postgres: in the process that uses it, which the command
//! asks over a socket of the folder, or in the command's own when nobody does.
//!
//! `database.json` decides: until it is there the file is in force, from then on the database. It is written in one
//! step, while nobody can write to either.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use api_db::{Moved, Ownership, PostgresUrl, Store, StoreConfig};
use common_errors::ErrorKind;
use common_seams::{Clock, OsRng, SystemClock};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::control_plane::STORE;
use super::control_store;
use super::data_dir::{DataDir, running_pid};
use super::database;
use crate::error::CliError;

/// Where a running Weir is asked, in its folder, which nobody else may enter.
const SOCKET: &str = "move.sock";
/// Most of a request or an answer, in bytes.
const LINE_MAX: u64 = 64 * 1024;
/// How long a request may take to arrive.
const REQUEST_MAX: Duration = Duration::from_secs(5);
/// How long a move may take.
const MOVE_MAX: Duration = Duration::from_secs(30 * 60);
/// What the file is called when it is not in force any more.
const LEFT: &str = "control.db.moved";

/// A move that is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MoveReport {
    pub(crate) tables: usize,
    pub(crate) rows: u64,
    /// How long changes waited.
    pub(crate) pause: Duration,
    /// Whether Weir ran meanwhile.
    pub(crate) online: bool,
}

#[derive(Serialize, Deserialize)]
struct Request {
    /// The address with its password: it goes through a socket of one user, and to no disk.
    url: String,
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Moved(MoveReport),
    Failed { code: String, message: String, suggestions: Vec<String> },
}

/// Moves the store of a folder; `url` is the address as it was given.
pub(crate) async fn move_store(folder: &Path, url: &str) -> Result<MoveReport, CliError> {
    database::parse_asked(url)?;
    if running_pid(folder)?.is_some() {
        return ask(folder, url).await;
    }
    let Some(data) = DataDir::open_existing(folder)? else {
        let message = format!("{} is no data folder", folder.display());
        return Err(CliError::new(ErrorKind::NotFound, "folder.unknown", message)
            .suggest("Name the folder of `weir up` with `--data-dir DIR`."));
    };
    refuse_moved(data.path())?;
    let path = data.path().join(STORE);
    if !path.exists() {
        let message = format!("the data folder {} has no store yet", data.path().display());
        return Err(CliError::new(ErrorKind::Precondition, "database.no_store", message)
            .suggest("Start it with the database at once: `weir up --database-url URL`."));
    }
    let store = Store::open(&StoreConfig::Sqlite(path.clone())).await;
    let store = store.map_err(|e| control_store::not_open(&path.display().to_string(), &e))?;
    let (mut report, ownership) = carry_out(data.path(), &store, &parse(url)?).await?;
    report.online = false;
    ownership.release().await;
    Ok(report)
}

fn parse(url: &str) -> Result<PostgresUrl, CliError> {
    PostgresUrl::parse(url).map_err(|e| CliError::usage("database.address", e.to_string()))
}

fn refuse_moved(folder: &Path) -> Result<(), CliError> {
    let Some(there) = database::remembered(folder)? else { return Ok(()) };
    let message =
        format!("the control plane of the data folder {} lies in {there}", folder.display());
    Err(CliError::new(ErrorKind::Conflict, "database.other", message)
        .suggest("Nothing is to be done: `weir up` uses it."))
}

/// Copies, compares and decides.
async fn carry_out(
    folder: &Path,
    store: &Store,
    url: &PostgresUrl,
) -> Result<(MoveReport, Ownership), CliError> {
    refuse_moved(folder)?;
    let chosen = database::to_move_to(folder, url, &OsRng::new())?;
    let (target, ownership) = Store::open_owned(url, &chosen.owner())
        .await
        .map_err(|e| control_store::not_open(url.without_password(), &e))?;
    let clock = SystemClock;
    let began = clock.mono();
    let mut pause = Duration::ZERO;
    let decide = || {
        let decided = chosen.begun(folder).map_err(|e| e.to_string());
        pause = clock.mono().saturating_sub(began);
        decided
    };
    let Moved { tables, rows } = store.move_to(&target, decide).await.map_err(|e| {
        CliError::internal("database.not_moved", e.to_string())
            .suggest("The store is where it was. Run the command again with the same address.")
    })?;
    put_aside(folder);
    Ok((MoveReport { tables, rows, pause, online: true }, ownership))
}

/// Renames the file that is not in force any more. A start does it again where this was cut short.
pub(super) fn put_aside(folder: &Path) {
    for end in ["", "-wal", "-shm"] {
        let (from, to) =
            (folder.join(format!("{STORE}{end}")), folder.join(format!("{LEFT}{end}")));
        if from.exists()
            && let Err(error) = std::fs::rename(&from, &to)
        {
            tracing::warn!(%error, file = %from.display(), "the file that was moved cannot be renamed");
        }
    }
    database::forget_move(folder);
}

/// Answers the command for as long as the store is the folder's file.
pub(super) fn listen(
    folder: PathBuf,
    store: Arc<Store>,
    tell: oneshot::Sender<CliError>,
    tasks: &TaskTracker,
    stop: CancellationToken,
) {
    let path = folder.join(SOCKET);
    // Left by a process that was killed; this one has the folder.
    let _ = std::fs::remove_file(&path);
    let listener = match UnixListener::bind(&path) {
        Ok(listener) => listener,
        Err(error) => {
            // Paths of sockets are short. The command then says that Weir has to be stopped.
            tracing::info!(%error, "the store cannot be moved while Weir runs");
            return;
        }
    };
    let moving = tasks.clone();
    tasks.spawn(async move {
        let answered = Box::pin(answer_all(&folder, &listener, &store));
        let moved = stop.run_until_cancelled(answered).await;
        let _ = std::fs::remove_file(&path);
        if let Some(ownership) = moved {
            control_store::keep(ownership, tell, &moving, stop);
        }
    });
}

/// Until one of them was carried out.
async fn answer_all(folder: &Path, listener: &UnixListener, store: &Store) -> Ownership {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(REQUEST_MAX).await;
            continue;
        };
        if let Some(ownership) = take_request(folder, stream, store).await {
            return ownership;
        }
    }
}

/// Carries one request out and answers it. None: it did not arrive, or failed.
async fn take_request(folder: &Path, mut stream: UnixStream, store: &Store) -> Option<Ownership> {
    let mut line = String::new();
    let mut request = BufReader::new((&mut stream).take(LINE_MAX));
    tokio::time::timeout(REQUEST_MAX, request.read_line(&mut line)).await.ok()?.ok()?;
    let request: Request = serde_json::from_str(&line).ok()?;
    let carried = match parse(&request.url) {
        Ok(url) => carry_out(folder, store, &url).await,
        Err(error) => Err(error),
    };
    let (answer, ownership) = match carried {
        Ok((report, ownership)) => (Answer::Moved(report), Some(ownership)),
        Err(e) => {
            let (code, message, suggestions) = (e.code, e.message, e.suggestions);
            (Answer::Failed { code, message, suggestions }, None)
        }
    };
    let mut text = serde_json::to_vec(&answer).unwrap_or_default();
    text.push(b'\n');
    // Whoever asked may be gone: what was done is done.
    let _ = stream.write_all(&text).await;
    ownership
}

/// Asks the process that has the folder.
async fn ask(folder: &Path, url: &str) -> Result<MoveReport, CliError> {
    refuse_moved(folder)?;
    let path = folder.join(SOCKET);
    let lost = |e: std::io::Error| {
        let message = format!("the running Weir does not answer at {}: {e}", path.display());
        CliError::new(ErrorKind::Unavailable, "database.no_answer", message)
            .suggest("See where the store lies with `weir status`, then run the command again.")
            .suggest("Or stop it first: `weir down`.")
    };
    let mut stream = UnixStream::connect(&path).await.map_err(&lost)?;
    let mut request = serde_json::to_vec(&Request { url: url.to_owned() })
        .map_err(|e| CliError::internal("database.request", e.to_string()))?;
    request.push(b'\n');
    stream.write_all(&request).await.map_err(&lost)?;
    let mut line = String::new();
    let mut answer = BufReader::new(stream.take(LINE_MAX));
    let read = tokio::time::timeout(MOVE_MAX, answer.read_line(&mut line)).await;
    read.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(&lost)?;
    match serde_json::from_str(&line) {
        Ok(Answer::Moved(report)) => Ok(report),
        Ok(Answer::Failed { code, message, suggestions }) => {
            let error = CliError::new(ErrorKind::Precondition, code, message);
            Err(suggestions.into_iter().fold(error, CliError::suggest))
        }
        Err(_) => Err(lost(std::io::ErrorKind::UnexpectedEof.into())),
    }
}
