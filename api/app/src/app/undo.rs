use std::time::Duration;

use common_errors::{Error, ErrorKind};

use super::core::{allow, sees};
use super::{App, Change, clusters, environments};
use crate::authz::{Action, Caller, Resource, Thing, grants_of};
use crate::failures::{from_repo, not_found, taken};
use crate::model::{Deleted, Restored};
use crate::page::{Page, PageRequest, page};
use crate::ports::{DeletedKind, Deletion, Keep, RepoError, SystemWide};

/// How often it is looked for windows that are over.
const LOOKS_APART: Duration = Duration::from_secs(5);

impl App {
    /// One page of the clusters or environments that were deleted and can be brought back, as far as the caller could see
    /// them before.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn all_deleted(
        &self,
        caller: &Caller,
        kind: DeletedKind,
        request: &PageRequest,
    ) -> Result<Page<Deleted>, Error> {
        let now_us = self.now_us();
        page(
            request,
            |slice| self.parts.repo.all_deleted(caller.org(), kind, now_us, slice),
            |row: &Deleted| sees(&as_before(caller, row), resource(row)),
        )
        .await
    }

    /// One of them.
    ///
    /// # Errors
    /// Not found, also when its window is over and when the caller could not see it before.
    pub async fn deleted(
        &self,
        caller: &Caller,
        kind: DeletedKind,
        id: &str,
    ) -> Result<Deleted, Error> {
        self.deleted_for(caller, Action::Read, kind, id).await
    }

    /// Brings a cluster or an environment back, with the keys, roles, lists, quotas and records that it had. Whoever may
    /// delete it may. Its keys are in force when this returns. Bringing back what is back already changes nothing.
    ///
    /// # Errors
    /// Not found, also when the window is over; an environment that is deleted itself; a name that was taken meanwhile; a
    /// missing role; brokers that do not take the new access snapshot.
    pub async fn restore(
        &self,
        caller: &Caller,
        kind: DeletedKind,
        id: &str,
        change: &Change,
    ) -> Result<Restored, Error> {
        let row = match self.deleted_for(caller, Action::Delete, kind, id).await {
            Ok(row) => row,
            Err(error) if error.kind == ErrorKind::NotFound => {
                return self.back_already(caller, kind, id, error).await;
            }
            Err(error) => return Err(error),
        };
        change.check(&row)?;
        let (repo, org, now_us) = (&self.parts.repo, caller.org(), self.now_us());
        let done = match kind {
            DeletedKind::Cluster => {
                repo.restore_cluster(org, id.to_owned(), now_us, change.dry_run).await
            }
            DeletedKind::Environment => {
                repo.restore_environment(org, id.to_owned(), now_us, change.dry_run).await
            }
        };
        let done = done.map_err(|error| in_the_way(error, &row))?;
        let done = done.ok_or_else(|| not_found(name(kind), id))?;
        if !change.dry_run {
            self.wake_reconciler();
            match kind {
                DeletedKind::Cluster => self.publish_cluster(id).await?,
                DeletedKind::Environment => self.publish_access().await?,
            }
        }
        Ok(done)
    }

    /// Ends an undo window now: the data is deleted for good.
    ///
    /// # Errors
    /// Not found, also when the window is over; a missing role; the store.
    pub async fn purge_deleted(
        &self,
        caller: &Caller,
        kind: DeletedKind,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        let row = self.deleted_for(caller, Action::Delete, kind, id).await?;
        change.check(&row)?;
        if change.dry_run {
            return Ok(());
        }
        let found = self.parts.repo.purge_deleted(caller.org(), id.to_owned(), self.now_us()).await;
        if !found.map_err(from_repo)? {
            return Err(not_found(name(kind), id));
        }
        self.wake_reconciler();
        Ok(())
    }

    /// Ends undo windows when they are over, again and again. Never ends; spawn it.
    pub async fn keep_undo_windows(&self) {
        loop {
            if let Err(error) = self.end_undo_windows().await {
                tracing::warn!(%error, "what was deleted stays for now");
            }
            tokio::time::sleep(LOOKS_APART).await;
        }
    }

    /// Lets passes delete for good whatever cannot be brought back any more; how many these were.
    ///
    /// # Errors
    /// The store.
    pub async fn end_undo_windows(&self) -> Result<u64, Error> {
        let (reach, now_us) = (SystemWide::Housekeeping, self.now_us());
        let ended = self.parts.repo.end_undo_windows(reach, now_us).await.map_err(from_repo)?;
        if ended > 0 {
            tracing::info!(ended, "undo windows are over");
            self.wake_reconciler();
        }
        Ok(ended)
    }

    /// How something is deleted by this caller now.
    pub(super) fn deletion(&self, caller: &Caller) -> Deletion {
        let (at_us, window) = (self.now_us(), self.parts.undo_window);
        let window_us = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
        let keep = (window_us > 0).then(|| Keep {
            until_us: at_us.saturating_add(window_us),
            deleted_by: caller.principal_id.clone(),
        });
        Deletion { at_us, keep }
    }

    async fn deleted_for(
        &self,
        caller: &Caller,
        action: Action,
        kind: DeletedKind,
        id: &str,
    ) -> Result<Deleted, Error> {
        let row = self.parts.repo.deleted(caller.org(), id.to_owned(), self.now_us()).await;
        let row = row.map_err(from_repo)?.filter(|row| row.id.starts_with(kind.prefix()));
        let row = row.ok_or_else(|| not_found(name(kind), id))?;
        allow(&as_before(caller, &row), action, resource(&row), name(kind), id)?;
        Ok(row)
    }

    /// Whoever asks again for what was done gets the same answer, as far as it can still be told.
    async fn back_already(
        &self,
        caller: &Caller,
        kind: DeletedKind,
        id: &str,
        otherwise: Error,
    ) -> Result<Restored, Error> {
        let there = match kind {
            DeletedKind::Cluster => {
                let row = self.parts.repo.cluster(caller.org(), id.to_owned()).await;
                let row = row.map_err(from_repo)?;
                let may =
                    |row| allow(caller, Action::Delete, clusters::resource(row), name(kind), id);
                row.as_ref().map(may)
            }
            DeletedKind::Environment => {
                let row = self.parts.repo.environment(caller.org(), id.to_owned()).await;
                let row = row.map_err(from_repo)?;
                let may = |row| {
                    allow(caller, Action::Delete, environments::resource(row), name(kind), id)
                };
                row.as_ref().map(may)
            }
        };
        there.unwrap_or(Err(otherwise))?;
        Ok(Restored::default())
    }
}

/// The caller with the roles that went with what was deleted.
fn as_before(caller: &Caller, row: &Deleted) -> Caller {
    let principal = format!("User:{}", caller.principal_id);
    let own: Vec<_> =
        row.role_bindings.iter().filter(|it| it.principal == principal).cloned().collect();
    let mut before = caller.clone();
    before.grants.extend(grants_of(&own, &caller.organization_id));
    before
}

fn resource(row: &Deleted) -> Resource<'_> {
    let thing = if row.id == row.environment_id {
        Thing::Environment(&row.id)
    } else {
        Thing::Cluster { environment_id: &row.environment_id, cluster_id: &row.id }
    };
    Resource { organization_id: &row.organization_id, thing }
}

fn name(kind: DeletedKind) -> &'static str {
    match kind {
        DeletedKind::Cluster => "cluster",
        DeletedKind::Environment => "environment",
    }
}

/// What keeps something from coming back, and what to do about it.
fn in_the_way(error: RepoError, row: &Deleted) -> Error {
    match error {
        RepoError::ParentGone(environment) => Error::new(
            ErrorKind::Conflict,
            "environment_deleted",
            format!(
                "{} is in environment {environment}, which is deleted itself; restore that \
                 environment first",
                row.id
            ),
        ),
        RepoError::Taken { existing_id } => taken(format!(
            "the name {:?} was given to {existing_id} meanwhile; rename that, then restore {}",
            row.display_name, row.id
        )),
        other => from_repo(other),
    }
}
