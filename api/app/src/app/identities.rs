use common_errors::Error;
use common_types::id::Prefix;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::{App, Asked, Change};
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{forbidden, from_repo, missing, not_found, taken};
use crate::model::ServiceAccount;
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;
use crate::rules::{display_name, text};

/// What is wanted of a service account; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountWish {
    /// Required to create.
    pub display_name: Option<String>,
    /// Free text.
    pub description: Option<String>,
}

/// Longest name of an account or a person, in characters.
pub(crate) const NAME_LENGTH_MAX: usize = 64;
const DESCRIPTION_LENGTH_MAX: usize = 128;

impl App {
    /// One page of the service accounts that the caller may see; with names, only those. Names that
    /// were split at spaces by the client are also looked for as one.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn service_accounts(
        &self,
        caller: &Caller,
        names: &[String],
        request: &PageRequest,
    ) -> Result<Page<ServiceAccount>, Error> {
        let mut wanted: Vec<String> = names.iter().filter(|n| !n.is_empty()).cloned().collect();
        if wanted.len() > 1 {
            wanted.push(wanted.join(" "));
        }
        page(
            request,
            |slice| self.parts.repo.service_accounts(caller.org(), wanted.clone(), slice),
            |row: &ServiceAccount| sees(caller, account(row)),
        )
        .await
    }

    /// One service account.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn service_account(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<ServiceAccount, Error> {
        self.account_for(caller, Action::Read, id).await
    }

    /// Creates a service account.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role.
    pub async fn create_service_account(
        &self,
        caller: &Caller,
        wish: AccountWish,
        asked: Asked<'_, ServiceAccount>,
    ) -> Result<ServiceAccount, Error> {
        let id = self.new_id(Prefix::ServiceAccount);
        let new = caller.own(Thing::Identity(&id));
        if allow(caller, Action::Create, new, "service account", &id).is_err() {
            return Err(forbidden("create service accounts"));
        }
        let name = wish.display_name.ok_or_else(|| missing("/display_name"))?;
        let description = wish.description.unwrap_or_default();
        let now = self.now_us();
        let row = ServiceAccount {
            id,
            organization_id: caller.organization_id.clone(),
            display_name: display_name(name, "/display_name", NAME_LENGTH_MAX)?,
            description: text(description, "/description", DESCRIPTION_LENGTH_MAX)?,
            created_us: now,
            updated_us: now,
        };
        let terms = self.terms(caller, &asked, &row)?;
        self.parts
            .repo
            .insert_service_account(caller.org(), row.clone(), terms)
            .await
            .map_err(name_taken)?;
        self.forget_receipts(&asked).await;
        Ok(row)
    }

    /// Changes a service account.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role.
    pub async fn update_service_account(
        &self,
        caller: &Caller,
        id: &str,
        wish: AccountWish,
        change: &Change,
    ) -> Result<ServiceAccount, Error> {
        let name = wish.display_name;
        let name =
            name.map(|name| display_name(name, "/display_name", NAME_LENGTH_MAX)).transpose()?;
        let description = wish.description;
        let description = description
            .map(|description| text(description, "/description", DESCRIPTION_LENGTH_MAX))
            .transpose()?;
        for _ in 0..STALE_RETRIES {
            let mut row = self.account_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            let before_us = row.updated_us;
            row.display_name = name.clone().unwrap_or(row.display_name);
            row.description = description.clone().unwrap_or(row.description);
            row.updated_us = self.now_us().max(before_us + 1);
            let repo = &self.parts.repo;
            match repo
                .update_service_account(caller.org(), row.clone(), before_us, change.dry_run)
                .await
            {
                Ok(()) => return Ok(row),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(name_taken(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes a service account with its keys and role bindings.
    ///
    /// # Errors
    /// Not found; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_service_account(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.account_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let version = change.exactly(&row);
            let found =
                self.parts.repo.delete_service_account(caller.org(), id.to_owned(), version).await;
            if found.map_err(from_repo)? {
                return self.publish_access().await;
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    async fn account_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<ServiceAccount, Error> {
        let row = self.parts.repo.service_account(caller.org(), id.to_owned()).await;
        let row = row.map_err(from_repo)?.ok_or_else(|| not_found("service account", id))?;
        allow(caller, action, account(&row), "service account", id)?;
        Ok(row)
    }
}

fn account(row: &ServiceAccount) -> Resource<'_> {
    Resource { organization_id: &row.organization_id, thing: Thing::Identity(&row.id) }
}

fn name_taken(error: RepoError) -> Error {
    match error {
        // Clients look for exactly these words.
        RepoError::Taken { .. } => taken("Service name is already in use"),
        other => from_repo(other),
    }
}
