//! Kafka's codes for failures of topic operations.

use kafka_protocol::protocol::StrBytes;
use protocol::error_code;

use crate::cell::TopicError;

pub(super) fn code_of(e: &TopicError) -> i16 {
    match e {
        TopicError::Name(_) => error_code::INVALID_TOPIC_EXCEPTION,
        TopicError::Config(_) => error_code::INVALID_CONFIG,
        TopicError::Exists(_) => error_code::TOPIC_ALREADY_EXISTS,
        TopicError::Unknown(_) | TopicError::UnknownTenant(_) => {
            error_code::UNKNOWN_TOPIC_OR_PARTITION
        }
        TopicError::Partitions(_) => error_code::INVALID_PARTITIONS,
        TopicError::Storage(_) => error_code::KAFKA_STORAGE_ERROR,
    }
}

pub(super) fn text_of(e: &impl ToString) -> Option<StrBytes> {
    Some(StrBytes::from_string(e.to_string()))
}
