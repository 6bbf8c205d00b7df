//! Seams: the only doors to time and randomness.
//!
//! Everything that decides anything takes a [`Clock`] and an [`Rng`] from its caller, so that one seed
//! is one run. `clippy.toml` bans the raw primitives.
//!
//! *Invariants*: [`Clock::mono`] never goes back and counts while the machine is suspended
//! (`CLOCK_BOOTTIME`); [`Clock::wall_ms`] may jump either way and must never decide durability.
//!
//! *Not here*: sleeping (use `tokio::time`, whose clock a test can pause), network, object stores.

mod clock;
mod rng;
mod spans;

pub use clock::{Clock, ManualClock, SystemClock};
pub use rng::{OsRng, Rng, SeededRng, uuid_v4, uuid_v7};
pub use spans::SPANS;
