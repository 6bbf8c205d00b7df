//! One process as a member of a cell of several: who writes the metadata, and how the others are reached.
//!
//! ```text
//! seek: ask the writer that meta/current names --answers--> follow it: beat, until the connection ends
//!         '--refused, or silent, and no peer sees it--> open the log: control the cell, until deposed
//! ```
//!
//! *Invariants*
//! * The metadata that the cell sees is that of whoever is the writer now; a change of writer is none of
//!   its business.
//! * Whoever opens the log ends the term before. Two that think they are the writer cannot both commit.
//! * What a process keeps of others (access, connections) can be lost at any time.
//!
//! *Not here*: what a controller decides (controller), what a broker does with its groups (cell).

mod access;
mod acls;
mod beats;
mod join;
mod kafka;
mod leave;
mod links;
mod meta;
mod role;
mod run;
mod seek;
mod service;
#[cfg(test)]
mod tests;
mod usage;

pub use join::{Member, MemberParts};
