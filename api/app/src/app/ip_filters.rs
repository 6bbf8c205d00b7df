use common_errors::{Error, ErrorKind};
use common_types::crn;
use common_types::id::Prefix;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::{App, Asked, Change};
use crate::authz::{Action, Caller, Thing};
use crate::failures::{bad_filter, forbidden, from_repo, invalid, missing, not_found, taken};
use crate::model::{IpFilter, OperationGroup};
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;
use crate::rules::display_name;

const NAME_LENGTH_MAX: usize = 64;
const GROUPS_MAX: usize = 25;
/// Operation groups of other installations. Nothing here would refuse anybody by them yet.
const NOT_IN_FORCE: [&str; 5] =
    ["SCHEMA", "FLINK", "KAFKA_MANAGEMENT", "KAFKA_DATA", "KAFKA_DISCOVERY"];

/// What is wanted of a filter; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IpFilterWish {
    /// Required to create.
    pub filter_name: Option<String>,
    /// `management`, or `multiple` with operation groups; required to create.
    pub resource_group: Option<String>,
    /// The CRN of the organisation, which is what an absent one means.
    pub resource_scope: Option<String>,
    /// `MANAGEMENT`.
    pub operation_groups: Option<Vec<String>>,
    /// Ids of groups of addresses; required to create.
    pub ip_group_ids: Option<Vec<String>>,
}

/// Which filters to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IpFilterQuery {
    /// Only on this scope.
    pub resource_scope: Option<String>,
    /// Also on those above it.
    pub include_parent_scopes: bool,
}

impl App {
    /// One page of the filters.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn ip_filters(
        &self,
        caller: &Caller,
        query: &IpFilterQuery,
        request: &PageRequest,
    ) -> Result<Page<IpFilter>, Error> {
        let sees = sees(caller, caller.own(Thing::IpRules));
        let wanted = |row: &IpFilter| match &query.resource_scope {
            None => true,
            Some(scope) if query.include_parent_scopes => scope.starts_with(&row.resource_scope),
            Some(scope) => *scope == row.resource_scope,
        };
        let keep = |row: &IpFilter| sees && wanted(row);
        page(request, |slice| self.parts.repo.ip_filters(caller.org(), slice), keep).await
    }

    /// One filter.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn ip_filter(&self, caller: &Caller, id: &str) -> Result<IpFilter, Error> {
        allow(caller, Action::Read, caller.own(Thing::IpRules), "IP filter", id)?;
        let row =
            self.parts.repo.ip_filter(caller.org(), id.to_owned()).await.map_err(from_repo)?;
        row.ok_or_else(|| not_found("IP filter", id))
    }

    /// Makes a filter. It is in force when this returns.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role; a filter that would refuse the caller.
    pub async fn create_ip_filter(
        &self,
        caller: &Caller,
        wish: IpFilterWish,
        asked: Asked<'_, IpFilter>,
    ) -> Result<IpFilter, Error> {
        let id = self.new_id(Prefix::IpFilter);
        if allow(caller, Action::Create, caller.own(Thing::IpRules), "IP filter", &id).is_err() {
            return Err(forbidden("make IP filters"));
        }
        let now = self.now_us();
        for (absent, pointer) in [
            (wish.filter_name.is_none(), "/filter_name"),
            (wish.resource_group.is_none(), "/resource_group"),
            (wish.ip_group_ids.is_none(), "/ip_groups"),
        ] {
            if absent {
                return Err(missing(pointer));
            }
        }
        let mut row = IpFilter {
            id,
            organization_id: caller.organization_id.clone(),
            filter_name: String::new(),
            resource_group: String::new(),
            resource_scope: crn::organization(&caller.organization_id),
            operation_groups: vec![OperationGroup::Management],
            ip_group_ids: Vec::new(),
            created_us: now,
            updated_us: now,
        };
        self.apply_filter(caller, &wish, &mut row).await?;
        let terms = self.terms(caller, &asked, &row)?;
        let guard = Self::guard(caller, asked.dry_run);
        let stored = self.parts.repo.insert_ip_filter(caller.org(), row.clone(), terms, guard);
        stored.await.map_err(name_taken)?;
        self.forget_receipts(&asked).await;
        Ok(row)
    }

    /// Changes a filter.
    ///
    /// # Errors
    /// As to create one.
    pub async fn update_ip_filter(
        &self,
        caller: &Caller,
        id: &str,
        wish: IpFilterWish,
        change: &Change,
    ) -> Result<IpFilter, Error> {
        for _ in 0..STALE_RETRIES {
            let mut row = self.ip_filter(caller, id).await?;
            change.check(&row)?;
            let before_us = row.updated_us;
            self.apply_filter(caller, &wish, &mut row).await?;
            row.updated_us = self.now_us().max(before_us + 1);
            let guard = Self::guard(caller, change.dry_run);
            let repo = &self.parts.repo;
            match repo.update_ip_filter(caller.org(), row.clone(), before_us, guard).await {
                Ok(()) => return Ok(row),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(name_taken(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Removes a filter.
    ///
    /// # Errors
    /// Not found; a missing role; other filters that would refuse the caller.
    pub async fn delete_ip_filter(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.ip_filter(caller, id).await?;
            change.check(&row)?;
            let guard = Self::guard(caller, change.dry_run);
            let repo = &self.parts.repo;
            let gone = repo.delete_ip_filter(caller.org(), row.id, row.updated_us, guard).await;
            if gone.map_err(from_repo)? {
                return Ok(());
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Whether a filter limits who may ask.
    ///
    /// # Errors
    /// A scope that is not this organisation; a missing role.
    pub async fn ip_filter_summary(&self, caller: &Caller, scope: &str) -> Result<bool, Error> {
        let own = crn::organization(&caller.organization_id);
        if scope.strip_suffix('/').unwrap_or(scope) != own {
            return Err(bad_filter("scope", format!("scope must be {own}")));
        }
        if !sees(caller, caller.own(Thing::IpRules)) {
            return Err(forbidden("see what IP filters limit"));
        }
        let rules = self.parts.repo.ip_rules(caller.org()).await;
        Ok(!rules.map_err(from_repo)?.0.is_empty())
    }

    /// Puts a wish into a row, after a look at each of its values.
    async fn apply_filter(
        &self,
        caller: &Caller,
        wish: &IpFilterWish,
        row: &mut IpFilter,
    ) -> Result<(), Error> {
        if let Some(name) = &wish.filter_name {
            row.filter_name = display_name(name.clone(), "/filter_name", NAME_LENGTH_MAX)?;
        }
        if let Some(group) = &wish.resource_group {
            if !["management", "multiple"].contains(&group.as_str()) {
                let detail = format!("resource_group is management or multiple, not {group:?}");
                return Err(invalid("/resource_group", detail));
            }
            row.resource_group.clone_from(group);
        }
        if let Some(scope) = wish.resource_scope.as_ref().filter(|scope| !scope.is_empty())
            && scope.strip_suffix('/').unwrap_or(scope) != row.resource_scope
        {
            let detail = format!("MANAGEMENT is filtered for {} as a whole", row.resource_scope);
            return Err(invalid("/resource_scope", detail));
        }
        if let Some(groups) = &wish.operation_groups {
            row.operation_groups = operation_groups(groups)?;
        }
        if let Some(ids) = &wish.ip_group_ids {
            if ids.is_empty() || ids.len() > GROUPS_MAX {
                let detail = format!("ip_groups holds 1 to {GROUPS_MAX} groups");
                return Err(invalid("/ip_groups", detail));
            }
            for id in ids {
                if self
                    .parts
                    .repo
                    .ip_group(caller.org(), id.clone())
                    .await
                    .map_err(from_repo)?
                    .is_none()
                {
                    return Err(invalid("/ip_groups", format!("IP group {id:?} is not there")));
                }
            }
            row.ip_group_ids.clone_from(ids);
        }
        Ok(())
    }
}

fn operation_groups(wanted: &[String]) -> Result<Vec<OperationGroup>, Error> {
    let mut found = Vec::new();
    for text in wanted {
        if NOT_IN_FORCE.contains(&text.as_str()) {
            let detail = format!("operation group {text} is not filtered yet; MANAGEMENT is");
            let error = Error::new(ErrorKind::Invalid, "not_implemented", detail);
            return Err(error.at("/operation_groups"));
        }
        let read = text.parse::<OperationGroup>();
        found.push(
            read.map_err(|error| {
                invalid("/operation_groups", format!("operation_groups: {error}"))
            })?,
        );
    }
    if found.is_empty() {
        found.push(OperationGroup::Management);
    }
    Ok(found)
}

fn name_taken(error: RepoError) -> Error {
    match error {
        RepoError::Taken { existing_id } => {
            taken(format!("filter_name is already in use by {existing_id}"))
        }
        other => from_repo(other),
    }
}
