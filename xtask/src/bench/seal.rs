//! What encryption at rest costs by itself.

use anyhow::Result;

use crate::command;

const EXAMPLE: [&str; 8] =
    ["run", "--quiet", "--locked", "--release", "--package", "storage", "--example", "seal"];

pub(super) fn run() -> Result<()> {
    command::run(&mut command::cargo(EXAMPLE))
}
