use super::{Stored, SystemWide};
use crate::model::ApiKey;

/// The part of the store that is about keys of all organisations; a part of [`super::Repo`], on its terms.
pub trait KeyRepo: Send + Sync {
    /// Keys that are expired at `now_us`, the longest expired first.
    fn expired_api_keys(
        &self,
        reach: SystemWide,
        now_us: i64,
        limit: u32,
    ) -> Stored<'_, Vec<ApiKey>>;
}
