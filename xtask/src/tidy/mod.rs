//! `cargo xtask tidy`: what must be true of the tree, as checks and not as a guide.
//!
//! A rule is a function from the tree or from the dependency graph to findings, and has a test that plants
//! a violation. What a rule compares with is data: `xtask/tidy/rules.toml`, and `xtask/tidy/ratchet.toml`
//! for what is over a limit already and may only shrink.

mod adr;
mod blobs;
mod chain;
mod crate_docs;
mod dead_files;
mod duplicates;
mod fences;
mod finding;
mod functions;
mod graph;
mod licences;
mod lines;
mod links;
mod mask;
mod names;
mod planted;
mod ratchet;
mod rules;
mod run;
mod text;
mod thin_roots;
mod tiers;
mod tree;
mod walls;

pub(crate) use run::{Args, check_tree, run};
