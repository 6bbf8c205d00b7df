//! How many brokers a cell at rest has when it wakes.

use std::path::Path;

use crate::error::CliError;
use crate::roles::broker_folder::{read_number, want, wanted, write_number};

/// Brokers that were wanted before there was to be none.
const AWAKE: &str = "awake";

/// Whether the folder's cell is to have no broker.
pub(crate) fn is_at_rest(data: &Path) -> Result<bool, CliError> {
    Ok(wanted(data)? == Some(0))
}

/// Asks for no broker. A running `weir up` acts on it at once.
pub(crate) fn rest(data: &Path) -> Result<(), CliError> {
    if let Some(brokers) = wanted(data)?.filter(|brokers| *brokers > 0) {
        write_number(data, AWAKE, brokers)?;
    }
    want(data, 0)
}

/// Asks for as many brokers as there were, unless somebody has asked for another number.
pub(super) fn wake(data: &Path) -> Result<(), CliError> {
    if is_at_rest(data)? { want(data, awake(data)?) } else { Ok(()) }
}

/// How many brokers wake.
pub(super) fn awake(data: &Path) -> Result<u32, CliError> {
    Ok(read_number(data, AWAKE)?.unwrap_or(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_brokers_wake_as_went_to_rest() {
        let dir = tempfile::tempdir().unwrap();
        want(dir.path(), 3).unwrap();
        rest(dir.path()).unwrap();
        assert!(is_at_rest(dir.path()).unwrap());
        rest(dir.path()).unwrap();
        wake(dir.path()).unwrap();
        assert_eq!(wanted(dir.path()).unwrap(), Some(3));
        rest(dir.path()).unwrap();
        want(dir.path(), 2).unwrap();
        wake(dir.path()).unwrap();
        assert_eq!(wanted(dir.path()).unwrap(), Some(2), "somebody asked for two meanwhile");
    }
}
