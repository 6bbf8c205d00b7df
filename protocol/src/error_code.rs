//! Error codes of the Kafka protocol, by their public names.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: i16 = $value;)*
    };
}

codes! {
    /// No error.
    NONE = 0;
    /// An unexpected failure of the server.
    UNKNOWN_SERVER_ERROR = -1;
    /// The offset is outside the log.
    OFFSET_OUT_OF_RANGE = 1;
    /// A record batch failed its checksum or is malformed.
    CORRUPT_MESSAGE = 2;
    /// No such topic or partition; retriable, since metadata may be old.
    UNKNOWN_TOPIC_OR_PARTITION = 3;
    /// There is no leader at the moment.
    LEADER_NOT_AVAILABLE = 5;
    /// Another broker leads.
    NOT_LEADER_OR_FOLLOWER = 6;
    /// Not finished in time.
    REQUEST_TIMED_OUT = 7;
    /// A batch is larger than `max.message.bytes`.
    MESSAGE_TOO_LARGE = 10;
    /// Commit metadata is too long.
    OFFSET_METADATA_TOO_LARGE = 12;
    /// The coordinator is loading.
    COORDINATOR_LOAD_IN_PROGRESS = 14;
    /// There is no coordinator at the moment.
    COORDINATOR_NOT_AVAILABLE = 15;
    /// A topic name breaks Kafka's rules.
    INVALID_TOPIC_EXCEPTION = 17;
    /// More bytes than one request may carry.
    RECORD_LIST_TOO_LARGE = 18;
    /// A number of acknowledgements that cannot be.
    INVALID_REQUIRED_ACKS = 21;
    /// The principal may not touch the topic.
    TOPIC_AUTHORIZATION_FAILED = 29;
    /// The principal may not touch the group.
    GROUP_AUTHORIZATION_FAILED = 30;
    /// The principal may not touch the cluster.
    CLUSTER_AUTHORIZATION_FAILED = 31;
    /// A timestamp is outside what the topic accepts.
    INVALID_TIMESTAMP = 32;
    /// The mechanism is not offered.
    UNSUPPORTED_SASL_MECHANISM = 33;
    /// A request that does not fit the state of authentication.
    ILLEGAL_SASL_STATE = 34;
    /// The version is not offered.
    UNSUPPORTED_VERSION = 35;
    /// The topic exists.
    TOPIC_ALREADY_EXISTS = 36;
    /// A partition count that cannot be.
    INVALID_PARTITIONS = 37;
    /// A replication factor that cannot be.
    INVALID_REPLICATION_FACTOR = 38;
    /// A replica assignment that cannot be.
    INVALID_REPLICA_ASSIGNMENT = 39;
    /// A setting that cannot be.
    INVALID_CONFIG = 40;
    /// A request that contradicts itself.
    INVALID_REQUEST = 42;
    /// The record format is too old for this server.
    UNSUPPORTED_FOR_MESSAGE_FORMAT = 43;
    /// Against a policy of the server.
    POLICY_VIOLATION = 44;
    /// A sequence is missing before this one.
    OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
    /// The batch was stored before, too long ago to say where.
    DUPLICATE_SEQUENCE_NUMBER = 46;
    /// A newer producer has the id.
    INVALID_PRODUCER_EPOCH = 47;
    /// The transactional id may not be used.
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53;
    /// The disk is full or failed.
    KAFKA_STORAGE_ERROR = 56;
    /// User name or password are wrong.
    SASL_AUTHENTICATION_FAILED = 58;
    /// The fetch session is not known.
    FETCH_SESSION_ID_NOT_FOUND = 70;
    /// The caller knows an older leader epoch.
    FENCED_LEADER_EPOCH = 74;
    /// The caller knows a newer leader epoch.
    UNKNOWN_LEADER_EPOCH = 75;
    /// The codec is not allowed for the version.
    UNSUPPORTED_COMPRESSION_TYPE = 76;
    /// The high watermark is not known yet.
    OFFSET_NOT_AVAILABLE = 78;
    /// A record breaks a rule of the topic.
    INVALID_RECORD = 87;
    /// The topic id is not known.
    UNKNOWN_TOPIC_ID = 100;
}
