/// Why a group request is refused, with Kafka's number for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[repr(i16)]
pub enum GroupError {
    /// Nothing a client did; the server cannot go on.
    #[error("the coordinator failed")]
    Internal = -1,
    /// The topic or partition is not there.
    #[error("unknown topic or partition")]
    UnknownTopicOrPartition = 3,
    /// The text committed beside an offset is too long.
    #[error("the metadata of the offset is too large")]
    OffsetMetadataTooLarge = 12,
    /// The slot is being read from storage.
    #[error("the coordinator is loading")]
    CoordinatorLoadInProgress = 14,
    /// The coordinator cannot answer at the moment.
    #[error("the coordinator is not available")]
    CoordinatorNotAvailable = 15,
    /// Another broker leads the slot.
    #[error("this broker does not coordinate the group")]
    NotCoordinator = 16,
    /// The generation is not the current one.
    #[error("the generation is not the current one")]
    IllegalGeneration = 22,
    /// No protocol is shared with the other members.
    #[error("the member shares no protocol with the group")]
    InconsistentGroupProtocol = 23,
    /// The group id is empty or too long.
    #[error("the group id is not valid")]
    InvalidGroupId = 24,
    /// The member is not in the group.
    #[error("the member is not in the group")]
    UnknownMemberId = 25,
    /// The session time-out is outside the bounds of the broker.
    #[error("the session time-out is outside the allowed range")]
    InvalidSessionTimeout = 26,
    /// Members must join again.
    #[error("the group is rebalancing")]
    RebalanceInProgress = 27,
    /// The commit is larger than a record batch may be.
    #[error("the commit is too large")]
    InvalidCommitOffsetSize = 28,
    /// The caller may not read the topic.
    #[error("not authorised for the topic")]
    TopicAuthorizationFailed = 29,
    /// The caller may not use the group.
    #[error("not authorised for the group")]
    GroupAuthorizationFailed = 30,
    /// A member of the request is not valid.
    #[error("the request is not valid")]
    InvalidRequest = 42,
    /// The group has members.
    #[error("the group is not empty")]
    NonEmptyGroup = 68,
    /// There is no such group.
    #[error("the group does not exist")]
    GroupIdNotFound = 69,
    /// The member must join again with the id it was given.
    #[error("the member must join with the id it was given")]
    MemberIdRequired = 79,
    /// The group is full.
    #[error("the group is full")]
    GroupMaxSizeReached = 81,
    /// A newer process uses the same instance id.
    #[error("another member uses the instance id")]
    FencedInstanceId = 82,
    /// A member still reads the topic.
    #[error("the group is subscribed to the topic")]
    GroupSubscribedToTopic = 86,
}

impl GroupError {
    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> i16 {
        self as i16
    }
}
