use bytes::{Buf as _, Bytes, BytesMut};

/// Cuts a stream of bytes into the JSON objects that stand in it one after the other. What is between the
/// brackets is not looked at.
#[derive(Debug)]
pub(super) struct Documents {
    bytes: BytesMut,
    /// Bytes of the first object that were looked at.
    seen: usize,
    depth: u32,
    in_text: bool,
    is_escaped: bool,
    max: usize,
}

/// Why no further object can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoDocument {
    #[error("the body must be JSON objects, one after the other")]
    NotAnObject,
    #[error(
        "The request included a message larger than the maximum message size the server can accept."
    )]
    TooLarge,
}

impl Documents {
    /// Objects of at most `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        let bytes = BytesMut::new();
        Self { bytes, seen: 0, depth: 0, in_text: false, is_escaped: false, max }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether an object has begun that is not there as a whole.
    pub(super) fn is_inside(&self) -> bool {
        self.seen > 0
    }

    /// The next object; `None` until more bytes come.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, NoDocument> {
        if self.seen == 0 {
            let space = self.bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.bytes.advance(space);
            if self.bytes.first().is_some_and(|first| *first != b'{') {
                return Err(NoDocument::NotAnObject);
            }
        }
        while let Some(byte) = self.bytes.get(self.seen).copied() {
            self.seen += 1;
            if self.seen > self.max {
                return Err(NoDocument::TooLarge);
            }
            if self.ends_with(byte) {
                let document = self.bytes.split_to(self.seen).freeze();
                self.seen = 0;
                return Ok(Some(document));
            }
        }
        Ok(None)
    }

    /// Takes one byte; whether the object ends with it.
    fn ends_with(&mut self, byte: u8) -> bool {
        if self.in_text {
            let escapes = byte == b'\\' && !self.is_escaped;
            self.in_text = byte != b'"' || self.is_escaped;
            self.is_escaped = escapes;
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.depth == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(documents: &mut Documents) -> Vec<String> {
        let mut found = Vec::new();
        while let Some(document) = documents.next().unwrap() {
            found.push(String::from_utf8(document.to_vec()).unwrap());
        }
        found
    }

    #[test]
    fn objects_are_found_wherever_the_stream_is_cut() {
        let texts = [r"{}", r#"{"a": {"b": [1, {}]}}"#, r#"{"t": "}\"]\\", "u": "{"}"#];
        let stream = format!(" {}{}\n\r\t{} ", texts[0], texts[1], texts[2]);
        for cut in 0..stream.len() {
            let mut documents = Documents::new(100);
            documents.push(&stream.as_bytes()[..cut]);
            let mut found = all(&mut documents);
            documents.push(&stream.as_bytes()[cut..]);
            found.extend(all(&mut documents));
            assert_eq!(found, texts, "cut at {cut}");
            assert!(!documents.is_inside());
        }
    }

    #[test]
    fn begun_object_is_known() {
        let mut documents = Documents::new(100);
        documents.push(b" {\"a\"");
        assert_eq!(documents.next(), Ok(None));
        assert!(documents.is_inside());
    }

    #[test]
    fn anything_but_objects_is_refused() {
        for text in ["[{}]", "1", "\"{}\"", "{}, {}", "}"] {
            let mut documents = Documents::new(100);
            documents.push(text.as_bytes());
            let first = documents.next();
            let refused = if first.is_ok() { documents.next() } else { first };
            assert_eq!(refused, Err(NoDocument::NotAnObject), "{text}");
        }
    }

    #[test]
    fn largest_object_is_bounded_before_it_is_whole() {
        let mut documents = Documents::new(4);
        documents.push(b"{  }{   }");
        assert!(documents.next().unwrap().is_some());
        assert_eq!(documents.next(), Err(NoDocument::TooLarge));
        let mut documents = Documents::new(4);
        documents.push(b"{\"aaaa");
        assert_eq!(documents.next(), Err(NoDocument::TooLarge));
    }
}
