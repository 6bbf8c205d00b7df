use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Who asks. What proves it is redacted when printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// An API key and its secret.
    Key {
        /// The id of the key.
        key: String,
        /// What proves possession of the key.
        secret: String,
    },
    /// The token of a person who signed in.
    Token(String),
}

impl Credentials {
    /// The value of the header `Authorization`.
    pub(crate) fn header(&self) -> String {
        match self {
            Self::Key { key, secret } => {
                format!("Basic {}", STANDARD.encode(format!("{key}:{secret}")))
            }
            Self::Token(token) => format!("Bearer {token}"),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { key, .. } => {
                f.debug_struct("Key").field("key", key).field("secret", &"redacted").finish()
            }
            Self::Token(_) => f.write_str("Token(redacted)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_not_printed() {
        let key = Credentials::Key { key: "K".to_owned(), secret: "hunter2".to_owned() };
        assert!(!format!("{key:?}").contains("hunter2"));
        let token = Credentials::Token("hunter2".to_owned());
        assert!(!format!("{token:?}").contains("hunter2"));
        assert_eq!(token.header(), "Bearer hunter2");
    }
}
