//! Keys and heads. Frozen: what is written must stay readable.

use storage::store::ETag;

use crate::rpc::{Compare, DeleteRange, Int, Range, Raw, Target};

/// The largest value of a key; etcd refuses requests of more than 1.5 MiB.
pub(crate) const PART: usize = 1 << 20;
/// Parts of the largest object; etcd takes 128 operations in a transaction.
pub(crate) const PARTS_MAX: usize = 120;

/// What an object consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Of the put that made it.
    pub(crate) nonce: u128,
    pub(crate) parts: u32,
    pub(crate) size: u64,
}

/// A head, and the revision that wrote it. An etcd that was restored counts revisions a second time, but
/// nobody draws a nonce again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) revision: i64,
    pub(crate) head: Head,
}

impl Head {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        self.text().into_bytes()
    }

    fn text(self) -> String {
        format!("{:032x} {} {}", self.nonce, self.parts, self.size)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(bytes).ok()?.split(' ');
        let head = Self {
            nonce: u128::from_str_radix(words.next()?, 16).ok()?,
            parts: words.next()?.parse().ok()?,
            size: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(head)
    }
}

impl Version {
    pub(crate) fn tag(self) -> ETag {
        ETag(format!("{} {}", self.revision, self.head.text()))
    }

    pub(crate) fn of_tag(tag: &ETag) -> Option<Self> {
        let (revision, head) = tag.0.split_once(' ')?;
        Some(Self { revision: revision.parse().ok()?, head: Head::parse(head.as_bytes())? })
    }
}

/// Keys below one prefix.
#[derive(Debug)]
pub(crate) struct Layout {
    prefix: String,
}

impl Layout {
    pub(crate) fn new(prefix: String) -> Self {
        Self { prefix }
    }

    pub(crate) fn head(&self, key: &str) -> Raw {
        format!("{}/o/{key}", self.prefix).into()
    }

    /// The key of an object, by the key of its head.
    pub(crate) fn object<'a>(&self, head: &'a [u8]) -> Option<&'a str> {
        let key = std::str::from_utf8(head).ok()?;
        key.strip_prefix(&self.prefix)?.strip_prefix("/o/")
    }

    pub(crate) fn part(&self, key: &str, nonce: u128, part: u32) -> Raw {
        format!("{}/p/{key}\0{nonce:032x}{part:08x}", self.prefix).into()
    }

    /// All parts of an object, also of puts that are under way.
    pub(crate) fn all_parts(&self, key: &str) -> (Raw, Raw) {
        below(format!("{}/p/{key}\0", self.prefix))
    }

    /// The parts of one put.
    pub(crate) fn parts_of(&self, key: &str, nonce: u128) -> DeleteRange {
        let (key, range_end) = below(format!("{}/p/{key}\0{nonce:032x}", self.prefix));
        DeleteRange { key, range_end }
    }

    /// Heads below a folder, behind a key.
    pub(crate) fn heads(&self, folder: &str, after: Option<&str>, limit: usize) -> Range {
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let (mut key, range_end) = below(format!("{}/o/{folder}", self.prefix));
        if let Some(after) = after {
            // The first key behind it that there can be.
            let mut next = self.head(after);
            next.0.push(0);
            key = Raw(key.0.max(next.0));
        }
        Range { key, range_end, limit: Int(i64::try_from(limit).unwrap_or(i64::MAX)) }
    }

    pub(crate) fn is_absent(&self, key: &str) -> Vec<Compare> {
        let target = Target::Create { create_revision: Int(0) };
        vec![Compare { key: self.head(key), result: "EQUAL", target }]
    }

    pub(crate) fn is_version(&self, key: &str, version: Version) -> Vec<Compare> {
        let equal = |target| Compare { key: self.head(key), result: "EQUAL", target };
        let value = Raw(version.head.to_bytes());
        vec![
            equal(Target::Mod { mod_revision: Int(version.revision) }),
            equal(Target::Value { value }),
        ]
    }

    pub(crate) fn is_there(part: Raw) -> Compare {
        let target = Target::Create { create_revision: Int(0) };
        Compare { key: part, result: "GREATER", target }
    }
}

/// The range of all keys that begin with `prefix`, which ends in no 0xff.
fn below(prefix: String) -> (Raw, Raw) {
    let mut end = prefix.clone().into_bytes();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    (prefix.into(), Raw(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_heads_are_frozen() {
        let layout = Layout::new("cell".into());
        let head = Head { nonce: 0xab, parts: 2, size: 7 };
        assert_eq!(layout.head("meta/current").0, b"cell/o/meta/current");
        let part = layout.part("a", 0xab, 1).0;
        assert_eq!(part, b"cell/p/a\x00000000000000000000000000000000ab00000001");
        assert_eq!(head.to_bytes(), b"000000000000000000000000000000ab 2 7");
        let version = Version { revision: 9, head };
        assert_eq!(version.tag().0, "9 000000000000000000000000000000ab 2 7");
        assert_eq!(Version::of_tag(&version.tag()), Some(version));
        assert_eq!(Version::of_tag(&ETag("\"other\"".into())), None);
        assert_eq!(Head::parse(b"1 2 3 4"), None);
    }

    #[test]
    fn a_folder_is_not_another_whose_name_is_longer() {
        let layout = Layout::new("c".into());
        let all = layout.heads("f", None, 5);
        assert_eq!((&all.key.0[..], &all.range_end.0[..]), (&b"c/o/f/"[..], &b"c/o/f0"[..]));
        let rest = layout.heads("f", Some("f/x"), 5);
        assert_eq!(rest.key.0, b"c/o/f/x\0");
        assert_eq!(layout.heads("f", Some("a"), 5).key.0, b"c/o/f/");
        assert_eq!(layout.object(b"c/o/f/x"), Some("f/x"));
        let (from, to) = layout.all_parts("f");
        let inside = layout.part("f", u128::MAX, u32::MAX);
        let longer = layout.part("f/x", 0, 0);
        assert!(from.0 < inside.0 && inside.0 < to.0 && longer.0 > to.0);
    }
}
