//! A Postgres server of this test run: its own folder, a socket instead of a port, gone with the run.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

struct Server {
    folder: PathBuf,
    psql: PathBuf,
    /// Its shell stops the server when our end of its input closes, however this process ends.
    _shell: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The URL of an empty database.
pub(crate) fn new_database() -> String {
    let server = SERVER.get_or_init(start);
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::SeqCst));
    let made = psql(server, &format!("CREATE DATABASE {name}"));
    assert!(made, "CREATE DATABASE {name} failed");
    format!("postgres://weir@localhost/{name}?host={}", server.folder.display())
}

fn psql(server: &Server, statement: &str) -> bool {
    let mut command = Command::new(&server.psql);
    command.arg("-h").arg(&server.folder).args(["-U", "weir", "-d", "postgres", "-qc", statement]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().success()
}

fn start() -> Server {
    let (initdb, postgres, psql_path) = (binary("initdb"), binary("postgres"), binary("psql"));
    let folder = tempfile::Builder::new().prefix("weir-pg-").tempdir().unwrap().keep();
    let user = unprivileged_user();
    if let Some((uid, gid)) = user {
        chown(&folder, Some(uid), Some(gid)).unwrap();
    }
    let data = folder.join("data");
    let mut init = Command::new(initdb);
    init.arg("-D").arg(&data).args(["-U", "weir", "-A", "trust", "-N", "-E", "UTF8"]);
    init.args(["--locale", "C.UTF-8"]).current_dir("/");
    let made = as_user(&mut init, user).output().unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    // `read` ends when this process does. Speed is all that fsync=off buys: no test cuts power here.
    let script = "\"$0\" -D \"$1/data\" -k \"$1\" -c listen_addresses= -c fsync=off \
        -c max_connections=300 >\"$1/log\" 2>&1 & pid=$!; read -r _; kill -INT $pid; wait $pid; rm -rf \"$1\"";
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", script]).arg(postgres).arg(&folder).current_dir("/");
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let shell = as_user(&mut shell, user).spawn().unwrap();
    let server = Server { folder, psql: psql_path, _shell: shell };
    for _ in 0..600 {
        if psql(&server, "SELECT 1") {
            return server;
        }
        // A server that starts gives no other sign that it is up.
        #[expect(clippy::disallowed_methods, reason = "polls another process")]
        std::thread::sleep(Duration::from_millis(50));
    }
    let log = std::fs::read_to_string(server.folder.join("log")).unwrap_or_default();
    panic!("postgres did not come up in {}: {log}", server.folder.display());
}

fn as_user(command: &mut Command, user: Option<(u32, u32)>) -> &mut Command {
    match user {
        Some((uid, gid)) => command.uid(uid).gid(gid),
        None => command,
    }
}

/// Postgres refuses to run as root: the user `postgres`, else `nobody`. `None` when this is not root.
fn unprivileged_user() -> Option<(u32, u32)> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let root = status.lines().any(|line| line.starts_with("Uid:\t0\t"));
    if !root {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    for name in ["postgres", "nobody"] {
        let line = users.lines().find(|line| line.split(':').next() == Some(name));
        if let Some(line) = line {
            let mut fields = line.split(':').skip(2);
            let mut number = || fields.next().unwrap().parse().unwrap();
            return Some((number(), number()));
        }
    }
    panic!("neither postgres nor nobody is a user of this machine");
}

/// Debian's folders first: a wrapper elsewhere may want to run as somebody else.
fn binary(name: &str) -> PathBuf {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let found = folders.iter().map(|folder| folder.join(name)).find(|file| Path::is_file(file));
    found.unwrap_or_else(|| panic!("{name} is not installed: run `apt-get install postgresql`"))
}
