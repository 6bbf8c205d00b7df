//! What a wish is about, as people read it in a plan.

use std::fmt;

/// A kind with a name, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Object {
    /// `Topic`.
    pub(super) kind: &'static str,
    /// `orders`.
    pub(super) name: String,
    /// `staging/shop`; empty for what belongs to the organisation.
    pub(super) within: String,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        if self.within.is_empty() { Ok(()) } else { write!(f, " in {}", self.within) }
    }
}
