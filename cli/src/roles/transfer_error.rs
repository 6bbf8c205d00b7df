//! Copies of cells that failed, as people are told.

use common_errors::ErrorKind;
use storage::meta::MetaError;
use storage::transfer::TransferError;

use crate::error::CliError;

/// What went wrong, and what to do about it.
pub(crate) fn tell(error: &TransferError) -> CliError {
    let made = |kind, code| CliError::new(kind, code, error.to_string());
    match error {
        TransferError::Store(_) | TransferError::Restless => {
            made(ErrorKind::Unavailable, "store.unavailable")
                .suggest("Check the addresses and the credentials, and try again.")
        }
        TransferError::NoCell(_) => made(ErrorKind::NotFound, "cell.unknown")
            .suggest("Name the store as it was given to `weir up --store`."),
        TransferError::Alive { .. } => made(ErrorKind::Conflict, "cell.alive")
            .suggest("Stop its brokers with `weir down`, and try again.")
            .suggest("If they can never come back, or to copy a cell that runs: `--force`. What is acknowledged from then on is not in the copy."),
        TransferError::NotEmpty(_) | TransferError::OtherCopy => {
            made(ErrorKind::Conflict, "store.not_empty")
                .suggest("Name an empty prefix or folder.")
        }
        TransferError::Unfinished => made(ErrorKind::Precondition, "store.unfinished")
            .suggest("Run `weir cell restore` or `weir cell migrate` again, with the same addresses: it goes on where it ended."),
        TransferError::OnDisk => made(ErrorKind::Invalid, "cell.on_disk")
            .suggest("Back it up with `weir backup create TARGET`; or move it into a store with `weir cell migrate`."),
        TransferError::Companion(_) => made(ErrorKind::Internal, "backup.store"),
        TransferError::Log(_) => made(ErrorKind::Precondition, "cell.lost_records")
            .suggest("Bring the objects back from a version of the bucket or from a backup, and try again."),
        TransferError::Meta(MetaError::Level(_)) => made(ErrorKind::Precondition, "cell.level")
            .suggest("See docs/operate/upgrade.md."),
        TransferError::Meta(_)
        | TransferError::Wal(_)
        | TransferError::Damaged { .. }
        | TransferError::NotClosed(_)
        | TransferError::Unreadable { .. } => made(ErrorKind::Precondition, "cell.damaged")
            .suggest("Check the source with `weir cell audit URL`, or its disk."),
    }
}
