use std::fmt::Write as _;

/// A path below the endpoint, with its query. Every dynamic part is percent-encoded.
///
/// ```
/// let path = api_client::Path::new("/kafka/v3/clusters").segment("lkc-1").literal("topics");
/// assert_eq!(path.query("page_size", "100").to_string(), "/kafka/v3/clusters/lkc-1/topics?page_size=100");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    path: String,
    query: String,
}

impl Path {
    /// Starts from a fixed path, which must begin with `/`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), query: String::new() }
    }

    /// Appends a fixed segment.
    #[must_use]
    pub fn literal(mut self, segment: &str) -> Self {
        self.path.push('/');
        self.path.push_str(segment);
        self
    }

    /// Appends a segment that a person or another program chose.
    #[must_use]
    pub fn segment(mut self, segment: &str) -> Self {
        self.path.push('/');
        encode(&mut self.path, segment);
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        encode(&mut self.query, name);
        self.query.push('=');
        encode(&mut self.query, value);
        self
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.path, self.query)
    }
}

fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_leave_its_segment() {
        let path = Path::new("/a").segment("../b?c#d é").query("x&y", "1=2");
        assert_eq!(path.to_string(), "/a/..%2Fb%3Fc%23d%20%C3%A9?x%26y=1%3D2");
    }
}
