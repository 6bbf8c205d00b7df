use std::collections::BTreeMap;
use std::time::Duration;

use crate::meta::ENTRIES_MAX;

/// Thresholds of the controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControllerSettings {
    /// Time between two beats of a broker. Default 0.5 s.
    pub beat_interval: Duration,
    /// A broker that is silent for so long is fenced. Default 8 s: a live migration takes up to 6.
    pub silence: Duration,
    /// Time between two fences for silence. Default 10 s.
    pub silence_fence_interval: Duration,
    /// When more than this share of the brokers falls silent together, in percent, it is probably the
    /// controller or the network that is ill. Default 30.
    pub silent_together_percent: u32,
    /// So many brokers at least are "together". Default 2.
    pub silent_together_min: u32,
    /// How long nobody is fenced for silence then. Default 60 s.
    pub silent_together_pause: Duration,
    /// A broker whose bytes wait for the store for so long is fenced, if others have progressed for twice
    /// as long. Default 10 s.
    pub stuck: Duration,
    /// How long to wait for an answer of a process that may be gone. Default 3 s.
    pub probe_patience: Duration,
    /// Groups on their way at a time when a broker is filled or drained. Default 16.
    pub urgent_moves_max: u32,
    /// Groups on their way at a time otherwise. Default 4.
    pub balance_moves_max: u32,
    /// Brokers may differ by so many groups less one. Default 2.
    pub balance_spread: u32,
    /// How long they must differ before anything moves. Default 30 s.
    pub balance_patience: Duration,
    /// A group is moved for balance at most once in this time. Default 300 s.
    pub group_rest: Duration,
    /// Bytes a second that a broker can take in. Default 200 MB/s, two thirds of what a core does.
    pub broker_capacity: u64,
    /// How far back the average of a group's use looks. Default 30 s.
    pub load_window: Duration,
    /// The same for the decision that there are too many brokers. Default 600 s.
    pub load_window_long: Duration,
    /// A broker that works at more than this is relieved, in percent of its capacity. Default 70.
    pub busy_percent: u32,
    /// Brokers may differ by so much of a capacity, in percent. Default 15.
    pub load_spread_percent: u32,
    /// When brokers work at more than this on average, more are needed. Default 60.
    pub scale_out_percent: u32,
    /// For how long. Default 120 s.
    pub scale_out_patience: Duration,
    /// When brokers work at less than this on average, fewer would do. Default 30.
    pub scale_in_percent: u32,
    /// For how long. Default 900 s.
    pub scale_in_patience: Duration,
    /// What brokers should work at when their number is chosen. Default 50.
    pub scale_target_percent: u32,
    /// A move that takes longer is cancelled, and tried again after as long. Default 30 s.
    pub move_patience: Duration,
    /// The same where a broker is filled or drained: such a move is tried again after this time.
    /// Default 1 s.
    pub urgent_retry: Duration,
    /// A log that could not be sealed is tried again after this time. Default 5 s.
    pub seal_retry: Duration,
    /// A snapshot of the metadata is written after so many entries. Default 1,024.
    pub metadata_entries: u64,
}

impl Default for ControllerSettings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            beat_interval: Duration::from_millis(500),
            silence: seconds(8),
            silence_fence_interval: seconds(10),
            silent_together_percent: 30,
            silent_together_min: 2,
            silent_together_pause: seconds(60),
            stuck: seconds(10),
            probe_patience: seconds(3),
            urgent_moves_max: 16,
            balance_moves_max: 4,
            balance_spread: 2,
            balance_patience: seconds(30),
            group_rest: seconds(300),
            broker_capacity: 200_000_000,
            load_window: seconds(30),
            load_window_long: seconds(600),
            busy_percent: 70,
            load_spread_percent: 15,
            scale_out_percent: 60,
            scale_out_patience: seconds(120),
            scale_in_percent: 30,
            scale_in_patience: seconds(900),
            scale_target_percent: 50,
            move_patience: seconds(30),
            urgent_retry: seconds(1),
            seal_retry: seconds(5),
            metadata_entries: ENTRIES_MAX,
        }
    }
}

impl ControllerSettings {
    /// A controller that does not answer for half of the patience is dialled anew, and has the other half
    /// to answer that.
    #[must_use]
    pub fn answer_patience(&self) -> Duration {
        self.probe_patience / 2
    }

    /// The settings by name, for people.
    #[must_use]
    pub fn describe(&self) -> BTreeMap<String, String> {
        let ms = |d: &Duration| d.as_millis().to_string();
        let all = [
            ("beat_interval_ms", ms(&self.beat_interval)),
            ("silence_ms", ms(&self.silence)),
            ("silence_fence_interval_ms", ms(&self.silence_fence_interval)),
            ("silent_together_percent", self.silent_together_percent.to_string()),
            ("silent_together_min", self.silent_together_min.to_string()),
            ("silent_together_pause_ms", ms(&self.silent_together_pause)),
            ("stuck_ms", ms(&self.stuck)),
            ("probe_patience_ms", ms(&self.probe_patience)),
            ("urgent_moves_max", self.urgent_moves_max.to_string()),
            ("balance_moves_max", self.balance_moves_max.to_string()),
            ("balance_spread_groups", self.balance_spread.to_string()),
            ("balance_patience_ms", ms(&self.balance_patience)),
            ("group_rest_ms", ms(&self.group_rest)),
            ("broker_capacity_bytes", self.broker_capacity.to_string()),
            ("load_window_ms", ms(&self.load_window)),
            ("load_window_long_ms", ms(&self.load_window_long)),
            ("busy_percent", self.busy_percent.to_string()),
            ("load_spread_percent", self.load_spread_percent.to_string()),
            ("scale_out_percent", self.scale_out_percent.to_string()),
            ("scale_out_patience_ms", ms(&self.scale_out_patience)),
            ("scale_in_percent", self.scale_in_percent.to_string()),
            ("scale_in_patience_ms", ms(&self.scale_in_patience)),
            ("scale_target_percent", self.scale_target_percent.to_string()),
            ("move_patience_ms", ms(&self.move_patience)),
            ("urgent_retry_ms", ms(&self.urgent_retry)),
            ("seal_retry_ms", ms(&self.seal_retry)),
            ("metadata_entries", self.metadata_entries.to_string()),
        ];
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
