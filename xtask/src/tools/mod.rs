//! Tools the tests need and a fresh machine lacks, installed by the machine's own package client.

pub(crate) mod apt;
