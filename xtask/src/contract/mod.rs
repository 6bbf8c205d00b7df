//! `cargo xtask contract --specs DIR`: what this API says and answers, beside public descriptions of the same paths.
//!
//! `DIR` holds OpenAPI files of somebody else, JSON or YAML. Operations that both describe are compared the way a client
//! of theirs would feel it: what it may send must be taken here, what it reads must be here and of the same type.
//! `--live` does the same with answers of a `weir up` in an empty folder. What differs is in the table of
//! `docs/reference/contract.md` with a reason, or the command fails; so it does for a row that nothing needs any more.

mod accepted;
mod command;
mod compare;
mod document;
mod live;
mod operation;
mod schema;
mod shape;

pub(crate) use command::{Args, run};
