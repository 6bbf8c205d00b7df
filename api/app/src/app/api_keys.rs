use common_errors::{Error, ErrorKind};
use common_types::crn;
use common_types::id::{Prefix, api_key_from};

use super::api_key_request::{KeyWish, NewKey};
use super::clusters::resource;
use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::{App, Asked, Change};
use crate::audit;
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{forbidden, from_repo, internal, invalid, not_found};
use crate::model::{ApiKey, KeyScope};
use crate::page::{Page, PageRequest, page};
use crate::ports::{KeyFilter, RepoError};
use crate::rules::text;
use crate::secret::new_secret;

const NAME_LENGTH_MAX: usize = 255;
const DESCRIPTION_LENGTH_MAX: usize = 4096;
const EXPIRES_AT: &str = "/spec/expires_at";

impl App {
    /// One page of the keys that the caller may see.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn api_keys(
        &self,
        caller: &Caller,
        filter: KeyFilter,
        request: &PageRequest,
    ) -> Result<Page<ApiKey>, Error> {
        let filter = KeyFilter {
            owner_id: filter.owner_id.filter(|text| !text.is_empty()),
            resource_id: filter.resource_id.filter(|text| !text.is_empty()),
        };
        page(
            request,
            |slice| self.parts.repo.api_keys(caller.org(), filter.clone(), slice),
            |row: &ApiKey| sees(caller, key_resource(row)),
        )
        .await
    }

    /// One key, without its secret.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn api_key(&self, caller: &Caller, id: &str) -> Result<ApiKey, Error> {
        self.key_for(caller, Action::Read, id).await
    }

    /// Makes a key. It works at the brokers when this returns.
    ///
    /// # Errors
    /// A bad value; an owner or cluster that is not there; a missing role; brokers that do not take the
    /// new access snapshot, in which case there is no key unless the request can be repeated.
    pub async fn create_api_key(
        &self,
        caller: &Caller,
        wish: KeyWish,
        asked: Asked<'_, NewKey>,
    ) -> Result<NewKey, Error> {
        let scope = self.key_scope(caller, wish.resource_id.as_deref()).await?;
        let owner_id = wish
            .owner_id
            .filter(|id| !id.is_empty())
            .unwrap_or_else(|| caller.principal_id.clone());
        let account = owner_id.starts_with(Prefix::ServiceAccount.as_str());
        if !account && !owner_id.starts_with(Prefix::User.as_str()) {
            return Err(invalid("/spec/owner/id", "an owner's id starts with sa- or u-"));
        }
        if !self.identity_exists(caller, &owner_id).await? {
            return Err(invalid("/spec/owner/id", format!("owner {owner_id:?} is not there")));
        }
        let new = Thing::ApiKey { owner_id: &owner_id, scope: &scope };
        if allow(caller, Action::Create, caller.own(new), "key", "").is_err() {
            return Err(forbidden("make this API key"));
        }
        let display_name = wish.display_name.unwrap_or_default();
        let description = wish.description.unwrap_or_default();
        let display_name = text(display_name, "/spec/display_name", NAME_LENGTH_MAX)?;
        let description = text(description, "/spec/description", DESCRIPTION_LENGTH_MAX)?;
        if wish.expires_us.is_some_and(|expires_us| expires_us <= self.now_us()) {
            return Err(invalid(EXPIRES_AT, "a key that is made expires in the future"));
        }
        let mut new = self.mint(&caller.organization_id, owner_id, scope);
        new.key.display_name = display_name;
        new.key.description = description;
        new.key.expires_us = wish.expires_us;
        audit::about("api-key", &new.key.id, || {
            format!("{}/api-key={}", crn::organization(&caller.organization_id), new.key.id)
        });
        let terms = self.terms(caller, &asked, &new)?;
        self.parts
            .repo
            .insert_api_key(caller.org(), new.key.clone(), terms)
            .await
            .map_err(from_repo)?;
        if asked.dry_run {
            return Ok(new);
        }
        self.forget_receipts(&asked).await;
        if let Err(error) = self.publish_key(&new.key.scope).await {
            if asked.once.is_some() {
                return Err(error);
            }
            // Its secret is lost with this answer, so the key must not stay.
            let removed =
                self.parts.repo.delete_api_key(caller.org(), new.key.id.clone(), None).await;
            removed.map_err(|e| internal(format!("{error}; and its key stays: {e}")))?;
            return Err(error);
        }
        Ok(new)
    }

    /// Changes name and description of a key.
    ///
    /// # Errors
    /// Not found; a bad value; a value that cannot change; a missing role.
    pub async fn update_api_key(
        &self,
        caller: &Caller,
        id: &str,
        wish: KeyWish,
        change: &Change,
    ) -> Result<ApiKey, Error> {
        let name = wish.display_name;
        let name = name.map(|it| text(it, "/spec/display_name", NAME_LENGTH_MAX)).transpose()?;
        let about = wish.description;
        let about =
            about.map(|it| text(it, "/spec/description", DESCRIPTION_LENGTH_MAX)).transpose()?;
        for _ in 0..STALE_RETRIES {
            let mut row = self.key_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            if wish.owner_id.as_ref().is_some_and(|owner| *owner != row.owner_id) {
                return Err(invalid("/spec/owner", "the owner of a key cannot change"));
            }
            if wish.resource_id.as_ref().is_some_and(|it| it != resource_id(&row.scope)) {
                return Err(invalid("/spec/resource", "the resource of a key cannot change"));
            }
            if wish.expires_us.is_some() && wish.expires_us != row.expires_us {
                return Err(invalid(
                    EXPIRES_AT,
                    "when a key expires cannot change; make a new key",
                ));
            }
            let before_us = row.updated_us;
            row.display_name = name.clone().unwrap_or(row.display_name);
            row.description = about.clone().unwrap_or(row.description);
            row.updated_us = self.now_us().max(before_us + 1);
            if change.dry_run {
                return Ok(row);
            }
            let found = self.parts.repo.update_api_key(caller.org(), row.clone(), before_us).await;
            if found.map_err(from_repo)? {
                return Ok(row);
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Removes a key. It opens nothing when this returns.
    ///
    /// # Errors
    /// Not found; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_api_key(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.key_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let version = change.exactly(&row);
            let found = self.parts.repo.delete_api_key(caller.org(), id.to_owned(), version).await;
            if found.map_err(from_repo)? {
                return self.publish_key(&row.scope).await;
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Makes key and secret without storing them.
    pub(crate) fn mint(&self, organization_id: &str, owner_id: String, scope: KeyScope) -> NewKey {
        let mut random = [0; 16];
        self.parts.rng.fill(&mut random);
        let secret = new_secret(&*self.parts.rng);
        let (verifier, pepper_version) = self.parts.peppers.seal(&secret);
        let now = self.now_us();
        let key = ApiKey {
            id: api_key_from(random),
            organization_id: organization_id.to_owned(),
            owner_id,
            scope,
            display_name: String::new(),
            description: String::new(),
            verifier,
            pepper_version,
            expires_us: None,
            created_us: now,
            updated_us: now,
        };
        NewKey { key, secret }
    }

    async fn key_scope(&self, caller: &Caller, id: Option<&str>) -> Result<KeyScope, Error> {
        let id = match id {
            None | Some("" | "cloud") => return Ok(KeyScope::Cloud),
            Some(id) => id,
        };
        if !id.starts_with(Prefix::Cluster.as_str()) {
            let detail =
                format!("keys are made for \"cloud\" or a Kafka cluster (lkc-…), not {id:?}");
            return Err(
                Error::new(ErrorKind::Invalid, "invalid_resource", detail).at("/spec/resource/id")
            );
        }
        let row = self.parts.repo.cluster(caller.org(), id.to_owned()).await.map_err(from_repo)?;
        let row = row
            .filter(|row| sees(caller, resource(row)))
            .ok_or_else(|| not_found("cluster", id))?;
        Ok(KeyScope::Cluster { cluster_id: row.id, environment_id: row.environment_id })
    }

    async fn key_for(&self, caller: &Caller, action: Action, id: &str) -> Result<ApiKey, Error> {
        let row = self.parts.repo.api_key(caller.org(), id.to_owned()).await.map_err(from_repo)?;
        let row = row.ok_or_else(|| not_found("API key", id))?;
        allow(caller, action, key_resource(&row), "API key", id)?;
        Ok(row)
    }
}

fn key_resource(row: &ApiKey) -> Resource<'_> {
    let thing = Thing::ApiKey { owner_id: &row.owner_id, scope: &row.scope };
    Resource { organization_id: &row.organization_id, thing }
}

fn resource_id(scope: &KeyScope) -> &str {
    match scope {
        KeyScope::Cloud => "cloud",
        KeyScope::Cluster { cluster_id, .. } => cluster_id,
    }
}
