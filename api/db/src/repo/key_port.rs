use api_app::model::ApiKey;
use api_app::{KeyRepo, Stored, SystemWide};

use super::port::stored;
use crate::Store;

impl KeyRepo for Store {
    fn expired_api_keys(&self, _: SystemWide, now_us: i64, limit: u32) -> Stored<'_, Vec<ApiKey>> {
        stored!(self.read_expired_api_keys(now_us, limit))
    }
}
