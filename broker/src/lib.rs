//! Placeholder.

pub mod group;
