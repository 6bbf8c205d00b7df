use std::collections::BTreeMap;

use crate::Op;

/// Requests of one kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How often it was sent, whatever came of it.
    pub requests: u64,
    /// Bytes that went to the store, once per request.
    pub bytes_up: u64,
    /// Bytes that came back.
    pub bytes_down: u64,
}

/// Requests by kind and by the first segment of their key: `wal`, `seg`, `pg`, `meta`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts(BTreeMap<(Op, String), Count>);

impl Counts {
    /// Requests of one kind below one first segment.
    #[must_use]
    pub fn of(&self, op: Op, segment: &str) -> Count {
        self.0.get(&(op, segment.to_owned())).copied().unwrap_or_default()
    }

    /// Requests of one kind.
    #[must_use]
    pub fn all(&self, op: Op) -> Count {
        let of_op = self.0.iter().filter(|((o, _), _)| *o == op);
        of_op.fold(Count::default(), |sum, (_, c)| Count {
            requests: sum.requests + c.requests,
            bytes_up: sum.bytes_up + c.bytes_up,
            bytes_down: sum.bytes_down + c.bytes_down,
        })
    }

    /// Every kind and first segment that was seen.
    pub fn iter(&self) -> impl Iterator<Item = (Op, &str, Count)> {
        self.0.iter().map(|((op, segment), count)| (*op, segment.as_str(), *count))
    }

    pub(crate) fn entry(&mut self, op: Op, key: &str) -> &mut Count {
        let segment = key.split('/').next().unwrap_or_default();
        self.0.entry((op, segment.to_owned())).or_default()
    }
}
