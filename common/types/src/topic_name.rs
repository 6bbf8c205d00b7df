use crate::limits::TOPIC_NAME_LENGTH_MAX;

/// Why a text is no topic name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicNameError {
    /// Nothing was given.
    #[error("a topic name must not be empty")]
    Empty,
    /// `.` and `..` are refused, as Kafka does.
    #[error("a topic must not be called \".\" or \"..\"")]
    Dots,
    /// Longer than [`TOPIC_NAME_LENGTH_MAX`].
    #[error("a topic name has at most {TOPIC_NAME_LENGTH_MAX} characters, got {0}")]
    TooLong(usize),
    /// A character that Kafka does not allow.
    #[error("a topic name holds only ASCII letters, digits, '.', '_' and '-', got {0:?}")]
    Character(char),
}

/// Checks a topic name by Kafka's rules.
///
/// # Errors
/// The first rule that is broken.
pub fn check_topic_name(name: &str) -> Result<(), TopicNameError> {
    if name.is_empty() {
        return Err(TopicNameError::Empty);
    }
    if name == "." || name == ".." {
        return Err(TopicNameError::Dots);
    }
    if let Some(c) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || "._-".contains(*c))) {
        return Err(TopicNameError::Character(c));
    }
    if name.len() > TOPIC_NAME_LENGTH_MAX {
        return Err(TopicNameError::TooLong(name.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kafka_rules_hold() {
        assert_eq!(check_topic_name("orders.v1_a-b"), Ok(()));
        assert_eq!(check_topic_name(""), Err(TopicNameError::Empty));
        assert_eq!(check_topic_name(".."), Err(TopicNameError::Dots));
        assert_eq!(check_topic_name("a b"), Err(TopicNameError::Character(' ')));
        assert_eq!(check_topic_name(&"a".repeat(250)), Err(TopicNameError::TooLong(250)));
    }
}
