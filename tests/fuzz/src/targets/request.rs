use protocol::batch::BatchHeader;
use protocol::header::parse_request_header;
use protocol::versions::{key, offered};
use protocol::{batch, produce};

use super::fingerprint::{fingerprint, magnitude};
use crate::target::Target;

pub(super) fn targets() -> Vec<Target> {
    vec![
        Target { name: "request-header", seeds: header_seeds, decode: header },
        Target { name: "produce", seeds: produce_seeds, decode: produce_request },
        Target { name: "record-batch", seeds: batch_seeds, decode: record_batch },
    ]
}

/// Header and body of a request in every form that a client may send it in.
fn frame(api_key: i16, version: i16, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    frame.extend(api_key.to_be_bytes());
    frame.extend(version.to_be_bytes());
    frame.extend(42_i32.to_be_bytes());
    frame.extend(4_i16.to_be_bytes());
    frame.extend(b"fuzz");
    if offered(api_key).is_some_and(|api| version >= api.first_flexible) {
        frame.push(0);
    }
    frame.extend(body);
    frame
}

fn header_seeds() -> Vec<Vec<u8>> {
    let keys = [key::PRODUCE, key::FETCH, key::METADATA, key::API_VERSIONS];
    keys.into_iter()
        .flat_map(|api_key| {
            let max = offered(api_key).map_or(0, |api| api.max);
            [frame(api_key, 0, &[]), frame(api_key, max, b"\0\0body")]
        })
        .collect()
}

fn header(input: &[u8]) -> u64 {
    let first_flexible = |api_key| offered(api_key).map(|api| api.first_flexible);
    match parse_request_header(input, first_flexible) {
        Ok(header) => {
            assert!(header.body <= input.len(), "the body begins inside the frame");
            let known = offered(header.api_key).is_some();
            fingerprint((known, header.client_id.map(str::len).map(magnitude), header.body.min(64)))
        }
        Err(error) => fingerprint(error.0.min(64)),
    }
}

fn a_batch() -> Vec<u8> {
    let mut bytes = vec![0; 61];
    bytes[16] = 2;
    bytes[43..51].fill(0xff);
    bytes[51..53].fill(0xff);
    bytes[53..57].fill(0xff);
    bytes[57..61].copy_from_slice(&1_i32.to_be_bytes());
    bytes.extend([14, 0, 0, 0, 1, 2, b'v', 0]);
    let length = i32::try_from(bytes.len() - 12).expect("a short batch");
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    batch::renew_checksum(&mut bytes);
    bytes
}

fn produce_seeds() -> Vec<Vec<u8>> {
    let max = offered(key::PRODUCE).map_or(0, |api| api.max);
    (3..=max).map(|version| frame(key::PRODUCE, version, &produce_body(version))).collect()
}

/// One topic with one partition.
fn produce_body(version: i16) -> Vec<u8> {
    let records = a_batch();
    let mut body = Vec::new();
    let flexible = produce::is_flexible(version);
    if flexible {
        body.push(0);
        body.extend([0xff, 0xff, 0, 0, 0x27, 0x10, 2]);
        if version >= 13 {
            body.extend([5; 16]);
        } else {
            body.extend([2, b't']);
        }
        body.extend([2, 0, 0, 0, 0]);
        let length = u8::try_from(records.len() + 1).expect("a short batch");
        body.push(length);
        body.extend(&records);
        body.extend([0, 0, 0]);
    } else {
        body.extend([0xff, 0xff, 0xff, 0xff, 0, 0, 0x27, 0x10, 0, 0, 0, 1, 0, 1, b't']);
        body.extend([0, 0, 0, 1, 0, 0, 0, 0]);
        body.extend(i32::try_from(records.len()).expect("a short batch").to_be_bytes());
        body.extend(&records);
    }
    body
}

fn produce_request(input: &[u8]) -> u64 {
    let first_flexible = |api_key| offered(api_key).map(|api| api.first_flexible);
    let Ok(header) = parse_request_header(input, first_flexible) else {
        return fingerprint("header");
    };
    let version = header.api_version.clamp(3, offered(key::PRODUCE).map_or(3, |api| api.max));
    let request = match produce::parse(input, header.body, version) {
        Ok(request) => request,
        Err(error) => return fingerprint((version, error.0.min(128))),
    };
    let partitions: Vec<_> = request.topics.iter().flat_map(|topic| &topic.partitions).collect();
    let mut valid = 0;
    for (_, records) in &partitions {
        if let Some(range) = records {
            valid += usize::from(BatchHeader::validate(&input[range.clone()]).is_ok());
        }
    }
    fingerprint((version, [request.topics.len(), partitions.len(), valid].map(magnitude)))
}

fn batch_seeds() -> Vec<Vec<u8>> {
    vec![a_batch()]
}

/// A batch as it comes, and once more under a checksum that is right.
fn record_batch(input: &[u8]) -> u64 {
    let as_it_comes = BatchHeader::validate(input);
    let mut sealed = input.to_vec();
    let Ok(header) = BatchHeader::parse(input) else {
        return fingerprint(as_it_comes.map_err(|e| e.to_string()).map(|h| h.total_len));
    };
    sealed.truncate(header.total_len);
    batch::renew_checksum(&mut sealed);
    match BatchHeader::validate(&sealed) {
        Ok(header) => {
            batch::assign(&mut sealed, 1000, 3);
            let stored = BatchHeader::validate(&sealed).expect("offsets lie outside the checksum");
            assert_eq!((stored.base_offset, stored.leader_epoch), (1000, 3));
            fingerprint((header.codec(), header.attributes, magnitude(header.total_len)))
        }
        Err(error) => fingerprint(error.to_string()),
    }
}
