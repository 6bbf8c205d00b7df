//! The shapes of requests, walked before anything decodes them.
//!
//! A decoder that makes room for as many elements as an array claims can be told to make room for two
//! thousand million. The walk holds every count against the bytes that are there.

use crate::cursor::{Cursor, Malformed};
use crate::versions::{key, offered};

/// One shape: fields in order. `b h i l u` are 1, 2, 4, 8 and 16 bytes, `s` a string that may be null,
/// `y` bytes that may be null, `[…]` an array, `{…}` a struct; `@a-b` and `@a+` limit versions.
const SHAPES: &[(i16, &str)] = &[
    (
        key::FETCH,
        "i@0-14 i i i b i@7+ i@7+ [{s@0-12 u@13+ [{i i@9+ l i@12+ l@5+ i}]}] \
         [{s@0-12 u@13+ [i]}]@7+ s@11+",
    ),
    (key::LIST_OFFSETS, "i b@2+ [{s [{i i@4+ l}]}]"),
    (key::METADATA, "[{u@10+ s}] b@4+ b@8-10 b@8+"),
    (key::OFFSET_COMMIT, "s i s s@7+ l@2-4 [{s [{i l i@6+ s}]}]"),
    (key::OFFSET_FETCH, "s@0-7 [{s [i]}]@0-7 [{s s@9+ i@9+ [{s [i]}]}]@8+ b@7+"),
    (key::FIND_COORDINATOR, "s@0-3 b@1+ [s]@4+"),
    (key::JOIN_GROUP, "s i i@1+ s s@5+ s [{s y}] s@8+"),
    (key::HEARTBEAT, "s i s s@3+"),
    (key::LEAVE_GROUP, "s s@0-2 [{s s s@5+}]@3+"),
    (key::SYNC_GROUP, "s i s s@3+ s@5+ s@5+ [{s y}]"),
    (key::DESCRIBE_GROUPS, "[s] b@3+"),
    (key::LIST_GROUPS, "[s]@4+ [s]@5+"),
    (key::SASL_HANDSHAKE, "s"),
    (key::CREATE_TOPICS, "[{s i h [{i [i]}] [{s s}]}] i b"),
    (key::DELETE_TOPICS, "[{s u}]@6+ [s]@0-5 i"),
    (key::DELETE_RECORDS, "[{s [{i l}]}] i"),
    (key::INIT_PRODUCER_ID, "s i l@3+ h@3+"),
    (key::OFFSET_FOR_LEADER_EPOCH, "i@3+ [{s [{i i i}]}]"),
    (key::DESCRIBE_ACLS, "b s b s s b b"),
    (key::CREATE_ACLS, "[{b s b s s b b}]"),
    (key::DELETE_ACLS, "[{b s b s s b b}]"),
    (key::DESCRIBE_CONFIGS, "[{b s [s]}] b b@3+"),
    (key::ALTER_CONFIGS, "[{b s [{s s}]}] b"),
    (key::SASL_AUTHENTICATE, "y"),
    (key::CREATE_PARTITIONS, "[{s i [{[i]}]}] i b"),
    (key::DELETE_GROUPS, "[s]"),
    (key::INCREMENTAL_ALTER_CONFIGS, "[{b s [{s b s}]}] b"),
    (key::OFFSET_DELETE, "s [{s [{i}]}]"),
    (key::DESCRIBE_CLIENT_QUOTAS, "[{s b s}] b"),
    (key::ALTER_CLIENT_QUOTAS, "[{[{s s}] [{s l b}]}] b"),
    (key::DESCRIBE_CLUSTER, "b b@1+ b@2+"),
];

/// Walks the body of a request. Bytes behind it are left alone.
///
/// # Errors
/// When a length cannot be, or the API has no shape.
pub fn check(api: i16, version: i16, body: &[u8]) -> Result<(), Malformed> {
    let (_, shape) = SHAPES.iter().find(|(k, _)| *k == api).ok_or(Malformed(0))?;
    let flexible = offered(api).is_some_and(|o| version >= o.first_flexible);
    let mut cursor = Cursor::new(body);
    walk(shape, Walk { version, flexible }, &mut cursor)?;
    cursor.tags(flexible)
}

#[derive(Clone, Copy)]
struct Walk {
    version: i16,
    flexible: bool,
}

fn walk(shape: &str, w: Walk, c: &mut Cursor<'_>) -> Result<(), Malformed> {
    for field in fields(shape).filter(|f| f.has(w.version)) {
        match field.kind.as_bytes() {
            [b'b'] => c.skip(1)?,
            [b'h'] => c.skip(2)?,
            [b'i'] => c.skip(4)?,
            [b'l'] => c.skip(8)?,
            [b'u'] => c.skip(16)?,
            [b's'] => c.nullable_string(w.flexible).map(|_| ())?,
            [b'y'] => c.nullable_range(w.flexible).map(|_| ())?,
            [b'{', inner @ .., b'}'] => {
                walk(text(inner), w, c)?;
                c.tags(w.flexible)?;
            }
            [b'[', inner @ .., b']'] => {
                let inner = text(inner);
                let n = c.count(w.flexible, least(inner, w))?;
                (0..n).try_for_each(|_| walk(inner, w, c))?;
            }
            _ => return Err(Malformed(c.position())),
        }
    }
    Ok(())
}

/// The fewest bytes that a shape can take.
fn least(shape: &str, w: Walk) -> usize {
    fields(shape)
        .filter(|f| f.has(w.version))
        .map(|f| match f.kind.as_bytes() {
            [b'h'] => 2,
            [b'i'] => 4,
            [b'l'] => 8,
            [b'u'] => 16,
            [b's'] if !w.flexible => 2,
            [b'{', inner @ .., b'}'] => least(text(inner), w) + usize::from(w.flexible),
            [b'[' | b'y', ..] if !w.flexible => 4,
            _ => 1,
        })
        .sum()
}

fn text(inner: &[u8]) -> &str {
    std::str::from_utf8(inner).unwrap_or_default()
}

struct Field<'a> {
    kind: &'a str,
    versions: &'a str,
}

impl Field<'_> {
    fn has(&self, version: i16) -> bool {
        let number = |s: &str| s.parse::<i16>().unwrap_or(i16::MAX);
        match (self.versions.split_once('-'), self.versions.strip_suffix('+')) {
            (Some((from, to)), _) => (number(from)..=number(to)).contains(&version),
            (None, Some(from)) => version >= number(from),
            (None, None) => true,
        }
    }
}

/// The fields of a shape, split at spaces outside brackets.
fn fields(shape: &str) -> impl Iterator<Item = Field<'_>> {
    let mut depth = 0_i32;
    shape
        .split(move |c: char| {
            depth += match c {
                '[' | '{' => 1,
                ']' | '}' => -1,
                _ => 0,
            };
            c == ' ' && depth == 0
        })
        .filter(|f| !f.is_empty())
        .map(|f| match f.rfind('@').filter(|at| !f[*at..].contains(['}', ']'])) {
            Some(at) => Field { kind: &f[..at], versions: &f[at + 1..] },
            None => Field { kind: f, versions: "" },
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::OFFERED;

    #[test]
    fn every_api_that_is_decoded_has_a_shape() {
        let own = [key::PRODUCE, key::API_VERSIONS];
        for o in OFFERED.iter().filter(|o| !own.contains(&o.key)) {
            assert!(SHAPES.iter().any(|(k, _)| *k == o.key), "API {} has no shape", o.key);
        }
    }

    #[test]
    fn an_array_that_lies_about_its_length_is_refused() {
        assert!(check(key::METADATA, 1, &[0x7f, 0xff, 0xff, 0xff]).is_err());
        assert!(check(key::METADATA, 1, &[0xff, 0xff, 0xff, 0xff]).is_ok(), "null is all topics");
        assert!(check(key::METADATA, 1, &[0, 0, 0, 1, 0, 1, b'a']).is_ok());
        assert!(check(key::METADATA, 12, &[0xff, 0xff, 0xff, 0xff, 0x0f]).is_err());
        assert!(
            check(key::LIST_OFFSETS, 1, &[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, b't', 0x10, 0, 0, 0])
                .is_err()
        );
    }
}
