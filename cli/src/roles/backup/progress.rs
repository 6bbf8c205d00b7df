//! Says now and then how far a copy is.

use std::future::Future;
use std::time::Duration;

use super::vault::Sums;
use crate::output::note;

/// Time between two lines.
const INTERVAL: Duration = Duration::from_secs(2);

/// Waits for `work`, which puts what `sums` counts.
pub(super) async fn watched<T>(what: &str, sums: &Sums, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(INTERVAL) => {
                let (files, bytes) = {
                    let sums = sums.lock();
                    (sums.len(), sums.values().map(|file| file.size).sum::<u64>())
                };
                note(&format!("{what}: {files} files, {:.1} MB", bytes as f64 / 1e6));
            }
        }
    }
}
