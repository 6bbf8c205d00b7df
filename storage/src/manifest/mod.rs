//! Manifests: where the older part of each partition of a placement group lies.
//!
//! Protocol buffers, written by hand as `prost` structs; tag numbers are frozen and never reused.

mod model;
mod producers;

pub use model::{Covered, EpochStart, Extent, Manifest, ManifestError, PartitionManifest};
pub use producers::{PartitionProducers, ProducerBatch, ProducerEntry};
