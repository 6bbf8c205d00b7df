use common_errors::Error;
use common_types::crn;
use common_types::id::Prefix;

use super::core::{allow, sees};
use super::{App, Asked, Change};
use crate::audit;
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{forbidden, from_repo, invalid, missing, not_found, taken};
use crate::model::{Environment, Package};
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;
use crate::rules::display_name;

/// What is wanted of an environment; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentWish {
    /// Required to create.
    pub display_name: Option<String>,
    /// `ESSENTIALS` or `ADVANCED`.
    pub governance_package: Option<String>,
}

/// How often a change is tried again when somebody else changed the row in between.
pub(crate) const STALE_RETRIES: usize = 5;

impl App {
    /// One page of the environments that the caller may see.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn environments(
        &self,
        caller: &Caller,
        request: &PageRequest,
    ) -> Result<Page<Environment>, Error> {
        page(
            request,
            |slice| self.parts.repo.environments(caller.org(), slice),
            |row: &Environment| sees(caller, resource(row)),
        )
        .await
    }

    /// One environment.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn environment(&self, caller: &Caller, id: &str) -> Result<Environment, Error> {
        self.environment_for(caller, Action::Read, id).await
    }

    /// Creates an environment.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role.
    pub async fn create_environment(
        &self,
        caller: &Caller,
        wish: EnvironmentWish,
        asked: Asked<'_, Environment>,
    ) -> Result<Environment, Error> {
        let (org, whole) = (&caller.organization_id, caller.own(Thing::Organization));
        if allow(caller, Action::Create, whole, "organization", org).is_err() {
            return Err(forbidden("create environments"));
        }
        let name = wish.display_name.ok_or_else(|| missing("/display_name"))?;
        let now = self.now_us();
        let row = Environment {
            id: self.new_id(Prefix::Environment),
            organization_id: caller.organization_id.clone(),
            display_name: display_name(name, "/display_name", 64)?,
            governance: wish.governance_package.map(package).transpose()?,
            generation: 1,
            deletion_requested_us: None,
            deleted_us: None,
            created_us: now,
            updated_us: now,
        };
        audit::about("environment", &row.id, || crn::environment(org, &row.id));
        let terms = self.terms(caller, &asked, &row)?;
        self.parts
            .repo
            .insert_environment(caller.org(), row.clone(), terms)
            .await
            .map_err(name_taken)?;
        self.forget_receipts(&asked).await;
        Ok(row)
    }

    /// Changes an environment.
    ///
    /// # Errors
    /// A bad value; a taken name; a lower governance package; a missing role.
    pub async fn update_environment(
        &self,
        caller: &Caller,
        id: &str,
        wish: EnvironmentWish,
        change: &Change,
    ) -> Result<Environment, Error> {
        let wanted = wish.governance_package.map(package).transpose()?;
        let name =
            wish.display_name.map(|name| display_name(name, "/display_name", 64)).transpose()?;
        let registry_id = self.new_id(Prefix::SchemaRegistry);
        for _ in 0..STALE_RETRIES {
            let mut row = self.environment_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            if let (Some(Package::Advanced), Some(Package::Essentials)) = (row.governance, wanted) {
                return Err(invalid(
                    "/stream_governance_config/package",
                    "the governance package can only be raised from ESSENTIALS to ADVANCED",
                ));
            }
            row.governance = wanted.or(row.governance);
            row.display_name = name.clone().unwrap_or(row.display_name);
            row.generation += 1;
            row.updated_us = self.now_us();
            let registry_id = registry_id.clone();
            let repo = &self.parts.repo;
            match repo
                .update_environment(caller.org(), row.clone(), registry_id, change.dry_run)
                .await
            {
                Ok(()) => return Ok(row),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(name_taken(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes an environment with everything in it. It reads as gone at once; within the undo window it can be
    /// brought back.
    ///
    /// # Errors
    /// Not found; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_environment(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.environment_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            self.keep_audit_cluster(caller, |it| it.environment_id == id).await?;
            if change.dry_run {
                return Ok(());
            }
            let (id, version) = (id.to_owned(), change.exactly(&row));
            let deletion = self.deletion(caller);
            let found =
                self.parts.repo.delete_environment(caller.org(), id, version, deletion).await;
            if found.map_err(from_repo)? {
                self.wake_reconciler();
                return self.publish_access().await;
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    pub(crate) async fn environment_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<Environment, Error> {
        let row = self.parts.repo.environment(caller.org(), id.to_owned()).await;
        let row = row.map_err(from_repo)?.ok_or_else(|| not_found("environment", id))?;
        allow(caller, action, resource(&row), "environment", id)?;
        Ok(row)
    }
}

pub(super) fn resource(row: &Environment) -> Resource<'_> {
    Resource { organization_id: &row.organization_id, thing: Thing::Environment(&row.id) }
}

fn package(text: String) -> Result<Package, Error> {
    text.parse()
        .map_err(|error| invalid("/stream_governance_config/package", format!("package: {error}")))
}

fn name_taken(error: RepoError) -> Error {
    match error {
        RepoError::Taken { existing_id } => {
            taken(format!("environment name is already in use by {existing_id}"))
        }
        other => from_repo(other),
    }
}
