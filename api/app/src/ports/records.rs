/// A record to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRecord {
    /// Where to; else by the key as Kafka's clients do, else anywhere.
    pub partition: Option<i32>,
    /// Milliseconds since the Unix epoch.
    pub timestamp_ms: i64,
    /// `None` is null.
    pub key: Option<Vec<u8>>,
    /// `None` is null.
    pub value: Option<Vec<u8>>,
    /// Name and value, in order; names may repeat.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// A record that is written and durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The partition that it is in.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// Its time: as asked, or that of the append where the topic wants it so.
    pub timestamp_ms: i64,
}

/// Why a record is not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// No such topic, or no such partition of it.
    #[error("{0}")]
    UnknownPartition(String),
    /// The caller's roles and ACLs do not allow it, or the key is gone.
    #[error("{0}")]
    Forbidden(String),
    /// Larger than the topic accepts.
    #[error("{0}")]
    TooLarge(String),
    /// The topic does not accept it as it is.
    #[error("{0}")]
    Invalid(String),
    /// Not acknowledged: it may be written all the same, and may be sent again.
    #[error("{0}")]
    Unavailable(String),
}
