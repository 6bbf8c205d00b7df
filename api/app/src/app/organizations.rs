use common_errors::Error;

use super::App;
use crate::authz::Caller;
use crate::failures::{from_repo, not_found};
use crate::model::Organization;

impl App {
    /// The caller's organisation.
    ///
    /// # Errors
    /// Not found for any other id.
    pub async fn organization(&self, caller: &Caller, id: &str) -> Result<Organization, Error> {
        if id != caller.organization_id {
            return Err(not_found("organization", id));
        }
        let row = self.parts.repo.organization(id.to_owned()).await.map_err(from_repo)?;
        row.ok_or_else(|| not_found("organization", id))
    }
}
