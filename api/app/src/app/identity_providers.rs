use common_errors::{Error, ErrorKind};
use common_types::id::Prefix;
use tokens::claim_path;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::identity_keys::ASKED_PAUSE;
use super::{App, Asked, Change};
use crate::authz::{Action, Caller, Thing};
use crate::failures::{forbidden, from_repo, invalid, missing, not_found, taken};
use crate::model::{IdentityProvider, KeySetStatus};
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;
use crate::rules::{display_name, text};

/// Identity providers of an organisation.
const PROVIDERS_MAX: u64 = 20;
pub(super) const NAME_LENGTH_MAX: usize = 64;
pub(super) const DESCRIPTION_LENGTH_MAX: usize = 256;
const URL_LENGTH_MAX: usize = 512;
const KIND: &str = "identity provider";

/// What is wanted of an identity provider; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityProviderWish {
    /// Required to create.
    pub display_name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// What `iss` says in its tokens; required to create.
    pub issuer: Option<String>,
    /// Where its public keys are; required to create.
    pub jwks_uri: Option<String>,
    /// Which claim names an identity: `claims.sub`.
    pub identity_claim: Option<String>,
}

impl App {
    /// One page of the identity providers.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn identity_providers(
        &self,
        caller: &Caller,
        request: &PageRequest,
    ) -> Result<Page<IdentityProvider>, Error> {
        let sees = sees(caller, caller.own(Thing::IdentityProvider));
        let fetch = |slice| self.parts.repo.identity_providers(caller.org(), slice);
        page(request, fetch, |_: &IdentityProvider| sees).await
    }

    /// One identity provider.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn identity_provider(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<IdentityProvider, Error> {
        self.provider_for(caller, Action::Read, id).await
    }

    /// Makes an identity provider, and reads its keys. It is made also when they cannot be read now: they are
    /// read again when a token needs one.
    ///
    /// # Errors
    /// A bad value; a taken name; as many as there may be; a missing role.
    pub async fn create_identity_provider(
        &self,
        caller: &Caller,
        wish: IdentityProviderWish,
        asked: Asked<'_, IdentityProvider>,
    ) -> Result<IdentityProvider, Error> {
        let id = self.new_id(Prefix::IdentityProvider);
        let thing = caller.own(Thing::IdentityProvider);
        if allow(caller, Action::Create, thing, KIND, &id).is_err() {
            return Err(forbidden("make identity providers"));
        }
        for (absent, pointer) in [
            (wish.display_name.is_none(), "/display_name"),
            (wish.issuer.is_none(), "/issuer"),
            (wish.jwks_uri.is_none(), "/jwks_uri"),
        ] {
            if absent {
                return Err(missing(pointer));
            }
        }
        let now = self.now_us();
        let mut row = IdentityProvider {
            id,
            organization_id: caller.organization_id.clone(),
            display_name: String::new(),
            description: String::new(),
            issuer: String::new(),
            jwks_uri: String::new(),
            identity_claim: String::new(),
            keys: Vec::new(),
            keys_status: KeySetStatus::Error,
            keys_us: 0,
            created_us: now,
            updated_us: now,
        };
        self.apply_provider(&wish, &mut row)?;
        if !asked.dry_run {
            self.read_keys(&mut row, KeySetStatus::Ok).await;
        }
        let terms = self.terms(caller, &asked, &row)?;
        let repo = &self.parts.repo;
        let stored =
            repo.insert_identity_provider(caller.org(), row.clone(), PROVIDERS_MAX, terms).await;
        if !stored.map_err(name_taken)? {
            return Err(too_many("identity providers of an organization", PROVIDERS_MAX));
        }
        self.forget_receipts(&asked).await;
        Ok(row)
    }

    /// Changes an identity provider. Access tokens that were given for another issuer or other keys end, and
    /// connections of Kafka clients.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role; brokers that do not take the new access snapshot.
    pub async fn update_identity_provider(
        &self,
        caller: &Caller,
        id: &str,
        wish: IdentityProviderWish,
        change: &Change,
    ) -> Result<IdentityProvider, Error> {
        for _ in 0..STALE_RETRIES {
            let mut row = self.provider_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            let (before_us, read_from) = (row.updated_us, row.jwks_uri.clone());
            self.apply_provider(&wish, &mut row)?;
            if row.jwks_uri != read_from {
                // Keys of elsewhere sign nothing here from now on.
                (row.keys, row.keys_us, row.keys_status) = (Vec::new(), 0, KeySetStatus::Error);
                if !change.dry_run {
                    self.read_keys(&mut row, KeySetStatus::Ok).await;
                }
            }
            row.updated_us = self.now_us().max(before_us + 1);
            let repo = &self.parts.repo;
            let stored =
                repo.update_identity_provider(caller.org(), row.clone(), before_us, change.dry_run);
            match stored.await {
                Ok(()) if change.dry_run => return Ok(row),
                Ok(()) => return self.publish_access().await.map(|()| row),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(name_taken(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Reads the keys of an identity provider now, unless that was done a moment ago.
    ///
    /// # Errors
    /// Not found; a missing role; the store. That keys could not be read is in the answer.
    pub async fn refresh_identity_keys(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<IdentityProvider, Error> {
        let row = self.provider_for(caller, Action::Update, id).await?;
        let fresh = self.fresh_keys(caller.org(), &row.id, ASKED_PAUSE, KeySetStatus::Refreshed);
        fresh.await?.ok_or_else(|| not_found(KIND, id))
    }

    /// Deletes an identity provider with its pools: from then on nobody is let in by any of them.
    ///
    /// # Errors
    /// Not found; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_identity_provider(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.provider_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let repo = &self.parts.repo;
            let gone = repo.delete_identity_provider(caller.org(), row.id, row.updated_us).await;
            if gone.map_err(from_repo)? {
                return self.publish_access().await;
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    async fn provider_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<IdentityProvider, Error> {
        allow(caller, action, caller.own(Thing::IdentityProvider), KIND, id)?;
        let row = self.parts.repo.identity_provider(caller.org(), id.to_owned()).await;
        row.map_err(from_repo)?.ok_or_else(|| not_found(KIND, id))
    }

    /// Puts a wish into a row, after a look at each of its values.
    fn apply_provider(
        &self,
        wish: &IdentityProviderWish,
        row: &mut IdentityProvider,
    ) -> Result<(), Error> {
        if let Some(name) = &wish.display_name {
            row.display_name = display_name(name.clone(), "/display_name", NAME_LENGTH_MAX)?;
        }
        if let Some(description) = &wish.description {
            row.description = text(description.clone(), "/description", DESCRIPTION_LENGTH_MAX)?;
        }
        if let Some(issuer) = &wish.issuer {
            row.issuer = display_name(issuer.clone(), "/issuer", URL_LENGTH_MAX)?;
        }
        if let Some(uri) = &wish.jwks_uri {
            let uri = display_name(uri.clone(), "/jwks_uri", URL_LENGTH_MAX)?;
            let allowed = self.parts.key_sets.check(&uri);
            allowed.map_err(|error| invalid("/jwks_uri", format!("jwks_uri {error}")))?;
            row.jwks_uri = uri;
        }
        if let Some(claim) = &wish.identity_claim {
            row.identity_claim = identity_claim(claim)?;
        }
        Ok(())
    }
}

/// Which claim names an identity.
pub(super) fn identity_claim(text: &str) -> Result<String, Error> {
    if claim_path(text).is_none() {
        let detail = "identity_claim names a claim of the token, such as claims.sub";
        return Err(invalid("/identity_claim", detail));
    }
    Ok(text.to_owned())
}

pub(super) fn too_many(what: &str, most: u64) -> Error {
    let detail = format!("the number of {what} is currently limited to {most}");
    Error::new(ErrorKind::Quota, "quota_exceeded", detail)
}

pub(super) fn name_taken(error: RepoError) -> Error {
    match error {
        RepoError::Taken { existing_id } => {
            taken(format!("display_name is already in use by {existing_id}"))
        }
        other => from_repo(other),
    }
}
