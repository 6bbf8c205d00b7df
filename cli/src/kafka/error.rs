use common_errors::ErrorKind;
use kafka_protocol::error::ResponseError;

use crate::error::CliError;

/// A broker's refusal as an error for people.
pub(super) fn refused(what: &str, code: i16, message: Option<&str>) -> CliError {
    let known = ResponseError::try_from_code(code);
    let why = match (message.filter(|m| !m.is_empty()), &known) {
        (Some(message), _) => message.to_owned(),
        (None, Some(ResponseError::Unknown(_)) | None) => format!("error {code}"),
        (None, Some(error)) => words(&format!("{error:?}")),
    };
    let error = CliError::new(kind(code), format!("kafka.{code}"), format!("{what}: {why}"));
    match code {
        3 => error.suggest("See the topics with `weir topic list`."),
        29..=31 => error.suggest("The owner of the key needs a role on the cluster, such as CloudClusterAdmin."),
        10 | 18 => error.suggest("Send smaller records, or raise `max.message.bytes` of the topic with `weir topic update`."),
        _ => error,
    }
}

/// Whether the same request may succeed a little later, with nothing done so far.
pub(super) fn retriable(code: i16) -> bool {
    ResponseError::try_from_code(code).is_some_and(|e| e.is_retriable())
}

/// No connection, or it broke.
pub(super) fn unreachable(address: &str, why: &str) -> CliError {
    let message = format!("cannot talk to Kafka at {address}: {why}");
    CliError::new(ErrorKind::Unavailable, "kafka.unreachable", message)
        .suggest("See whether Weir runs with `weir status`, and which address is used with `weir config explain`.")
}

/// No answer in time.
pub(super) fn timed_out(address: &str) -> CliError {
    let message = format!("Kafka at {address} did not answer in time");
    CliError::new(ErrorKind::Timeout, "kafka.timeout", message)
}

/// An answer that makes no sense.
pub(super) fn nonsense(address: &str, why: &str) -> CliError {
    let message = format!("Kafka at {address} sent something that cannot be read: {why}");
    CliError::internal("kafka.protocol", message)
}

fn kind(code: i16) -> ErrorKind {
    match code {
        3 | 69 | 100 => ErrorKind::NotFound,
        33 | 34 | 58 => ErrorKind::Unauthenticated,
        29..=31 => ErrorKind::Forbidden,
        10 | 18 => ErrorKind::Limit,
        7 => ErrorKind::Timeout,
        25 | 27 | 68 => ErrorKind::Conflict,
        17 | 37..=42 | 87 => ErrorKind::Invalid,
        code if retriable(code) => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    }
}

/// `NotLeaderOrFollower` as "not leader or follower".
fn words(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.extend(c.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_words_and_kinds() {
        let error = refused("cannot write to topic \"x\"", 6, None);
        assert_eq!(error.message, "cannot write to topic \"x\": not leader or follower");
        assert_eq!(error.kind, ErrorKind::Unavailable);
        assert_eq!(refused("x", 58, Some("wrong key")).kind, ErrorKind::Unauthenticated);
        assert_eq!(refused("x", 9999, None).message, "x: error 9999");
    }
}
