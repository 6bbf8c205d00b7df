//! Tools the tests need and a fresh machine lacks, each pinned and each installed by an ordinary client.

pub(crate) mod apt;
pub(crate) mod python;
