use bytes::Bytes;

use crate::error::CliError;

/// A record as it is printed.
#[derive(Debug, Clone)]
pub(crate) struct RecordView<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp_ms: i64,
    pub(crate) key: Option<&'a Bytes>,
    pub(crate) value: Option<&'a Bytes>,
    pub(crate) headers: &'a [(String, Option<Bytes>)],
}

/// A template such as `%t %p %o %k %v %h\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordFormat(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Vec<u8>),
    Topic,
    Partition,
    Offset,
    Timestamp,
    Key,
    Value,
    Headers,
}

impl RecordFormat {
    /// Reads a template.
    pub(crate) fn parse(template: &str) -> Result<Self, CliError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut chars = template.chars();
        while let Some(c) = chars.next() {
            let part = match c {
                '\\' => {
                    text.push(escape(chars.next())?);
                    continue;
                }
                '%' => match chars.next() {
                    Some('%') => {
                        text.push('%');
                        continue;
                    }
                    verb => verb_part(verb)?,
                },
                other => {
                    text.push(other);
                    continue;
                }
            };
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text).into_bytes()));
            }
            parts.push(part);
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.into_bytes()));
        }
        Ok(Self(parts))
    }

    /// Appends a record. Keys and values are written byte for byte.
    pub(crate) fn write(&self, record: &RecordView<'_>, out: &mut Vec<u8>) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.extend_from_slice(text),
                Part::Topic => out.extend_from_slice(record.topic.as_bytes()),
                Part::Partition => out.extend_from_slice(record.partition.to_string().as_bytes()),
                Part::Offset => out.extend_from_slice(record.offset.to_string().as_bytes()),
                Part::Timestamp => {
                    out.extend_from_slice(record.timestamp_ms.to_string().as_bytes());
                }
                Part::Key => out.extend_from_slice(record.key.map_or(&[], |b| b.as_ref())),
                Part::Value => out.extend_from_slice(record.value.map_or(&[], |b| b.as_ref())),
                Part::Headers => write_headers(record.headers, out),
            }
        }
    }
}

fn write_headers(headers: &[(String, Option<Bytes>)], out: &mut Vec<u8>) {
    for (index, (name, value)) in headers.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        out.extend_from_slice(value.as_ref().map_or(&[], |b| b.as_ref()));
    }
}

fn verb_part(verb: Option<char>) -> Result<Part, CliError> {
    Ok(match verb {
        Some('t') => Part::Topic,
        Some('p') => Part::Partition,
        Some('o') => Part::Offset,
        Some('d') => Part::Timestamp,
        Some('k') => Part::Key,
        Some('v') => Part::Value,
        Some('h') => Part::Headers,
        Some(other) => return Err(unknown(&format!("\"%{other}\""))),
        None => return Err(unknown("a \"%\" at the end")),
    })
}

fn escape(c: Option<char>) -> Result<char, CliError> {
    match c {
        Some('n') => Ok('\n'),
        Some('t') => Ok('\t'),
        Some('r') => Ok('\r'),
        Some('0') => Ok('\0'),
        Some('\\') => Ok('\\'),
        Some(other) => Err(unknown(&format!("\"\\{other}\""))),
        None => Err(unknown("a \"\\\" at the end")),
    }
}

fn unknown(what: &str) -> CliError {
    CliError::usage("format.unknown", format!("the record format holds {what}")).suggest(
        "Use %t topic, %p partition, %o offset, %d timestamp, %k key, %v value, %h headers, %% and \\n \\t \\r \\0 \\\\.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(template: &str) -> Vec<u8> {
        let (key, value) = (Bytes::from_static(b"k"), Bytes::from_static(&[0xff, b'v']));
        let headers = [("a".to_owned(), Some(Bytes::from_static(b"1"))), ("b".to_owned(), None)];
        let record = RecordView {
            topic: "t",
            partition: 3,
            offset: 42,
            timestamp_ms: 7,
            key: Some(&key),
            value: Some(&value),
            headers: &headers,
        };
        let mut out = Vec::new();
        RecordFormat::parse(template).unwrap().write(&record, &mut out);
        out
    }

    #[test]
    fn every_verb_is_written() {
        assert_eq!(show("%t %p %o %d %k %h%%\\n"), b"t 3 42 7 k a=1,b=%\n");
    }

    #[test]
    fn bytes_are_kept() {
        assert_eq!(show("%v"), [0xff, b'v']);
    }

    #[test]
    fn unknown_verbs_are_refused_with_the_list() {
        for bad in ["%x", "%", "\\q", "\\"] {
            let error = RecordFormat::parse(bad).unwrap_err();
            assert!(error.suggestions[0].contains("%k key"), "{bad}");
        }
    }
}
