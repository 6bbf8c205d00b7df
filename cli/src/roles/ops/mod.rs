//! What whoever runs Weir looks at: `/metrics` on an address of its own, so that no rule for tenants applies to it
//! and nothing on it is theirs.

mod cell;
mod control;
mod page;
mod process;

pub(super) use page::{Ops, serve};
