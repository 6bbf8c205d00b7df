use std::collections::BTreeMap;

use bytes::Bytes;
use storage::store::{ByteRange, ETag, Listed, Part, PutMode, StoreError};

use crate::Flaw;
use crate::request::{Reply, Request};

/// Bytes and version of an object.
type Object = (Bytes, u64);

/// The objects, and what the store does wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    objects: BTreeMap<String, Object>,
    version: u64,
    pub(crate) flaw: Option<Flaw>,
    /// What the last put replaced.
    before: Option<(String, Option<Object>)>,
}

impl Objects {
    /// Applies a request, in one step. `was_absent` is what [`Objects::is_absent`] said when it was sent.
    pub(crate) fn apply(
        &mut self,
        request: &Request,
        was_absent: bool,
    ) -> Result<Reply, StoreError> {
        match request {
            Request::Put { key, body, mode } => {
                self.check(key, mode, was_absent)?;
                self.version += 1;
                let old = self.objects.insert(key.clone(), (body.concat(), self.version));
                self.before = Some((key.clone(), old));
                Ok(Reply::Stored(tag(self.version)))
            }
            Request::Get { key } => {
                self.read(key).map(|(bytes, version)| Reply::Whole(bytes, tag(version)))
            }
            Request::Range { key, range } => {
                let (whole, _) = self.read(key)?;
                cut(key, whole, range, self.flaw == Some(Flaw::IgnoresRange)).map(Reply::Part)
            }
            Request::List { prefix, after, max } => {
                Ok(Reply::Listed(self.list(prefix, after.as_deref(), *max)))
            }
            Request::Delete { key } => {
                self.objects.remove(key);
                Ok(Reply::Deleted)
            }
        }
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.objects.keys().cloned().collect()
    }

    pub(crate) fn bytes(&self, key: &str) -> Option<Bytes> {
        self.objects.get(key).map(|(bytes, _)| bytes.clone())
    }

    pub(crate) fn under(&self, prefix: &str) -> Vec<(String, Bytes)> {
        let under = self.objects.range(prefix.to_owned()..);
        let under = under.take_while(|(key, _)| key.starts_with(prefix));
        under.map(|(key, (bytes, _))| (key.clone(), bytes.clone())).collect()
    }

    pub(crate) fn restore(&mut self, prefix: &str, objects: &[(String, Bytes)]) {
        self.objects.retain(|key, _| !key.starts_with(prefix));
        for (key, bytes) in objects {
            self.version += 1;
            self.objects.insert(key.clone(), (bytes.clone(), self.version));
        }
    }

    pub(crate) fn vanish(&mut self, key: &str) -> bool {
        self.objects.remove(key).is_some()
    }

    /// Whether nothing is under the key of a request; the flawed store decides by that, too early.
    pub(crate) fn is_absent(&self, request: &Request) -> bool {
        !self.objects.contains_key(request.key())
    }

    fn check(&self, key: &str, mode: &PutMode, was_absent: bool) -> Result<(), StoreError> {
        let present = self.objects.get(key).map(|(_, version)| tag(*version));
        match mode {
            PutMode::IfAbsent => {
                let blind = self.flaw == Some(Flaw::IgnoresIfAbsent)
                    || (self.flaw == Some(Flaw::LooksThenWrites) && was_absent);
                if present.is_some() && !blind {
                    return Err(StoreError::Exists(key.to_owned()));
                }
            }
            PutMode::IfMatch(expected) => {
                let blind = self.flaw == Some(Flaw::IgnoresIfMatch);
                if present.as_ref() != Some(expected) && !blind {
                    return Err(StoreError::Changed(key.to_owned()));
                }
            }
        }
        Ok(())
    }

    fn read(&self, key: &str) -> Result<Object, StoreError> {
        let stale = match &self.before {
            Some((last, old)) if last == key && self.flaw == Some(Flaw::StaleRead) => Some(old),
            _ => None,
        };
        let found = stale.map_or_else(|| self.objects.get(key).cloned(), Clone::clone);
        found.ok_or_else(|| StoreError::NotFound(key.to_owned()))
    }

    fn list(&self, prefix: &str, after: Option<&str>, max: usize) -> Vec<Listed> {
        let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let after = after.filter(|_| self.flaw != Some(Flaw::IgnoresStart));
        let missed = match &self.before {
            Some((last, None)) if self.flaw == Some(Flaw::StaleList) => Some(last),
            _ => None,
        };
        let found = self.objects.iter().filter(|(key, _)| {
            key.starts_with(&folder)
                && after.is_none_or(|after| key.as_str() > after)
                && Some(*key) != missed
        });
        let listed = found.map(|(key, (b, _))| Listed { key: key.clone(), size: b.len() as u64 });
        listed.take(max).collect()
    }
}

fn tag(version: u64) -> ETag {
    ETag(format!("v{version}"))
}

fn cut(key: &str, whole: Bytes, range: &ByteRange, blind: bool) -> Result<Part, StoreError> {
    let size = whole.len() as u64;
    if blind {
        return Ok(Part { bytes: whole, size });
    }
    let (start, end) = match range {
        ByteRange::Between(r) => (r.start, r.end.min(size)),
        ByteRange::Last(n) => (size.saturating_sub(*n), size),
    };
    if start >= end {
        return Err(StoreError::Range(key.to_owned()));
    }
    let at = |v: u64| usize::try_from(v).unwrap_or(usize::MAX);
    Ok(Part { bytes: whole.slice(at(start)..at(end)), size })
}
