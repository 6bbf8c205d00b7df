use std::time::Duration;

use common_errors::{Error, ErrorKind};
use common_types::id::Prefix;

use super::cluster_request::{ClusterChange, ClusterWish, apply, check};
use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::{App, Asked, Change};
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{bad_filter, from_repo, missing, not_found};
use crate::model::{Cluster, Phase};
use crate::page::{Page, PageRequest, page};
use crate::ports::{OrgScope, RepoError};

/// Half of how long it takes until a cluster that is waited for is looked at again; twice that before each look.
const FIRST_LOOK: Duration = Duration::from_millis(5);
/// How far these looks are apart at most.
const LOOKS_APART: Duration = Duration::from_millis(250);

/// The cell that every cluster is placed on.
pub(crate) const LOCAL_CELL: &str = "local";

impl App {
    /// One page of the clusters of an environment that the caller may see.
    ///
    /// # Errors
    /// No environment named; an environment that the caller may not see; the store.
    pub async fn clusters(
        &self,
        caller: &Caller,
        environment_id: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<Cluster>, Error> {
        let environment_id = required_environment(environment_id)?;
        self.environment_for(caller, Action::Read, environment_id).await?;
        page(
            request,
            |slice| self.parts.repo.clusters(caller.org(), environment_id.to_owned(), slice),
            |row: &Cluster| sees(caller, resource(row)),
        )
        .await
    }

    /// One cluster.
    ///
    /// # Errors
    /// Not found, also in another environment and when the caller may not see it.
    pub async fn cluster(
        &self,
        caller: &Caller,
        environment_id: Option<&str>,
        id: &str,
    ) -> Result<Cluster, Error> {
        let environment_id = required_environment(environment_id)?;
        self.cluster_for(caller, Action::Read, environment_id, id).await
    }

    /// One cluster as soon as it is as it is wanted or cannot be, or as it is when `wait` is over.
    ///
    /// # Errors
    /// As [`App::cluster`], also for one that is deleted meanwhile.
    pub async fn settled_cluster(
        &self,
        caller: &Caller,
        environment_id: Option<&str>,
        id: &str,
        wait: Duration,
    ) -> Result<Cluster, Error> {
        let (mut left, mut pause) = (wait, FIRST_LOOK);
        loop {
            let row = self.cluster(caller, environment_id, id).await?;
            let is_settled =
                row.phase != Phase::Provisioning && row.observed_generation >= row.generation;
            if is_settled || left.is_zero() {
                return Ok(row);
            }
            pause = (pause * 2).min(LOOKS_APART).min(left);
            tokio::time::sleep(pause).await;
            left -= pause;
        }
    }

    /// Creates a cluster. It is PROVISIONING until a pass has made its tenant.
    ///
    /// # Errors
    /// A bad value; an environment that the caller may not see; a missing role.
    pub async fn create_cluster(
        &self,
        caller: &Caller,
        wish: ClusterWish,
        asked: Asked<'_, Cluster>,
    ) -> Result<Cluster, Error> {
        let environment_id =
            wish.environment_id.clone().ok_or_else(|| missing("/spec/environment"))?;
        let environment = self.environment_for(caller, Action::Read, &environment_id).await?;
        let id = self.new_id(Prefix::Cluster);
        let new = Thing::Cluster { environment_id: &environment_id, cluster_id: &id };
        // An environment that is visible makes a refusal a 403, not a 404.
        if allow(caller, Action::Create, caller.own(new), "cluster", &id).is_err() {
            return Err(crate::failures::forbidden("create clusters in this environment"));
        }
        let checked = check(&wish)?;
        let now = self.now_us();
        let row = Cluster {
            id,
            organization_id: environment.organization_id,
            environment_id,
            display_name: checked.display_name,
            availability: checked.availability,
            cloud: checked.cloud,
            region: checked.region,
            config: checked.config,
            network_id: wish.network_id,
            byok_id: wish.byok_id,
            deletion_protection: wish.deletion_protection.unwrap_or(false),
            placement: LOCAL_CELL.to_owned(),
            phase: Phase::Provisioning,
            message: None,
            generation: 1,
            observed_generation: 0,
            deletion_requested_us: None,
            deleted_us: None,
            created_us: now,
            updated_us: now,
        };
        let registry_id = self.new_id(Prefix::SchemaRegistry);
        let terms = self.terms(caller, &asked, &row)?;
        let stored =
            self.parts.repo.insert_cluster(caller.org(), row.clone(), registry_id, terms).await;
        stored.map_err(from_repo)?;
        if asked.dry_run {
            return Ok(row);
        }
        self.forget_receipts(&asked).await;
        self.wake_reconciler();
        self.publish_cluster(&row.id).await?;
        Ok(row)
    }

    /// Changes a cluster.
    ///
    /// # Errors
    /// A bad value; a value that cannot change; a missing role.
    pub async fn update_cluster(
        &self,
        caller: &Caller,
        id: &str,
        wish: ClusterChange,
        change: &Change,
    ) -> Result<Cluster, Error> {
        let environment_id =
            wish.environment_id.as_deref().ok_or_else(|| missing("/spec/environment"))?;
        for _ in 0..STALE_RETRIES {
            let mut row = self.cluster_for(caller, Action::Update, environment_id, id).await?;
            change.check(&row)?;
            apply(&wish, &mut row)?;
            row.generation += 1;
            row.updated_us = self.now_us();
            if change.dry_run {
                return Ok(row);
            }
            match self.parts.repo.update_cluster(caller.org(), row.clone()).await {
                Ok(()) => {
                    self.wake_reconciler();
                    return Ok(row);
                }
                Err(RepoError::Stale) => {}
                Err(error) => return Err(from_repo(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes a cluster with its topics and keys. It reads as gone at once; within the undo window it can be brought
    /// back.
    ///
    /// # Errors
    /// Not found; deletion protection; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_cluster(
        &self,
        caller: &Caller,
        environment_id: Option<&str>,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        let environment_id = required_environment(environment_id)?;
        for _ in 0..STALE_RETRIES {
            let row = self.cluster_for(caller, Action::Delete, environment_id, id).await?;
            change.check(&row)?;
            if row.deletion_protection {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "deletion_protected",
                    format!("cluster {id} has deletion_protection; turn it off first"),
                ));
            }
            self.keep_audit_cluster(caller, |it| it.id == id).await?;
            if change.dry_run {
                return Ok(());
            }
            // Also without a condition: protection that comes in between holds.
            let version = Some(row.generation);
            let found = self
                .parts
                .repo
                .delete_cluster(caller.org(), id.to_owned(), version, self.deletion(caller))
                .await;
            if found.map_err(from_repo)? {
                self.wake_reconciler();
                return self.publish_cluster(id).await;
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    pub(super) async fn cluster_for(
        &self,
        caller: &Caller,
        action: Action,
        environment_id: &str,
        id: &str,
    ) -> Result<Cluster, Error> {
        let row = self.parts.repo.cluster(caller.org(), id.to_owned()).await.map_err(from_repo)?;
        let row = row
            .filter(|row| row.environment_id == environment_id)
            .ok_or_else(|| not_found("cluster", id))?;
        allow(caller, action, resource(&row), "cluster", id)?;
        Ok(row)
    }
}

impl Cluster {
    /// What queries for what is in the cluster reach.
    pub(crate) fn org(&self) -> OrgScope {
        OrgScope::of(&self.organization_id)
    }
}

pub(crate) fn resource(row: &Cluster) -> Resource<'_> {
    let thing = Thing::Cluster { environment_id: &row.environment_id, cluster_id: &row.id };
    Resource { organization_id: &row.organization_id, thing }
}

pub(crate) fn required_environment(environment_id: Option<&str>) -> Result<&str, Error> {
    environment_id
        .filter(|id| !id.is_empty())
        .ok_or_else(|| bad_filter("environment", "the query parameter environment is required"))
}
