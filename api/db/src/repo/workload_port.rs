use api_app::model::{IdentityPool, IdentityProvider};
use api_app::{Stored, SystemWide, WorkloadRepo};

use super::port::stored;
use crate::Store;

impl WorkloadRepo for Store {
    fn any_identity_pool(
        &self,
        _: SystemWide,
        id: String,
    ) -> Stored<'_, Option<(IdentityPool, IdentityProvider)>> {
        stored!(self.read_any_identity_pool(id))
    }
    fn old_keys(&self, _: SystemWide, before_us: i64) -> Stored<'_, Vec<IdentityProvider>> {
        stored!(self.read_old_keys(before_us))
    }
}
