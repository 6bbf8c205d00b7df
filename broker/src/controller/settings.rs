use std::collections::BTreeMap;
use std::time::Duration;

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
    /// A move that takes longer is cancelled, and tried again after as long. Default 30 s.
    pub move_patience: Duration,
    /// The same where a broker is filled or drained: such a move is tried again after this time.
    /// Default 1 s.
    pub urgent_retry: Duration,
    /// A log that could not be sealed is tried again after this time. Default 5 s.
    pub seal_retry: Duration,
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
            move_patience: seconds(30),
            urgent_retry: seconds(1),
            seal_retry: seconds(5),
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
            ("move_patience_ms", ms(&self.move_patience)),
            ("urgent_retry_ms", ms(&self.urgent_retry)),
            ("seal_retry_ms", ms(&self.seal_retry)),
        ];
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
