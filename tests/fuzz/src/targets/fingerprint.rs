use std::hash::{DefaultHasher, Hash, Hasher};

/// A number for a behaviour: which way a decoder went, not what it decoded.
pub(super) fn fingerprint(behaviour: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    behaviour.hash(&mut hasher);
    hasher.finish()
}

/// Counts up to eight exactly and larger ones by magnitude, so that behaviours stay few.
pub(super) fn magnitude(count: usize) -> usize {
    if count <= 8 { count } else { 8 + count.ilog2() as usize }
}
