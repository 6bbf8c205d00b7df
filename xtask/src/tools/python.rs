//! A Python environment with Kafka clients that nobody here wrote.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{command, workspace};

/// What the suites import. Changing a line makes a new environment.
const REQUIREMENTS: &[&str] = &[
    "confluent-kafka==2.16.1",
    "kafka-python==3.0.12",
    "pyarrow==26.0.1",
    "requests==2.34.2",
    "pytest==9.0.2",
];

/// The interpreter of the environment, which is made on first use and kept in the user's cache.
pub(crate) fn environment() -> Result<PathBuf> {
    let folder = workspace::cache_dir()?.join("python");
    let python = folder.join("bin/python");
    let wanted = REQUIREMENTS.join("\n");
    let stamp = folder.join("weir-requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let mut venv = command::program("python3", ["-m", "venv", "--clear"]);
    command::run(venv.arg(&folder)).context("install it with `apt-get install python3-venv`")?;
    let mut pip = command::program(&python, ["-m", "pip", "install", "--quiet"]);
    command::run(pip.arg("--disable-pip-version-check").args(REQUIREMENTS))?;
    // Written last: an installation that was cut short is made again.
    std::fs::write(&stamp, wanted).with_context(|| format!("write {}", stamp.display()))?;
    Ok(python)
}
