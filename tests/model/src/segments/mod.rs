//! Segments and the manifests that name them: two placement groups, whose leader makes one segment for both.

mod collector;
mod manifests;
mod model;
mod state;

pub(crate) use model::Segments;
