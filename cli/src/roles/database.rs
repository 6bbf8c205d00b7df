//! Where the store of the control plane lies: in the data folder, or in a Postgres that the folder remembers.

use std::path::Path;

use api_db::{Owner, PostgresUrl};
use common_errors::ErrorKind;
use common_seams::{Rng, uuid_v4};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::control_plane::STORE;
use crate::error::CliError;
use crate::files;

/// Names the database, when the control plane's store lies in one.
const REMEMBERED: &str = "database.json";
/// The same, of a database that the store is about to move to.
const MOVING: &str = "database.moving.json";
/// The environment variable of `--database-url`.
pub(crate) const VARIABLE: &str = "WEIR_DATABASE_URL";

/// What a folder remembers of its database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// Its address, without password.
    url: String,
    /// What the database has to say that it belongs to.
    installation: Uuid,
    /// Whether a control plane has begun there: from then on it cannot be empty.
    begun: bool,
}

/// The database of a folder.
#[derive(Debug, Clone)]
pub(super) struct ChosenDatabase {
    pub(super) url: PostgresUrl,
    remembered: Remembered,
}

impl ChosenDatabase {
    /// How this process presents itself to it.
    pub(super) fn owner(&self) -> Owner {
        let host = rustix::system::uname();
        let host = host.nodename().to_string_lossy().into_owned();
        Owner {
            installation: self.remembered.installation,
            may_begin: !self.remembered.begun,
            name: format!("process {} on {host}", std::process::id()),
        }
    }

    /// Remembers that the control plane is there, and at which address it was found.
    pub(super) fn begun(&self, folder: &Path) -> Result<(), CliError> {
        let url = self.url.without_password().to_owned();
        let now = Remembered { url, begun: true, ..self.remembered.clone() };
        if now == self.remembered { Ok(()) } else { write(&folder.join(REMEMBERED), &now) }
    }
}

/// The database that was asked for or that the folder remembers. None: the store is a file of the folder.
pub(super) fn choose(
    folder: &Path,
    asked: Option<&PostgresUrl>,
    rng: &dyn Rng,
) -> Result<Option<ChosenDatabase>, CliError> {
    let remembered = match (read(folder)?, asked) {
        (Some(remembered), _) => remembered,
        (None, None) => return Ok(None),
        (None, Some(_)) if folder.join(STORE).exists() => return Err(in_folder(folder)),
        (None, Some(asked)) => {
            let url = asked.without_password().to_owned();
            let new = Remembered { url, installation: uuid_v4(rng), begun: false };
            // Before the database learns of it: so it is known again after a crash in between.
            write(&folder.join(REMEMBERED), &new)?;
            new
        }
    };
    let url = match asked {
        Some(asked) => asked.clone(),
        None => parse(&remembered.url)?,
    };
    Ok(Some(ChosenDatabase { url, remembered }))
}

/// A database that the folder's store is to move to. The folder remembers what it called itself there, so that a move that
/// was cut short is begun again in the same database.
pub(super) fn to_move_to(
    folder: &Path,
    url: &PostgresUrl,
    rng: &dyn Rng,
) -> Result<ChosenDatabase, CliError> {
    let path = folder.join(MOVING);
    let before = files::read(&path)?.and_then(|content| serde_json::from_slice(&content).ok());
    let shown = url.without_password();
    let remembered = match before {
        Some(remembered @ Remembered { .. }) if remembered.url == shown => remembered,
        _ => Remembered { url: shown.to_owned(), installation: uuid_v4(rng), begun: false },
    };
    write(&path, &remembered)?;
    Ok(ChosenDatabase { url: url.clone(), remembered })
}

/// A move that is over, or that nobody goes on with.
pub(super) fn forget_move(folder: &Path) {
    // What stays is of no use, and does no harm.
    let _ = std::fs::remove_file(folder.join(MOVING));
}

/// The address of a folder's database, when it has one.
pub(super) fn remembered(folder: &Path) -> Result<Option<String>, CliError> {
    Ok(read(folder)?.map(|it| it.url))
}

/// Reads what was typed or is in the environment. A password on the command line is one that everybody on the
/// machine can read.
pub(crate) fn parse_asked(text: &str) -> Result<PostgresUrl, CliError> {
    let url = parse(text)?;
    let typed = std::env::var(VARIABLE).ok().as_deref() != Some(text);
    if typed && url.has_password() {
        let message = "a password on the command line can be read by everybody on this machine";
        return Err(CliError::usage("database.password", message)
            .suggest(format!("Give the whole address in the environment: `{VARIABLE}`."))
            .suggest("Or leave the password out, and give it in `PGPASSWORD` or in `~/.pgpass`."));
    }
    Ok(url)
}

fn parse(text: &str) -> Result<PostgresUrl, CliError> {
    PostgresUrl::parse(text).map_err(|e| {
        CliError::usage("database.address", e.to_string())
            .suggest("Name it as in `postgres://weir@db.example:5432/weir?sslmode=verify-full`.")
    })
}

fn in_folder(folder: &Path) -> CliError {
    let shown = folder.display();
    let message = format!("the control plane of the data folder {shown} lies in its file {STORE}");
    CliError::new(ErrorKind::Conflict, "database.other", message)
        .suggest("Start without `--database-url` to use it.")
        .suggest("Move it: `weir database migrate URL`, also while Weir runs.")
        .suggest("Or start with another folder: `weir up --data-dir DIR --database-url URL`.")
}

fn read(folder: &Path) -> Result<Option<Remembered>, CliError> {
    let path = folder.join(REMEMBERED);
    let Some(content) = files::read(&path)? else { return Ok(None) };
    serde_json::from_slice(&content).map(Some).map_err(|e| {
        let message = format!("{} is corrupt: {e}", path.display());
        CliError::internal("folder.corrupt", message)
            .suggest("Restore the file from a backup of the folder.")
    })
}

fn write(path: &Path, remembered: &Remembered) -> Result<(), CliError> {
    let text = serde_json::to_vec_pretty(remembered)
        .map_err(|e| CliError::internal("database.remember", e.to_string()))?;
    files::write_atomically(path, &text, files::PRIVATE)
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    fn url(text: &str) -> PostgresUrl {
        PostgresUrl::parse(text).unwrap()
    }

    #[test]
    fn a_folder_keeps_its_database_and_no_password() {
        let dir = tempfile::tempdir().unwrap();
        let rng = SeededRng::new(1);
        assert!(choose(dir.path(), None, &rng).unwrap().is_none());
        let asked = url("postgres://weir:s3cret@db/weir");
        let first = choose(dir.path(), Some(&asked), &rng).unwrap().unwrap();
        assert_eq!(first.url, asked, "the password is used");
        assert!(first.owner().may_begin);
        let text = std::fs::read_to_string(dir.path().join(REMEMBERED)).unwrap();
        assert!(!text.contains("s3cret"), "{text}");

        // Cut short before the database knew: the same installation.
        let again = choose(dir.path(), None, &rng).unwrap().unwrap();
        assert_eq!(again.owner().installation, first.owner().installation);
        assert!(again.owner().may_begin);
        again.begun(dir.path()).unwrap();
        let later = choose(dir.path(), None, &rng).unwrap().unwrap();
        assert!(!later.owner().may_begin, "it cannot be empty any more");

        let moved = url("postgres://weir@replica/weir");
        choose(dir.path(), Some(&moved), &rng).unwrap().unwrap().begun(dir.path()).unwrap();
        let found = remembered(dir.path()).unwrap();
        assert_eq!(found.as_deref(), Some("postgres://weir@replica/weir"));
        let last = choose(dir.path(), None, &rng).unwrap().unwrap();
        assert_eq!(last.owner().installation, first.owner().installation);
    }

    #[test]
    fn a_store_in_the_folder_is_not_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(STORE), "").unwrap();
        let asked = url("postgres://weir@db/weir");
        let error = choose(dir.path(), Some(&asked), &SeededRng::new(1)).unwrap_err();
        assert_eq!(error.code, "database.other");
        assert!(!dir.path().join(REMEMBERED).exists());
        assert!(choose(dir.path(), None, &SeededRng::new(1)).unwrap().is_none());
    }

    #[test]
    fn a_typed_password_is_refused_and_not_repeated() {
        let error = parse_asked("postgres://weir:s3cret@db/weir").unwrap_err();
        assert_eq!(error.code, "database.password");
        assert!(!format!("{error:?}").contains("s3cret"));
        parse_asked("postgres://weir@db/weir").unwrap();
    }
}
