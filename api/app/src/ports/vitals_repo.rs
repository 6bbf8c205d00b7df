use super::{Stored, SystemWide};
use crate::model::StoreVitals;

/// What the store says of itself to whoever runs Weir; a part of [`super::Repo`], on its terms.
pub trait VitalsRepo: Send + Sync {
    /// Counts and ages at a moment, over all organisations and naming none.
    fn vitals(&self, reach: SystemWide, now_us: i64) -> Stored<'_, StoreVitals>;
}
