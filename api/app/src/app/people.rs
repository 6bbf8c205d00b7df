use common_errors::Error;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::identities::NAME_LENGTH_MAX;
use super::{App, Change};
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{from_repo, not_found};
use crate::model::User;
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;
use crate::rules::display_name;

impl App {
    /// One page of the people that the caller may see.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn users(&self, caller: &Caller, request: &PageRequest) -> Result<Page<User>, Error> {
        page(
            request,
            |slice| self.parts.repo.users(caller.org(), slice),
            |row: &User| sees(caller, person(row)),
        )
        .await
    }

    /// One person.
    ///
    /// # Errors
    /// Not found, also when the caller may not see them.
    pub async fn user(&self, caller: &Caller, id: &str) -> Result<User, Error> {
        self.user_for(caller, Action::Read, id).await
    }

    /// Changes the name of a person.
    ///
    /// # Errors
    /// Not found; a bad value; a missing role.
    pub async fn update_user(
        &self,
        caller: &Caller,
        id: &str,
        full_name: Option<String>,
        change: &Change,
    ) -> Result<User, Error> {
        let full_name =
            full_name.map(|it| display_name(it, "/full_name", NAME_LENGTH_MAX)).transpose()?;
        for _ in 0..STALE_RETRIES {
            let mut row = self.user_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            let before_us = row.updated_us;
            row.full_name = full_name.clone().unwrap_or(row.full_name);
            row.updated_us = self.now_us().max(before_us + 1);
            if change.dry_run {
                return Ok(row);
            }
            let found = self.parts.repo.update_user(caller.org(), row.clone(), before_us).await;
            if found.map_err(from_repo)? {
                return Ok(row);
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes a person: their sessions end, and their keys, role bindings and access control lists go, before
    /// this returns.
    ///
    /// # Errors
    /// Not found; a missing role; the last administrator; brokers that do not take the new access snapshot.
    pub async fn delete_user(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.user_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            let (version, rehearsal) = (change.exactly(&row), change.dry_run);
            let gone = self.parts.repo.delete_user(caller.org(), row.id, version, rehearsal).await;
            if gone.map_err(from_repo)? {
                return if rehearsal { Ok(()) } else { self.publish_access().await };
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    pub(crate) async fn user_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<User, Error> {
        let row = self.parts.repo.user(caller.org(), id.to_owned()).await;
        let row = row.map_err(from_repo)?.ok_or_else(|| not_found("user", id))?;
        allow(caller, action, person(&row), "user", id)?;
        Ok(row)
    }
}

fn person(row: &User) -> Resource<'_> {
    Resource { organization_id: &row.organization_id, thing: Thing::Identity(&row.id) }
}
