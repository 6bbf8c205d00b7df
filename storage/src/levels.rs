//! Format levels: what a binary reads and writes, and what that means for a cell.
//!
//! A cell has one level. Manifests and the metadata's snapshot and pointer carry it, because they are
//! written again and again. Any other object carries the level since which its format is what it is, so
//! that raising the level of a cell changes nothing about what did not change.
//!
//! *Invariants*
//! * Nothing of a level above the cell's is ever written: until the level is raised, the version before
//!   reads everything.
//! * A level is raised only when all brokers that may still write or take over know it, and never falls.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The level of the first release, and of every format that has not changed since.
pub const FIRST_LEVEL: u16 = 1;

/// The highest format level that this version reads and writes.
pub const FORMAT_LEVEL: u16 = 1;

/// The version of this binary, for those who have to be told which one to run.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The levels of cells that a binary can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatLevels {
    /// The lowest that it reads.
    pub read_min: u16,
    /// The highest that it writes, and reads.
    pub write_max: u16,
}

/// What a broker that says nothing can do: the first release said nothing.
impl Default for FormatLevels {
    fn default() -> Self {
        Self { read_min: FIRST_LEVEL, write_max: FIRST_LEVEL }
    }
}

impl fmt::Display for FormatLevels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.read_min, self.write_max)
    }
}

/// A binary cannot serve a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelError {
    /// The level of the cell.
    pub level: u16,
    /// What the binary knows.
    pub known: FormatLevels,
    /// The version that raised the level, where it is known.
    pub raised_by: Option<String>,
}

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, known, raised_by } = self;
        write!(
            f,
            "the cell has format level {level}, and this version of Weir, {VERSION}, knows levels {known}: "
        )?;
        if *level < known.read_min {
            return f.write_str("raise the level with a version in between first");
        }
        match raised_by {
            Some(version) => write!(f, "run version {version}, which raised it, or a newer one"),
            None => f.write_str("run the version that the cell was served with, or a newer one"),
        }
    }
}

impl std::error::Error for LevelError {}

impl FormatLevels {
    /// What this binary knows.
    #[must_use]
    pub fn own() -> Self {
        Self { read_min: FIRST_LEVEL, write_max: highest() }
    }

    /// Whether a cell of this level can be served.
    #[must_use]
    pub fn contains(self, level: u16) -> bool {
        (self.read_min..=self.write_max).contains(&level)
    }

    /// Refuses a cell that cannot be served.
    ///
    /// # Errors
    /// When its level is not among these.
    pub fn check(self, level: u16, raised_by: Option<&str>) -> Result<(), LevelError> {
        if self.contains(level) {
            return Ok(());
        }
        Err(LevelError { level, known: self, raised_by: raised_by.map(str::to_owned) })
    }
}

#[cfg(debug_assertions)]
static OF_PROCESS: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(FORMAT_LEVEL);

#[cfg(debug_assertions)]
thread_local! {
    static OF_THREAD: std::cell::Cell<Option<u16>> = const { std::cell::Cell::new(None) };
}

#[cfg(debug_assertions)]
fn highest() -> u16 {
    let of_process = || OF_PROCESS.load(std::sync::atomic::Ordering::Relaxed);
    OF_THREAD.get().unwrap_or_else(of_process)
}

#[cfg(not(debug_assertions))]
const fn highest() -> u16 {
    FORMAT_LEVEL
}

/// Makes this thread take itself for a version that knows levels up to `highest`. Tests rehearse an upgrade
/// with it before there is a second level; a release has no such switch.
#[cfg(debug_assertions)]
pub fn rehearse(highest: u16) {
    OF_THREAD.set(Some(highest));
}

/// As [`rehearse`], for all threads of a process: real ones are upgraded so.
#[cfg(debug_assertions)]
pub fn rehearse_process(highest: u16) {
    OF_PROCESS.store(highest, std::sync::atomic::Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_refused_with_the_version_to_run() {
        let known = FormatLevels { read_min: 2, write_max: 3 };
        assert_eq!(known.check(2, None), Ok(()));
        assert_eq!(known.check(3, Some("9.9.9")), Ok(()));
        let newer = known.check(4, Some("9.9.9")).unwrap_err().to_string();
        assert!(newer.contains("format level 4") && newer.contains("levels 2 to 3"), "{newer}");
        assert!(newer.ends_with("run version 9.9.9, which raised it, or a newer one"), "{newer}");
        let older = known.check(1, None).unwrap_err().to_string();
        assert!(older.ends_with("raise the level with a version in between first"), "{older}");
    }

    #[test]
    #[cfg(debug_assertions)]
    fn a_rehearsal_is_that_of_one_thread() {
        rehearse(FORMAT_LEVEL + 1);
        assert!(FormatLevels::own().contains(FORMAT_LEVEL + 1));
        let elsewhere = std::thread::spawn(|| FormatLevels::own().contains(FORMAT_LEVEL + 1));
        assert!(!elsewhere.join().unwrap());
        rehearse(FORMAT_LEVEL);
    }
}
