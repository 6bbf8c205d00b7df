use bytes::Bytes;
use storage::counted::Op;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, Part, PutMode};

/// What is on its way to the store.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Put { key: String, body: Payload, mode: PutMode },
    Get { key: String },
    Range { key: String, range: ByteRange },
    List { prefix: String, after: Option<String>, max: usize },
    Delete { key: String },
}

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Stored(ETag),
    Whole(Bytes, ETag),
    Part(Part),
    Listed(Vec<Listed>),
    Deleted,
}

impl Request {
    pub(crate) fn op(&self) -> Op {
        match self {
            Self::Put { .. } => Op::Put,
            Self::Get { .. } => Op::Get,
            Self::Range { .. } => Op::Range,
            Self::List { .. } => Op::List,
            Self::Delete { .. } => Op::Delete,
        }
    }

    /// The key, or the prefix of a listing.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Put { key, .. }
            | Self::Get { key }
            | Self::Range { key, .. }
            | Self::Delete { key } => key,
            Self::List { prefix, .. } => prefix,
        }
    }

    /// The operation as errors name it.
    pub(crate) fn what(&self) -> &'static str {
        match self.op() {
            Op::Put => "put",
            Op::Get => "get",
            Op::Range => "get of a part",
            Op::List => "list",
            Op::Delete => "delete",
        }
    }

    pub(crate) fn bytes_up(&self) -> u64 {
        match self {
            Self::Put { body, .. } => body.len(),
            _ => 0,
        }
    }
}

impl Reply {
    pub(crate) fn bytes_down(&self) -> u64 {
        match self {
            Self::Whole(bytes, _) => bytes.len() as u64,
            Self::Part(part) => part.bytes.len() as u64,
            Self::Stored(_) | Self::Listed(_) | Self::Deleted => 0,
        }
    }
}
