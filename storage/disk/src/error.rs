use std::path::Path;

use rustix::io::Errno;
use storage::wal::WalError;

/// Names the file, and tells a full disk from a failing one.
pub(crate) fn wal_error(what: &'static str, path: &Path, e: impl Into<std::io::Error>) -> WalError {
    let e = e.into();
    let path = path.display().to_string();
    let full =
        [Errno::NOSPC, Errno::DQUOT].iter().any(|n| e.raw_os_error() == Some(n.raw_os_error()));
    if full {
        WalError::Full { path, reason: e.to_string() }
    } else {
        WalError::Io { what, path, reason: e.to_string() }
    }
}
