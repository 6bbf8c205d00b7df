use common_errors::Error;
use common_types::id::Prefix;
use tokens::Filter;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::identity_providers::{
    DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX, identity_claim, name_taken, too_many,
};
use super::{App, Asked, Change};
use crate::audit;
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{bad_filter, forbidden, from_repo, invalid, missing, not_found};
use crate::model::IdentityPool;
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;
use crate::rules::{display_name, text};

/// Pools of an identity provider.
const POOLS_MAX: u64 = 100;
const KIND: &str = "identity pool";

/// What is wanted of an identity pool; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityPoolWish {
    /// Required to create.
    pub display_name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Which claim names an identity: `claims.sub`; required to create.
    pub identity_claim: Option<String>,
    /// Who is let in, in CEL; required to create.
    pub filter: Option<String>,
    /// `u-…` or `sa-…`: may read, change and delete the pool. Only to create.
    pub owner_id: Option<String>,
}

impl App {
    /// One page of the pools of a provider that the caller may see.
    ///
    /// # Errors
    /// No such provider; a bad page token; the store.
    pub async fn identity_pools(
        &self,
        caller: &Caller,
        provider_id: &str,
        request: &PageRequest,
    ) -> Result<Page<IdentityPool>, Error> {
        if sees(caller, caller.own(Thing::IdentityProvider)) {
            self.identity_provider(caller, provider_id).await?;
        }
        let repo = &self.parts.repo;
        let fetch = |slice| repo.identity_pools(caller.org(), provider_id.to_owned(), slice);
        page(request, fetch, |row: &IdentityPool| sees(caller, pool(row))).await
    }

    /// One pool.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn identity_pool(
        &self,
        caller: &Caller,
        provider_id: &str,
        id: &str,
    ) -> Result<IdentityPool, Error> {
        self.pool_for(caller, Action::Read, (provider_id, id)).await
    }

    /// Makes a pool. It may do nothing until roles are bound to `User:pool-…`.
    ///
    /// # Errors
    /// A bad value; no such provider; a taken name; as many as there may be; a missing role.
    pub async fn create_identity_pool(
        &self,
        caller: &Caller,
        provider_id: &str,
        wish: IdentityPoolWish,
        asked: Asked<'_, IdentityPool>,
    ) -> Result<IdentityPool, Error> {
        let id = self.new_id(Prefix::IdentityPool);
        let owner_id = wish.owner_id.clone().unwrap_or_default();
        // Whose it will be is no reason to make it.
        let thing = caller.own(Thing::IdentityPool { provider_id, owner_id: "" });
        if allow(caller, Action::Create, thing, KIND, &id).is_err() {
            return Err(forbidden("make identity pools"));
        }
        self.identity_provider(caller, provider_id).await?;
        for (absent, pointer) in [
            (wish.display_name.is_none(), "/display_name"),
            (wish.identity_claim.is_none(), "/identity_claim"),
            (wish.filter.is_none(), "/filter"),
        ] {
            if absent {
                return Err(missing(pointer));
            }
        }
        if !owner_id.is_empty() && !self.person_or_account(caller, &owner_id).await? {
            let detail = format!("{owner_id:?} is no person and no service account");
            return Err(bad_filter("assigned_resource_owner", detail));
        }
        let now = self.now_us();
        let mut row = IdentityPool {
            id,
            organization_id: caller.organization_id.clone(),
            provider_id: provider_id.to_owned(),
            display_name: String::new(),
            description: String::new(),
            identity_claim: String::new(),
            filter: String::new(),
            owner_id,
            created_us: now,
            updated_us: now,
        };
        // The provider was looked at in between.
        audit::of_thing(pool(&row), KIND, &row.id);
        apply(&wish, &mut row)?;
        let terms = self.terms(caller, &asked, &row)?;
        let repo = &self.parts.repo;
        let stored = repo.insert_identity_pool(caller.org(), row.clone(), POOLS_MAX, terms).await;
        if !stored.map_err(name_taken)? {
            return Err(too_many("identity pools of a provider", POOLS_MAX));
        }
        self.forget_receipts(&asked).await;
        Ok(row)
    }

    /// Changes a pool. Access tokens that were given on another filter end, and connections of Kafka clients.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role; brokers that do not take the new access snapshot.
    pub async fn update_identity_pool(
        &self,
        caller: &Caller,
        (provider_id, id): (&str, &str),
        wish: IdentityPoolWish,
        change: &Change,
    ) -> Result<IdentityPool, Error> {
        for _ in 0..STALE_RETRIES {
            let mut row = self.pool_for(caller, Action::Update, (provider_id, id)).await?;
            change.check(&row)?;
            let before_us = row.updated_us;
            apply(&wish, &mut row)?;
            row.updated_us = self.now_us().max(before_us + 1);
            let repo = &self.parts.repo;
            let stored =
                repo.update_identity_pool(caller.org(), row.clone(), before_us, change.dry_run);
            match stored.await {
                Ok(()) if change.dry_run => return Ok(row),
                Ok(()) => return self.publish_access().await.map(|()| row),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(name_taken(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes a pool with its role bindings and access control lists: from then on it lets nobody in.
    ///
    /// # Errors
    /// Not found; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_identity_pool(
        &self,
        caller: &Caller,
        (provider_id, id): (&str, &str),
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.pool_for(caller, Action::Delete, (provider_id, id)).await?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let repo = &self.parts.repo;
            let gone = repo.delete_identity_pool(caller.org(), row.id, row.updated_us).await;
            if gone.map_err(from_repo)? {
                return self.publish_access().await;
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    async fn pool_for(
        &self,
        caller: &Caller,
        action: Action,
        (provider_id, id): (&str, &str),
    ) -> Result<IdentityPool, Error> {
        let row = self.parts.repo.identity_pool(caller.org(), id.to_owned()).await;
        let row = row.map_err(from_repo)?.filter(|row| row.provider_id == provider_id);
        let row = row.ok_or_else(|| not_found(KIND, id))?;
        allow(caller, action, pool(&row), KIND, id)?;
        Ok(row)
    }

    async fn person_or_account(&self, caller: &Caller, id: &str) -> Result<bool, Error> {
        let is_pool = id.starts_with(Prefix::IdentityPool.as_str());
        Ok(!is_pool && self.identity_exists(caller, id).await?)
    }
}

fn pool(row: &IdentityPool) -> Resource<'_> {
    let thing = Thing::IdentityPool { provider_id: &row.provider_id, owner_id: &row.owner_id };
    Resource { organization_id: &row.organization_id, thing }
}

/// Puts a wish into a row, after a look at each of its values.
fn apply(wish: &IdentityPoolWish, row: &mut IdentityPool) -> Result<(), Error> {
    if let Some(name) = &wish.display_name {
        row.display_name = display_name(name.clone(), "/display_name", NAME_LENGTH_MAX)?;
    }
    if let Some(description) = &wish.description {
        row.description = text(description.clone(), "/description", DESCRIPTION_LENGTH_MAX)?;
    }
    if let Some(claim) = &wish.identity_claim {
        row.identity_claim = identity_claim(claim)?;
    }
    if let Some(filter) = &wish.filter {
        let read = Filter::parse(filter);
        read.map_err(|why| invalid("/filter", format!("the filter cannot be read: {why}")))?;
        row.filter.clone_from(filter);
    }
    Ok(())
}
