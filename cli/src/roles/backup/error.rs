//! Why there is no backup, or none is restored.

use common_errors::ErrorKind;
use storage::store::StoreError;
use storage::transfer::TransferError;

use crate::error::CliError;
use crate::roles::tell_transfer_error;

/// What the system says of a full disk.
const NO_SPACE: &str = "No space left";

/// A place that failed.
pub(super) fn place_failed(place: &str, error: &StoreError) -> CliError {
    match error {
        StoreError::Io { reason, .. } if reason.contains(NO_SPACE) => {
            let message = format!("{place}: the disk is full ({error})");
            CliError::new(ErrorKind::Internal, "disk.full", message)
                .suggest(format!(
                    "Free space there, see `df -h {place}`, and run the command again."
                ))
                .suggest("What it has written so far is of no use; the next run replaces it.")
        }
        StoreError::Denied { .. } => {
            CliError::new(ErrorKind::Forbidden, "store.denied", format!("{place}: {error}"))
                .suggest("Check the credentials in the environment.")
        }
        _ => {
            CliError::new(ErrorKind::Unavailable, "store.unavailable", format!("{place}: {error}"))
                .suggest("Check the address, the network and the disk, and run the command again.")
        }
    }
}

/// A cell that was not copied.
pub(super) fn not_copied(place: &str, error: &TransferError) -> CliError {
    match error {
        TransferError::Store(error) => place_failed(place, error),
        TransferError::Companion(why) => CliError::internal(
            "backup.store",
            format!("the control plane's store was not copied: {why}"),
        )
        .suggest("Check the disks, and run the command again. The running Weir is unharmed."),
        TransferError::Restless => tell_transfer_error(error).suggest(
            "Clusters are made or deleted, or brokers come and go: try again when that is over.",
        ),
        other => tell_transfer_error(other),
    }
}
