use std::sync::Arc;
use std::time::Duration;

use broker::group::{GroupCoordinator, GroupSettings, Now, Record, RecordError};
use bytes::Bytes;
use common_seams::SeededRng;
use common_types::TenantId;

use super::fingerprint::{fingerprint, magnitude};
use crate::target::Target;

pub(super) fn targets() -> Vec<Target> {
    vec![Target { name: "group-records", seeds, decode: load_twice }]
}

/// A record each: a byte of flags, a length of the key and of the value, and both.
fn split(input: &[u8]) -> Vec<Record> {
    let mut rest = input;
    let mut records = Vec::new();
    while let [flags, key_size, value_size, tail @ ..] = rest {
        let key = tail.len().min(usize::from(*key_size));
        let (key, tail) = tail.split_at(key);
        let value = tail.len().min(usize::from(*value_size));
        let (value, tail) = tail.split_at(value);
        let tenant = if flags & 1 == 0 { "lkc-1" } else { "lkc-2" };
        records.push(Record {
            tenant: tenant.parse::<TenantId>().expect("a tenant id"),
            key: Bytes::copy_from_slice(key),
            value: (flags & 2 == 0).then(|| Bytes::copy_from_slice(value)),
        });
        rest = tail;
    }
    records
}

/// A stored generation of two members, an offset, and both deleted again.
fn seeds() -> Vec<Vec<u8>> {
    let group_key = b"\x00\x02\x00\x01g".as_slice();
    let offset_key = b"\x00\x01\x00\x01g\x00\x01t\x00\x00\x00\x03".as_slice();
    let member = b"\x00\x01m\x00\x01i\x00\x01c\x00\x01h\x00\x00\xea\x60\x00\x00\x27\x10\
        \x00\x00\x00\x01s\x00\x00\x00\x01a";
    let mut group = b"\x00\x03\x00\x08consumer\x00\x00\x00\x05\x00\x05range\x00\x01m\
        \x00\x00\x01\x8b\xcf\xe5\x68\x7b\x00\x00\x00\x01"
        .to_vec();
    group.extend_from_slice(member);
    let mut offset = b"\x00\x04\x00\x00\x00\x00\x00\x00\x00\x2a\x00\x00\x00\x07\x02m\
        \x00\x00\x01\x8b\xcf\xe5\x68\x7b\x01\x00\x10"
        .to_vec();
    offset.extend_from_slice(&[7; 16]);
    let record = |flags: u8, key: &[u8], value: &[u8]| {
        let size = |bytes: &[u8]| u8::try_from(bytes.len()).expect("seeds are short");
        [&[flags, size(key), size(value)], key, value].concat()
    };
    let live = [record(0, group_key, &group), record(0, offset_key, &offset)].concat();
    let gone = [record(2, offset_key, &[]), record(2, group_key, &[])].concat();
    vec![live.clone(), [live, gone].concat()]
}

/// Whatever loads must give the same state from its snapshot.
fn load_twice(input: &[u8]) -> u64 {
    let groups = match load(split(input).into_iter()) {
        Ok(groups) => groups,
        Err(error) => return fingerprint(error.to_string()),
    };
    let snapshot = groups.snapshot();
    let again = load(snapshot.iter().cloned()).expect("a snapshot can be read");
    assert_eq!(again.snapshot(), snapshot, "a snapshot gives the same state");
    let tombstones = snapshot.iter().filter(|r| r.value.is_none()).count();
    fingerprint((magnitude(snapshot.len()), tombstones))
}

fn load(records: impl Iterator<Item = Record>) -> Result<GroupCoordinator, RecordError> {
    let now = Now { mono: Duration::from_secs(9), wall_ms: 1_700_000_000_000 };
    let rng = Arc::new(SeededRng::new(3));
    GroupCoordinator::load(GroupSettings::default(), rng, now, records)
}
