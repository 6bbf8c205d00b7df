use common_errors::Error;
use common_types::id::Prefix;
use serde_json::{Map, Value};
use tokens::Filter;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::identity_providers::{DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX, name_taken, too_many};
use super::{App, Asked, Change};
use crate::authz::{Action, Caller, Thing, grants_of};
use crate::failures::{forbidden, from_repo, internal, invalid, missing, not_found};
use crate::model::GroupMapping;
use crate::page::{Page, PageRequest, page};
use crate::ports::{RepoError, Slice};
use crate::rules::{display_name, text};

/// Group mappings of an organisation: each is looked at with every request of a session from single sign-on.
const MAPPINGS_MAX: u64 = 50;
const KIND: &str = "group mapping";

/// What is wanted of a group mapping; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupMappingWish {
    /// Required to create.
    pub display_name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Who belongs to it, in CEL; required to create.
    pub filter: Option<String>,
}

impl App {
    /// One page of the group mappings.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn group_mappings(
        &self,
        caller: &Caller,
        request: &PageRequest,
    ) -> Result<Page<GroupMapping>, Error> {
        let sees = sees(caller, caller.own(Thing::IdentityProvider));
        let fetch = |slice| self.parts.repo.group_mappings(caller.org(), slice);
        page(request, fetch, |_: &GroupMapping| sees).await
    }

    /// One group mapping.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn group_mapping(&self, caller: &Caller, id: &str) -> Result<GroupMapping, Error> {
        self.mapping_for(caller, Action::Read, id).await
    }

    /// Makes a group mapping. Whoever belongs to it may do nothing more until roles are bound to `User:group-…`.
    ///
    /// # Errors
    /// A bad value; a taken name; as many as there may be; a missing role.
    pub async fn create_group_mapping(
        &self,
        caller: &Caller,
        wish: GroupMappingWish,
        asked: Asked<'_, GroupMapping>,
    ) -> Result<GroupMapping, Error> {
        let id = self.new_id(Prefix::GroupMapping);
        let thing = caller.own(Thing::IdentityProvider);
        if allow(caller, Action::Create, thing, KIND, &id).is_err() {
            return Err(forbidden("make group mappings"));
        }
        for (absent, pointer) in
            [(wish.display_name.is_none(), "/display_name"), (wish.filter.is_none(), "/filter")]
        {
            if absent {
                return Err(missing(pointer));
            }
        }
        let now = self.now_us();
        let mut row = GroupMapping {
            id,
            organization_id: caller.organization_id.clone(),
            display_name: String::new(),
            description: String::new(),
            filter: String::new(),
            created_us: now,
            updated_us: now,
        };
        apply(&wish, &mut row)?;
        let terms = self.terms(caller, &asked, &row)?;
        let repo = &self.parts.repo;
        let stored =
            repo.insert_group_mapping(caller.org(), row.clone(), MAPPINGS_MAX, terms).await;
        if !stored.map_err(name_taken)? {
            return Err(too_many("group mappings of an organization", MAPPINGS_MAX));
        }
        self.forget_receipts(&asked).await;
        Ok(row)
    }

    /// Changes a group mapping: who belongs to it is found anew with the next request of each.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role.
    pub async fn update_group_mapping(
        &self,
        caller: &Caller,
        id: &str,
        wish: GroupMappingWish,
        change: &Change,
    ) -> Result<GroupMapping, Error> {
        for _ in 0..STALE_RETRIES {
            let mut row = self.mapping_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            let before_us = row.updated_us;
            apply(&wish, &mut row)?;
            row.updated_us = self.now_us().max(before_us + 1);
            let repo = &self.parts.repo;
            let stored =
                repo.update_group_mapping(caller.org(), row.clone(), before_us, change.dry_run);
            match stored.await {
                Ok(()) => return Ok(row),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(name_taken(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes a group mapping with its role bindings: from then on nobody has what it gave.
    ///
    /// # Errors
    /// Not found; a missing role; the store.
    pub async fn delete_group_mapping(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.mapping_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let repo = &self.parts.repo;
            let gone = repo.delete_group_mapping(caller.org(), row.id, row.updated_us).await;
            if gone.map_err(from_repo)? {
                return Ok(());
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Gives a caller the roles of those groups that let in whoever the provider said these claims of. Mappings and
    /// bindings are read with each request, so that a change counts from the next one.
    pub(super) async fn join_groups(&self, caller: &mut Caller, claims: &str) -> Result<(), Error> {
        let claims: Map<String, Value> = serde_json::from_str(claims)
            .map_err(|_| internal("the claims of a session cannot be read"))?;
        let all = Slice { after: None, limit: u32::try_from(MAPPINGS_MAX).unwrap_or(u32::MAX) };
        let mappings =
            self.parts.repo.group_mappings(caller.org(), all).await.map_err(from_repo)?;
        for mapping in mappings {
            if !Filter::parse(&mapping.filter).is_ok_and(|filter| filter.admits(&claims)) {
                continue;
            }
            let principal = format!("User:{}", mapping.id);
            let bindings = self.parts.repo.role_bindings_of(caller.org(), principal).await;
            let bindings = bindings.map_err(from_repo)?;
            caller.grants.extend(grants_of(&bindings, &caller.organization_id));
        }
        Ok(())
    }

    async fn mapping_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<GroupMapping, Error> {
        allow(caller, action, caller.own(Thing::IdentityProvider), KIND, id)?;
        let row = self.parts.repo.group_mapping(caller.org(), id.to_owned()).await;
        row.map_err(from_repo)?.ok_or_else(|| not_found(KIND, id))
    }
}

/// Puts a wish into a row, after a look at each of its values.
fn apply(wish: &GroupMappingWish, row: &mut GroupMapping) -> Result<(), Error> {
    if let Some(name) = &wish.display_name {
        row.display_name = display_name(name.clone(), "/display_name", NAME_LENGTH_MAX)?;
    }
    if let Some(description) = &wish.description {
        row.description = text(description.clone(), "/description", DESCRIPTION_LENGTH_MAX)?;
    }
    if let Some(filter) = &wish.filter {
        Filter::parse(filter).map_err(|why| invalid("/filter", why))?;
        row.filter.clone_from(filter);
    }
    Ok(())
}
