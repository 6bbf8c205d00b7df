use super::{Stored, SystemWide};
use crate::model::{IdentityPool, IdentityProvider};

/// Pools and providers of whatever organisations, for whoever shows a token; a part of [`super::Repo`], on its terms.
pub trait WorkloadRepo: Send + Sync {
    /// A pool with its provider.
    fn any_identity_pool(
        &self,
        reach: SystemWide,
        id: String,
    ) -> Stored<'_, Option<(IdentityPool, IdentityProvider)>>;
    /// Providers with pools whose keys were read before a time.
    fn old_keys(&self, reach: SystemWide, before_us: i64) -> Stored<'_, Vec<IdentityProvider>>;
}
