use api_app::NewRecord;
use api_types::{KafkaError, RecordCreate, RecordData, RecordHeader, RecordSize, parse_rfc3339};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

/// A record as it was asked for, and what its report says of it.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) record: NewRecord,
    pub(super) key: Option<RecordSize>,
    pub(super) value: Option<RecordSize>,
}

/// Why a document is no record.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) error: KafkaError,
    /// It has not even the form of one.
    pub(super) is_malformed: bool,
}

impl Unreadable {
    pub(super) fn malformed(error_code: i32, message: String) -> Self {
        Self { error: KafkaError { error_code, message }, is_malformed: true }
    }

    fn refused(error_code: i32, message: String) -> Self {
        Self { error: KafkaError { error_code, message }, is_malformed: false }
    }
}

/// Reads one document. A record without a time has that of now.
pub(super) fn read(document: &[u8], now_ms: i64) -> Result<Read, Unreadable> {
    let asked: RecordCreate = serde_json::from_slice(document)
        .map_err(|e| Unreadable::malformed(400, format!("this is no record: {e}")))?;
    let timestamp_ms = match &asked.timestamp {
        None => now_ms,
        Some(text) => {
            let us = parse_rfc3339(text).ok_or_else(|| {
                Unreadable::malformed(400, format!("timestamp {text:?} is not RFC 3339"))
            })?;
            us.div_euclid(1000)
        }
    };
    let headers = asked.headers.unwrap_or_default().into_iter().map(header);
    let headers = headers.collect::<Result<_, _>>()?;
    let (key, key_size) = data("key", asked.key)?;
    let (value, value_size) = data("value", asked.value)?;
    let record = NewRecord { partition: asked.partition_id, timestamp_ms, key, value, headers };
    Ok(Read { record, key: key_size, value: value_size })
}

fn header(header: RecordHeader) -> Result<(String, Option<Vec<u8>>), Unreadable> {
    let value = header.value.map(|text| STANDARD.decode(text)).transpose();
    match value {
        Ok(value) => Ok((header.name, value)),
        Err(e) => {
            let text = format!("the value of header {:?} is not base64: {e}", header.name);
            Err(Unreadable::malformed(400, text))
        }
    }
}

type Bytes = (Option<Vec<u8>>, Option<RecordSize>);

fn data(what: &str, asked: Option<RecordData>) -> Result<Bytes, Unreadable> {
    let Some(asked) = asked else { return Ok((None, None)) };
    let of_schema = asked.schema_id.is_some()
        || asked.schema_version.is_some()
        || asked.schema.is_some()
        || asked.subject.is_some();
    let data_type = asked.data_type.unwrap_or_else(|| "BINARY".to_owned());
    if of_schema || ["AVRO", "JSONSCHEMA", "PROTOBUF"].contains(&data_type.as_str()) {
        let text = format!("{what}: schemas are not served yet; use BINARY, JSON or STRING");
        return Err(Unreadable::refused(422, text));
    }
    let bytes = asked.data.map(|data| bytes_of(what, &data_type, &data)).transpose()?;
    let size = bytes.as_ref().map_or(0, Vec::len) as u64;
    Ok((bytes, Some(RecordSize { data_type, size })))
}

fn bytes_of(what: &str, data_type: &str, data: &RawValue) -> Result<Vec<u8>, Unreadable> {
    let refuse = |text: &str| Unreadable::refused(400, format!("Bad Request: {what}.data {text}."));
    let text = || serde_json::from_str::<String>(data.get());
    match data_type {
        "JSON" => Ok(data.get().as_bytes().to_vec()),
        "STRING" => Ok(text().map_err(|_| refuse("is not a string"))?.into_bytes()),
        "BINARY" => {
            let read = text().ok().and_then(|text| STANDARD.decode(text).ok());
            read.ok_or_else(|| refuse("is not a base64 string"))
        }
        other => {
            let text = format!("{what}.type {other:?} is not one of BINARY, JSON, STRING");
            Err(Unreadable::refused(400, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Read, Unreadable> {
        read(text.as_bytes(), 7)
    }

    #[test]
    fn every_type_becomes_its_bytes() {
        let read = read_text(
            r#"{"partition_id": 3, "timestamp": "2021-02-05T19:14:42.5Z",
                "headers": [{"name": "h", "value": "MQ=="}, {"name": "h"}],
                "key": {"data": "Zm9vYmFy"}, "value": {"type": "JSON", "data": {"b": 1.10, "a": [ ]}}}"#,
        )
        .unwrap();
        let record = &read.record;
        assert_eq!((record.partition, record.timestamp_ms), (Some(3), 1_612_552_482_500));
        assert_eq!(record.key.as_deref(), Some(&b"foobar"[..]));
        assert_eq!(record.value.as_deref(), Some(&br#"{"b": 1.10, "a": [ ]}"#[..]));
        assert_eq!(record.headers, [("h".to_owned(), Some(b"1".to_vec())), ("h".to_owned(), None)]);
        assert_eq!(read.key, Some(RecordSize { data_type: "BINARY".to_owned(), size: 6 }));
        let read = read_text(r#"{"value": {"type": "STRING", "data": "a\nb"}}"#).unwrap();
        assert_eq!(read.record.value.as_deref(), Some(&b"a\nb"[..]));
        assert_eq!((read.record.timestamp_ms, read.key), (7, None));
    }

    #[test]
    fn null_is_null_in_every_type() {
        for kind in ["BINARY", "JSON", "STRING"] {
            let text = format!(r#"{{"key": null, "value": {{"type": "{kind}", "data": null}}}}"#);
            let read = read_text(&text).unwrap();
            assert_eq!((read.record.key, read.record.value), (None, None));
            assert_eq!(read.value, Some(RecordSize { data_type: kind.to_owned(), size: 0 }));
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused_with_its_code() {
        for (text, code, is_malformed) in [
            (r#"{"value": {"type": "BINARY", "data": 1}}"#, 400, false),
            (r#"{"value": {"data": "%"}}"#, 400, false),
            (r#"{"value": {"type": "STRING", "data": 1}}"#, 400, false),
            (r#"{"value": {"type": "XML", "data": "1"}}"#, 400, false),
            (r#"{"value": {"type": "AVRO", "data": "1"}}"#, 422, false),
            (r#"{"key": {"schema_id": 1, "data": "MQ=="}}"#, 422, false),
            (r#"{"headers": [{"name": "h", "value": "%"}]}"#, 400, true),
            (r#"{"timestamp": "yesterday"}"#, 400, true),
            (r#"{"partition_id": "A"}"#, 400, true),
            (r#"{"value": }"#, 400, true),
        ] {
            let refused = read_text(text).unwrap_err();
            assert_eq!(
                (refused.error.error_code, refused.is_malformed),
                (code, is_malformed),
                "{text}"
            );
        }
    }
}
