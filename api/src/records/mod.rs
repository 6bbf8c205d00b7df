//! Records over HTTP: JSON objects one after the other in, one report each out, in the same order.
//!
//! ```text
//! body → documents (cut) → read (one record) → App::write, many at a time → reports
//! ```
//!
//! *Invariants*: nothing is read from a body while records wait to become durable; what is held of a body is
//! bounded by the largest record and one batch; a record that is not readable costs the others nothing.

mod documents;
mod intake;
mod read;

pub(crate) use intake::Intake;
