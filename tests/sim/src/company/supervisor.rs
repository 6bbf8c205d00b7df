use std::sync::Arc;
use std::time::Duration;

use broker::cell::OpenError;
use common_seams::Rng as _;
use storage::object_wal::SealError;
use storage::store::StoreError;
use storage::wal::WalError;

use super::process::Process;
use super::town::Town;

/// A process that does not open is started again so often.
const TRIES_MAX: u32 = 40;

/// Keeps one broker running, as a service manager does: whatever ends is started again.
pub(super) async fn keep(town: Arc<Town>, broker: i32) {
    let mut tries = 0;
    while !town.is_over() {
        let deadline = match town.rng.below(6) {
            0 => Duration::from_millis(town.rng.below(4000)),
            _ => Duration::MAX,
        };
        match tokio::time::timeout(deadline, town.start(broker)).await {
            Err(_) => town.summary.lock().killed_in_start += 1,
            Ok(Ok(process)) => {
                tries = 0;
                town.processes.lock().insert(broker, Arc::clone(&process));
                ended(&town, &process).await;
                town.processes.lock().remove(&broker);
            }
            Ok(Err(error)) => {
                tries += 1;
                town.history.note(format_args!("broker {broker} does not open: {error}"));
                let lost = matches!(error, OpenError::Seal(SealError::Lost { .. }));
                if lost || matches!(error, OpenError::Damaged { .. }) || tries > TRIES_MAX {
                    town.fail(&format!("I20: broker {broker} does not open: {error}"));
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(town.rng.below(8000))).await;
    }
}

/// Until the process is gone, or ends by itself, as one that was replaced must.
async fn ended(town: &Town, process: &Process) {
    let ended = tokio::select! {
        biased;
        () = process.gone.cancelled() => return,
        ended = process.site.server.cell().ended() => ended,
    };
    town.history.note(format_args!("{} ended: {ended:?}", process.life));
    match ended {
        Ok(()) => {}
        // A slot of its own that it meets again may be gone when it looks: collected by others.
        Err(
            WalError::Fenced { .. }
            | WalError::Replaced { .. }
            | WalError::Store(StoreError::NotFound(_)),
        ) => town.summary.lock().replaced += 1,
        Err(error) => {
            town.fail(&format!("I20: process {} ended with {error:?}", process.life));
        }
    }
    process.kill();
}
