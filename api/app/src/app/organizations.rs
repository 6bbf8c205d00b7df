use common_errors::Error;

use super::core::allow;
use super::environments::STALE_RETRIES;
use super::{App, Change};
use crate::authz::{Action, Caller, Thing};
use crate::failures::{from_repo, not_found};
use crate::model::Organization;
use crate::ports::RepoError;
use crate::rules::display_name;

const NAME_LENGTH_MAX: usize = 64;

/// What is wanted of an organisation; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganizationWish {
    /// The name people read.
    pub display_name: Option<String>,
    /// Whether people are added at their first single sign-on.
    pub jit_enabled: Option<bool>,
}

impl App {
    /// The caller's organisation.
    ///
    /// # Errors
    /// Not found for any other id.
    pub async fn organization(&self, caller: &Caller, id: &str) -> Result<Organization, Error> {
        if id != caller.organization_id {
            return Err(not_found("organization", id));
        }
        let row = self.parts.repo.organization(caller.org()).await.map_err(from_repo)?;
        row.ok_or_else(|| not_found("organization", id))
    }

    /// Changes the caller's organisation.
    ///
    /// # Errors
    /// Not found for any other id; a bad value; a missing role.
    pub async fn update_organization(
        &self,
        caller: &Caller,
        id: &str,
        wish: OrganizationWish,
        change: &Change,
    ) -> Result<Organization, Error> {
        let name = wish.display_name;
        let name =
            name.map(|name| display_name(name, "/display_name", NAME_LENGTH_MAX)).transpose()?;
        for _ in 0..STALE_RETRIES {
            let mut row = self.organization(caller, id).await?;
            allow(caller, Action::Update, caller.own(Thing::Organization), "organization", id)?;
            change.check(&row)?;
            let before_us = row.updated_us;
            row.display_name = name.clone().unwrap_or(row.display_name);
            row.jit_enabled = wish.jit_enabled.unwrap_or(row.jit_enabled);
            row.updated_us = self.now_us().max(before_us + 1);
            if change.dry_run {
                return Ok(row);
            }
            let repo = &self.parts.repo;
            let found = repo.update_organization(caller.org(), row.clone(), before_us).await;
            if found.map_err(from_repo)? {
                return Ok(row);
            }
        }
        Err(from_repo(RepoError::Stale))
    }
}
