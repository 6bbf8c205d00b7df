//! What a failed call has come to. The one place that knows how etcd says it.

use storage::store::StoreError;

use crate::rpc::Refusal;

/// The longest reason that is passed on; proxies answer with pages.
const REASON_MAX: usize = 300;

// Codes of gRPC.
const INVALID_ARGUMENT: u32 = 3;
const NOT_FOUND: u32 = 5;
const PERMISSION_DENIED: u32 = 7;
const RESOURCE_EXHAUSTED: u32 = 8;
const FAILED_PRECONDITION: u32 = 9;
const UNIMPLEMENTED: u32 = 12;
const UNAVAILABLE: u32 = 14;
const UNAUTHENTICATED: u32 = 16;

/// The call that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) what: &'static str,
    pub(crate) key: &'a str,
}

/// An answer that is no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    status: u16,
    code: Option<u32>,
    reason: String,
}

impl Said {
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        let refusal: Option<Refusal> = serde_json::from_slice(body).ok();
        let Some(refusal) = refusal.filter(|r| r.code.is_some()) else {
            let text = String::from_utf8_lossy(body);
            return Self { status, code: None, reason: line(&format!("status {status} {text}")) };
        };
        let text = if refusal.message.is_empty() { refusal.error } else { refusal.message };
        Self { status, code: refusal.code, reason: line(&text) }
    }

    /// Whether another token may help: nothing was done.
    pub(crate) fn wants_token(&self) -> bool {
        self.code == Some(UNAUTHENTICATED) || self.reason.contains("revision of auth store is old")
    }

    /// Whether another member may do better.
    pub(crate) fn is_away(&self) -> bool {
        self.code == Some(UNAVAILABLE) || self.status >= 500
    }

    /// What the caller may conclude.
    pub(crate) fn outcome(&self, call: Call<'_>) -> StoreError {
        let Call { what, key } = call;
        let (key, reason) = (key.to_owned(), self.reason.clone());
        match (self.code, self.status) {
            (
                Some(
                    INVALID_ARGUMENT | NOT_FOUND | PERMISSION_DENIED | FAILED_PRECONDITION
                    | UNIMPLEMENTED | UNAUTHENTICATED,
                ),
                _,
            ) => StoreError::Denied { what, key, reason },
            (Some(RESOURCE_EXHAUSTED), _) | (None, 429 | 503) => {
                StoreError::Throttled { what, key, reason }
            }
            // It comes from a proxy, or from something that is no etcd.
            (None, 300..=407 | 409..=499) => StoreError::Denied { what, key, reason },
            _ => StoreError::Unknown { what, key, reason },
        }
    }
}

impl Call<'_> {
    pub(crate) fn unknown(self, reason: &str) -> StoreError {
        let key = self.key.to_owned();
        StoreError::Unknown { what: self.what, key, reason: line(reason) }
    }

    pub(crate) fn denied(self, reason: &str) -> StoreError {
        let key = self.key.to_owned();
        StoreError::Denied { what: self.what, key, reason: line(reason) }
    }
}

fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut line = words.join(" ");
    if let Some((end, _)) = line.char_indices().nth(REASON_MAX) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, body: &str) -> StoreError {
        let call = Call { what: "put", key: "k" };
        Said::read(status, body.as_bytes()).outcome(call)
    }

    fn coded(status: u16, code: u32, text: &str) -> StoreError {
        outcome(status, &format!(r#"{{"error":"{text}","message":"{text}","code":{code}}}"#))
    }

    #[test]
    fn a_refusal_is_definite() {
        for (status, code, text) in [
            (400, 3, "etcdserver: user name is empty"),
            (400, 3, "etcdserver: request is too large"),
            (403, 7, "etcdserver: permission denied"),
            (401, 16, "etcdserver: invalid auth token"),
        ] {
            match coded(status, code, text) {
                StoreError::Denied { reason, .. } => assert_eq!(reason, text),
                other => panic!("{other}"),
            }
        }
        assert!(matches!(outcome(404, "no such page"), StoreError::Denied { .. }));
    }

    #[test]
    fn doubt_is_never_called_definite() {
        for (status, code, text) in [
            (503, 14, "etcdserver: request timed out"),
            (500, 2, "etcdserver: stopped"),
            (504, 4, "context deadline exceeded"),
            (429, 8, "etcdserver: too many requests"),
        ] {
            assert!(coded(status, code, text).is_unknown(), "{text}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(outcome(status, "<html>").is_unknown(), "{status}");
        }
        let full = coded(429, 8, "etcdserver: mvcc: database space exceeded");
        assert!(matches!(full, StoreError::Throttled { .. }), "{full}");
    }
}
