use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Store;

impl Store {
    /// For tests of what a crash leaves behind: every statement from now on, also one of a read, takes one from the
    /// number in this file, and behind the one that makes it 0 the process aborts. Nothing happens while there
    /// is no number in it.
    #[must_use]
    pub fn ending_by(self, countdown: PathBuf) -> Self {
        let one_at_a_time = Arc::new(Mutex::new(()));
        self.with(|connection| {
            let (countdown, one_at_a_time) = (countdown.clone(), Arc::clone(&one_at_a_time));
            connection.set_metric_callback(move |_| {
                let _one = one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
                let number = fs::read_to_string(&countdown).ok();
                match number.and_then(|text| text.trim().parse::<u64>().ok()) {
                    None => {}
                    Some(0 | 1) => std::process::abort(),
                    // A countdown that cannot be written is noticed by whoever reads it.
                    Some(left) => drop(fs::write(&countdown, (left - 1).to_string())),
                }
            });
        })
    }
}
