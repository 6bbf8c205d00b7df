use uuid::Uuid;

use crate::group::Text;

/// One topic whose offsets a client asks for, resolved by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchTopic {
    /// Its name.
    pub name: Text,
    /// The topic that has the name at this moment; `None` when there is none.
    pub id: Option<Uuid>,
    /// Its partitions.
    pub partitions: Vec<i32>,
}

/// The committed offset of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedOffset {
    /// Which partition.
    pub partition: i32,
    /// The next offset to read, -1 when none is committed.
    pub offset: i64,
    /// The leader epoch of the last record read, -1 when the client knew none.
    pub leader_epoch: i32,
    /// What the client kept beside the offset.
    pub metadata: Text,
}

/// The committed offsets of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedTopic {
    /// Its name.
    pub name: Text,
    /// Which topic of that name the offsets belong to; `None` when the caller knew none.
    pub id: Option<Uuid>,
    /// Its partitions.
    pub offsets: Vec<FetchedOffset>,
}
