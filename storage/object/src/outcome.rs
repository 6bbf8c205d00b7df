//! What a failed call has come to. The one place that knows how services say it.

use object_store::Error;
use storage::store::{PutMode, StoreError};

use crate::wire::Answer;

/// The longest reason that is passed on; servers answer with pages.
const REASON_MAX: usize = 300;

/// The call that failed.
#[derive(Debug)]
pub(crate) enum Call<'a> {
    Put(&'a PutMode),
    Get,
    Range,
    List,
    Delete,
}

impl Call<'_> {
    fn what(&self) -> &'static str {
        match self {
            Self::Put(_) => "put",
            Self::Get => "get",
            Self::Range => "get of a part",
            Self::List => "list",
            Self::Delete => "delete",
        }
    }
}

/// Tells a caller what it may conclude from `error`.
pub(crate) fn of(call: &Call<'_>, key: &str, answer: Answer, error: &Error) -> StoreError {
    let text = error.to_string();
    let key = key.to_owned();
    let status = match answer {
        Answer::Status(status) => status,
        // A request that timed out or whose connection broke may be anywhere.
        Answer::None => return unknown(call, key, &text),
        Answer::NotSent => return denied(call, key, &text),
    };
    match (status, call) {
        (408, _) | (500..=502 | 504..=599, _) => unknown(call, key, &text),
        // S3 answers so when the body did not come in time.
        (400, _) if text.contains("RequestTimeout") => unknown(call, key, &text),
        (429 | 503, _) => StoreError::Throttled { what: call.what(), key, reason: reason(&text) },
        (404, _) if is_about_the_bucket(&text) => denied(call, key, &text),
        // S3 answers a swap of nothing so, others answer 412.
        (404, Call::Put(PutMode::IfMatch(_))) => StoreError::Changed(key),
        (404, _) => StoreError::NotFound(key),
        // Azure says 409 for an object that is there, S3 for one that is being written or deleted.
        (409, Call::Put(PutMode::IfAbsent)) if text.contains("BlobAlreadyExists") => {
            StoreError::Exists(key)
        }
        (409, Call::Put(_)) => StoreError::Contended(key),
        (409, _) => unknown(call, key, &text),
        (304 | 412, Call::Put(PutMode::IfAbsent)) => StoreError::Exists(key),
        (304 | 412, Call::Put(PutMode::IfMatch(_))) => StoreError::Changed(key),
        (416, _) => StoreError::Range(key),
        (200..=299, Call::Put(_) | Call::Delete) => match error {
            // Azure answers a deletion in a batch whose own status is well.
            Error::NotFound { .. } => StoreError::NotFound(key),
            // It was done, but the answer does not say which version it made.
            _ => unknown(call, key, &text),
        },
        _ => denied(call, key, &text),
    }
}

fn is_about_the_bucket(text: &str) -> bool {
    ["NoSuchBucket", "ContainerNotFound", "bucket does not exist"].iter().any(|t| text.contains(t))
}

pub(crate) fn unknown(call: &Call<'_>, key: String, text: &str) -> StoreError {
    StoreError::Unknown { what: call.what(), key, reason: reason(text) }
}

pub(crate) fn denied(call: &Call<'_>, key: String, text: &str) -> StoreError {
    StoreError::Denied { what: call.what(), key, reason: reason(text) }
}

fn reason(text: &str) -> String {
    // The address and the duration come first, and can be long.
    let said = text.find("Server returned").map_or(text, |at| &text[at..]);
    let words: Vec<&str> = said.split_whitespace().collect();
    let mut line = words.join(" ");
    if let Some((end, _)) = line.char_indices().nth(REASON_MAX) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use storage::store::ETag;

    use super::*;

    fn outcome(call: &Call<'_>, answer: Answer, text: &str) -> StoreError {
        let source = std::io::Error::other(text.to_owned()).into();
        of(call, "k", answer, &Error::Generic { store: "S3", source })
    }

    #[test]
    fn a_status_decides_and_doubt_is_never_called_definite() {
        let create = Call::Put(&PutMode::IfAbsent);
        let swap_mode = PutMode::IfMatch(ETag("t".into()));
        let swap = Call::Put(&swap_mode);
        let said = |call: &Call<'_>, status| outcome(call, Answer::Status(status), "");
        let k = || "k".to_owned();
        assert_eq!(said(&create, 412), StoreError::Exists(k()));
        assert_eq!(said(&swap, 412), StoreError::Changed(k()));
        assert_eq!(said(&swap, 404), StoreError::Changed(k()));
        assert_eq!(said(&create, 409), StoreError::Contended(k()));
        assert_eq!(said(&swap, 409), StoreError::Contended(k()));
        assert_eq!(said(&Call::Get, 404), StoreError::NotFound(k()));
        assert_eq!(said(&Call::Range, 416), StoreError::Range(k()));
        for status in [401, 403, 400, 301, 307] {
            assert!(matches!(said(&create, status), StoreError::Denied { .. }), "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504, 200] {
            assert!(said(&create, status).is_unknown(), "{status}");
        }
        assert!(outcome(&create, Answer::None, "connection reset").is_unknown());
        assert!(outcome(&create, Answer::Status(400), "<Code>RequestTimeout</Code>").is_unknown());
        assert!(!outcome(&create, Answer::NotSent, "no key").is_unknown());
    }

    #[test]
    fn services_that_say_it_otherwise_are_understood() {
        let create = Call::Put(&PutMode::IfAbsent);
        let there = outcome(&create, Answer::Status(409), "<Code>BlobAlreadyExists</Code>");
        assert_eq!(there, StoreError::Exists("k".into()));
        let bucket = outcome(&Call::Get, Answer::Status(404), "<Code>NoSuchBucket</Code>");
        assert!(
            matches!(bucket, StoreError::Denied { .. }),
            "a missing bucket is no missing object"
        );
    }

    #[test]
    fn a_page_of_an_error_becomes_a_line() {
        let page = format!("PUT http://host/path - Server returned 500:\n  {}", "x".repeat(5000));
        match outcome(&Call::Get, Answer::Status(500), &page) {
            StoreError::Unknown { reason, .. } => {
                assert!(reason.starts_with("Server returned 500: x"), "{reason}");
                assert!(reason.chars().count() <= REASON_MAX + 1);
            }
            other => panic!("{other}"),
        }
    }
}
