//! `weir up --detach`: the same command in the background, and a wait until it answers.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common_errors::ErrorKind;
use common_seams::{Clock as _, SystemClock};

use super::Instance;
use super::admin_file::AdminFile;
use super::table::{COLUMNS, rows, rows_with_secrets};
use crate::error::CliError;
use crate::files;
use crate::output::Outcome;

/// What the background process prints, in the data folder.
const LOG: &str = "weir.log";
/// How long a start may take.
const START_MAX: Duration = Duration::from_secs(120);
/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// Starts `weir up` in the background and returns once it answers.
pub(crate) async fn detach(folder: &Path, extra: &[OsString]) -> Result<Outcome, CliError> {
    files::make_private_folder(folder)?;
    let log_path = folder.join(LOG);
    let mut options = OpenOptions::new();
    let options = options.create(true).append(true).read(true).mode(files::PRIVATE);
    let mut log = options.open(&log_path).map_err(|e| files::io_error("open", &log_path, &e))?;
    let start = log.seek(SeekFrom::End(0)).map_err(|e| files::io_error("read", &log_path, &e))?;
    let mut child = spawn(&log, &log_path, extra)?;
    let began = SystemClock.mono();
    loop {
        if let Some(instance) = Instance::read(folder)?.filter(|i| i.pid == child.id()) {
            return table(folder, &instance, &log_path);
        }
        if let Some(status) = child.try_wait().map_err(|e| files::io_error("run", &log_path, &e))? {
            return Err(ended(&mut log, start, &log_path, status.code()));
        }
        if SystemClock.mono().saturating_sub(began) > START_MAX {
            let seconds = START_MAX.as_secs();
            let message = format!("process {} did not answer within {seconds} s", child.id());
            return Err(CliError::new(ErrorKind::Timeout, "up.slow", message)
                .suggest(format!("See what it says: `tail {}`.", log_path.display())));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn spawn(log: &File, log_path: &Path, extra: &[OsString]) -> Result<Child, CliError> {
    let failed = |e: &std::io::Error| files::io_error("start", log_path, e);
    let program = std::env::current_exe().map_err(|e| failed(&e))?;
    let given = std::env::args_os().skip(1).filter(|argument| argument != "--detach");
    let (out, err) = (log.try_clone(), log.try_clone());
    Command::new(program)
        .args(given)
        .arg("--detached")
        .args(extra)
        .stdin(Stdio::null())
        .stdout(out.map_err(|e| failed(&e))?)
        .stderr(err.map_err(|e| failed(&e))?)
        .spawn()
        .map_err(|e| failed(&e))
}

fn table(folder: &Path, instance: &Instance, log: &Path) -> Result<Outcome, CliError> {
    let value = match AdminFile::read(folder)? {
        Some(admin) if instance.first_start => rows_with_secrets(instance, &admin),
        Some(_) | None => rows(instance),
    };
    let stop = format!("weir down --data-dir {}", folder.display());
    Ok(Outcome::object(value, COLUMNS)
        .note(format!(
            "\nIt runs in the background and writes to {}; stop it with `{stop}`.",
            log.display()
        ))
        .next(super::up::NEXT))
}

/// The background process has said why it ended; its words and its exit code are the answer.
fn ended(log: &mut File, start: u64, path: &Path, code: Option<i32>) -> CliError {
    let mut said = Vec::new();
    // Without its words the path of the log still helps.
    let _ = log.seek(SeekFrom::Start(start)).and_then(|_| log.read_to_end(&mut said));
    let said = String::from_utf8_lossy(&said);
    let reason = said.lines().find_map(|line| line.strip_prefix("Error: "));
    let kind = match code {
        Some(2) => ErrorKind::Invalid,
        Some(5) => ErrorKind::Conflict,
        Some(_) | None => ErrorKind::Internal,
    };
    let message = reason.unwrap_or("the background process ended before it answered").to_owned();
    let suggestions = said.lines().skip_while(|line| *line != "Suggestions:").skip(1);
    let suggestions = suggestions.take_while(|line| line.starts_with("    "));
    let error = CliError::new(kind, "up.ended", message);
    let error = suggestions.fold(error, |error, line| error.suggest(line.trim()));
    error.suggest(format!("See all that it said: `tail {}`.", path.display()))
}
