//! Where commands go and as whom: contexts, environment variables, and which of them wins.
//!
//! *Invariants*: flag before environment before context before default; the contexts file is private
//! to its owner because it holds secrets; a secret is never a flag.

mod contexts;
mod dirs;
mod secret;
mod settings;

pub(crate) use contexts::{Context, Contexts, KafkaKey, LoginSession};
pub(crate) use dirs::Dirs;
pub(crate) use secret::Secret;
pub(crate) use settings::{Flags, Setting, Settings};
