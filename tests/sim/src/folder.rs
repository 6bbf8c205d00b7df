use std::io;
use std::path::Path;

use tempfile::TempDir;

/// A folder for one seed, in memory where the system has such a place: a sync there costs nothing, and
/// the power supply knows what was synced anyway.
///
/// # Errors
/// When no folder can be made.
pub fn folder() -> io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir()
        && let Ok(folder) = tempfile::tempdir_in(memory)
    {
        return Ok(folder);
    }
    tempfile::tempdir()
}
