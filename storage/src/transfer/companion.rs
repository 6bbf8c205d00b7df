use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};

/// Something beside a cell that names its tenants, such as the control plane's store.
pub trait Companion: Send + Sync {
    /// Copies it as it is at one moment during the call; replaces the copy of a call before. Fails with what
    /// people are told.
    fn copy(&self) -> BoxFuture<'_, Result<(), String>>;
}

/// Nothing goes with the cell.
#[derive(Debug, Clone, Copy)]
pub struct Alone;

impl Companion for Alone {
    fn copy(&self) -> BoxFuture<'_, Result<(), String>> {
        ready(Ok(())).boxed()
    }
}
