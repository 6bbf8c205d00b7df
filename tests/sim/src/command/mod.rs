//! What the simulator can be asked for.

pub(crate) mod cell;
pub(crate) mod power;
