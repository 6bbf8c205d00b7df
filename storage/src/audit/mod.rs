//! Checks what lies in a store against what the cell says of it. Reads only.
//!
//! ```text
//! metadata -> logs (from the lowest slot that is needed to their end)
//! manifests -> partitions (extents without hole or overlap) -> segments (size, footer, blocks)
//! listing -> what nothing names
//! ```
//!
//! A cell that runs goes on meanwhile: slots become segments, segments are merged, groups move. So what
//! looks wrong is read again, and only what is still wrong then is told. Objects that a manifest names
//! are read after it, listings of what could be garbage before.
//!
//! *Not here*: the disk tier, whose files are checked when they are opened; repair.

mod cell;
mod extents;
mod finding;
mod groups;
mod listing;
mod logs;
mod report;
mod segments;
mod some;

pub use cell::{AuditError, audit};
pub use finding::{Fault, Finding};
pub use report::{Class, Report, Sample, Tally};
pub use some::audit_groups;
