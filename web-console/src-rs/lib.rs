//! Serves the console, which is built into the binary, in front of the API.
//!
//! *Invariants*: what the console does not have goes on to the API unchanged, and no page of the console begins as
//! a path of the API does; everything it needs is in this binary, and its policy lets a browser load nothing else.
//!
//! *Not here*: the pages themselves (`src/`, built by `npm run build` into `dist/`). A binary that was built without
//! them leaves every request to the API ([`BUILT`] is false).

mod answer;
mod assets;

pub use answer::before;
pub use assets::BUILT;
