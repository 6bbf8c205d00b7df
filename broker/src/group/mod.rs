//! Classic consumer groups: membership, generations and committed offsets of one coordinator slot.
//!
//! A [`GroupCoordinator`] is a state machine without input, output, tasks or locks. It is driven like
//! this:
//!
//! 1. **Find the slot.** [`coordinator_slot`] picks one of 256 by tenant and group id. The leader of
//!    the slot's partition owns one coordinator, made by [`GroupCoordinator::load`] from the records of
//!    the partition; until it is loaded answer `CoordinatorLoadInProgress`.
//! 2. **Ask.** Each call takes [`Now`], a request and a [`Token`] that the caller has chosen, and
//!    returns [`Effects`]. Every token is answered exactly once, in this call's
//!    [`Effects::responses`] or in those of a later call: a join may wait for other members, a commit
//!    waits for the log. Reads ([`GroupCoordinator::fetch`], `fetch_all`, `describe`, `list`) answer
//!    at once and need no token.
//! 3. **Write.** Each [`Append`] in [`Effects::appends`] is one record batch for the slot's partition,
//!    in the order given. When the durable prefix of the log covers it, call
//!    [`GroupCoordinator::on_durable`]; if it is certain that it was not written, call
//!    [`GroupCoordinator::on_append_failed`]. Offsets are readable only when durable.
//! 4. **Wait.** One timer per coordinator: at [`GroupCoordinator::next_deadline`], which any call may
//!    change, call [`GroupCoordinator::tick`].
//! 5. **Let go.** When the slot moves away or the incarnation ends call [`GroupCoordinator::resign`],
//!    which answers every open question. Tell deletions of topics and tenants with `forget_topic` and
//!    `forget_tenant`, before the name can be used again.
//!
//! [`wire`] turns Kafka's messages into these questions and back.
//!
//! ```text
//!            first member                all here, or time is up          leader's assignment durable
//!   Empty ----------------> Preparing --------------------------> Completing ----------------> Stable
//!     ^                      | ^  ^        rebalance                |                            |
//!     +---- nobody is left --+ |  +---------------------------------+                            |
//!                              +------- a member joins, leaves or falls silent ------------------+
//! ```
//!
//! *Invariants*: every token is answered exactly once; nothing is told to a member that a crash could
//! take back (an assignment, a committed offset) before it is durable; loading a
//! [`GroupCoordinator::snapshot`] gives the same durable state, and so does loading all appends; a
//! tenant never meets a group of another; only running time decides time-outs and expiry, wall time is
//! only recorded.
//!
//! *Not here*: authorisation, topic names (the caller resolves them to ids), the incremental protocol
//! of KIP-848, offsets of transactions. A retention time in an old commit (versions 2 to 4) is ignored:
//! one retention holds for all offsets, and its clock starts anew when a slot is loaded.

mod admin;
mod commit;
mod coordinator;
mod cx;
mod durable;
mod effects;
mod error;
mod expiry;
mod group_state;
mod join;
mod journal;
mod leave;
mod load;
mod member;
mod message;
mod offsets;
mod rebalance;
mod record;
mod settings;
mod slot;
mod subscription;
mod sync;
mod timers;
pub mod wire;

#[cfg(test)]
mod tests;

pub use coordinator::GroupCoordinator;
pub use effects::{
    Append, AppendFailure, AppendId, Effects, GroupKey, Now, Record, Response, Text, Token,
};
pub use error::GroupError;
pub use message::*;
pub use record::RecordError;
pub use settings::GroupSettings;
pub use slot::{SLOT_HASH, coordinator_slot};
