use common_errors::{Error, ErrorKind};
use common_types::crn;
use common_types::id::Prefix;
use common_types::limits::ACL_TEXT_LENGTH_MAX;

use super::core::{allow, sees};
use super::{App, Asked, Change};
use crate::audit;
use crate::authz::{Action, Caller, InClusters, Level, Resource, Thing};
use crate::failures::{bad_filter, forbidden, from_repo, invalid, missing, not_found, taken};
use crate::model::{Role, RoleBinding};
use crate::page::{Page, PageRequest, page};
use crate::ports::{BindingFilter, RepoError};
use crate::scope::Scope;

/// What is wanted of a role binding, as the client said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BindingWish {
    /// `User:sa-…`, `User:u-…`, `User:pool-…` or `User:group-…`.
    pub principal: Option<String>,
    /// The role.
    pub role_name: Option<String>,
    /// The scope.
    pub crn_pattern: Option<String>,
}

/// Which role bindings to list, as the client said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BindingQuery {
    /// Required: the scope; with `/*` at the end also what is below it.
    pub crn_pattern: Option<String>,
    /// Only of this principal.
    pub principal: Option<String>,
    /// Only of this role.
    pub role_name: Option<String>,
}

impl App {
    /// One page of the role bindings on a scope that the caller may see.
    ///
    /// # Errors
    /// No scope named; a bad page token; the store.
    pub async fn role_bindings(
        &self,
        caller: &Caller,
        query: BindingQuery,
        request: &PageRequest,
    ) -> Result<Page<RoleBinding>, Error> {
        let pattern = query.crn_pattern.filter(|pattern| !pattern.is_empty()).ok_or_else(|| {
            bad_filter("crn_pattern", "the query parameter crn_pattern is required")
        })?;
        let (crn, inclusive) = match pattern.strip_suffix("/*") {
            Some(crn) => (crn.to_owned(), true),
            None => (pattern, false),
        };
        let filter = BindingFilter {
            crn,
            inclusive,
            principal: query.principal.filter(|text| !text.is_empty()),
            role_name: query.role_name.filter(|text| !text.is_empty()),
        };
        page(
            request,
            |slice| self.parts.repo.role_bindings(caller.org(), filter.clone(), slice),
            |row: &RoleBinding| sees_binding(caller, row),
        )
        .await
    }

    /// One role binding.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn role_binding(&self, caller: &Caller, id: &str) -> Result<RoleBinding, Error> {
        self.binding_for(caller, Action::Read, id).await
    }

    /// Binds a role. It is in force when this returns.
    ///
    /// # Errors
    /// An unknown role, principal or scope; the same binding there already; a missing role of the
    /// caller; brokers that do not take the new access snapshot.
    pub async fn create_role_binding(
        &self,
        caller: &Caller,
        wish: BindingWish,
        asked: Asked<'_, RoleBinding>,
    ) -> Result<RoleBinding, Error> {
        let principal = wish.principal.ok_or_else(|| missing("/principal"))?;
        let role_name = wish.role_name.ok_or_else(|| missing("/role_name"))?;
        let pattern = wish.crn_pattern.ok_or_else(|| missing("/crn_pattern"))?;
        let role: Role = role_name.parse().map_err(|error| {
            Error::new(ErrorKind::Invalid, "invalid_role", format!("role_name: {error}"))
                .at("/role_name")
        })?;
        let scope = scope_of(role, &pattern, &caller.organization_id)?;
        if !sees(caller, caller.own(Thing::RoleBinding(&scope))) {
            return Err(forbidden("bind roles on this scope"));
        }
        allow(caller, Action::Create, caller.own(Thing::RoleBinding(&scope)), "scope", &pattern)?;
        self.scope_exists(caller, &scope).await?;
        self.principal_exists(caller, &principal).await?;
        let now = self.now_us();
        let row = RoleBinding {
            id: self.new_id(Prefix::RoleBinding),
            organization_id: caller.organization_id.clone(),
            principal,
            role,
            // As it was written: clients compare it with what they sent.
            crn_pattern: pattern.strip_suffix('/').unwrap_or(&pattern).to_owned(),
            created_us: now,
            updated_us: now,
        };
        audit::about("role-binding", &row.id, || {
            format!("{}/role-binding={}", crn::organization(&row.organization_id), row.id)
        });
        let terms = self.terms(caller, &asked, &row)?;
        let stored = self.parts.repo.insert_role_binding(caller.org(), row.clone(), terms).await;
        stored.map_err(|error| match error {
            RepoError::Taken { existing_id } => {
                taken(format!("the same role binding is there already as {existing_id}"))
            }
            other => from_repo(other),
        })?;
        if asked.dry_run {
            return Ok(row);
        }
        self.forget_receipts(&asked).await;
        self.publish_principal(&row.principal).await?;
        Ok(row)
    }

    /// Removes a role binding. It is out of force when this returns.
    ///
    /// # Errors
    /// Not found; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_role_binding(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<RoleBinding, Error> {
        // A binding never changes, so what was checked still holds when it is removed.
        let row = self.binding_for(caller, Action::Delete, id).await?;
        change.check(&row)?;
        if change.dry_run {
            return Ok(row);
        }
        let found = self.parts.repo.delete_role_binding(caller.org(), id.to_owned()).await;
        if !found.map_err(from_repo)? {
            return Err(not_found("role binding", id));
        }
        self.publish_principal(&row.principal).await?;
        Ok(row)
    }

    async fn binding_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<RoleBinding, Error> {
        let row =
            self.parts.repo.role_binding(caller.org(), id.to_owned()).await.map_err(from_repo)?;
        let hidden = || not_found("role binding", id);
        let row = row.ok_or_else(hidden)?;
        if action == Action::Read && sees_binding(caller, &row) {
            return Ok(row);
        }
        let scope = Scope::parse(&row.crn_pattern, &row.organization_id).ok_or_else(hidden)?;
        allow(caller, action, resource(&row, &scope), "role binding", id)?;
        Ok(row)
    }

    async fn scope_exists(&self, caller: &Caller, scope: &Scope) -> Result<(), Error> {
        let repo = &self.parts.repo;
        let found = match scope {
            Scope::Organization => true,
            Scope::Environment(id) => {
                repo.environment(caller.org(), id.clone()).await.map_err(from_repo)?.is_some()
            }
            Scope::Cluster { environment_id, cluster_id }
            | Scope::Part { environment_id, cluster_id, .. } => repo
                .cluster(caller.org(), cluster_id.clone())
                .await
                .map_err(from_repo)?
                .is_some_and(|row| row.environment_id == *environment_id),
        };
        if found {
            Ok(())
        } else {
            Err(invalid(
                "/crn_pattern",
                "crn_pattern names an environment or cluster that is not there",
            ))
        }
    }

    async fn principal_exists(&self, caller: &Caller, principal: &str) -> Result<(), Error> {
        let bad = |why: String| Err(invalid("/principal", why));
        let Some(id) = principal.strip_prefix("User:") else {
            return bad("principal must start with \"User:\"".to_owned());
        };
        let is_there = if id.starts_with(Prefix::GroupMapping.as_str()) {
            let found = self.parts.repo.group_mapping(caller.org(), id.to_owned()).await;
            found.map_err(from_repo)?.is_some()
        } else {
            self.identity_exists(caller, id).await?
        };
        if is_there { Ok(()) } else { bad(format!("principal {principal:?} is not there")) }
    }

    pub(crate) async fn identity_exists(&self, caller: &Caller, id: &str) -> Result<bool, Error> {
        let repo = &self.parts.repo;
        if id.starts_with(Prefix::ServiceAccount.as_str()) {
            return Ok(repo
                .service_account(caller.org(), id.to_owned())
                .await
                .map_err(from_repo)?
                .is_some());
        }
        if id.starts_with(Prefix::IdentityPool.as_str()) {
            let pool = repo.identity_pool(caller.org(), id.to_owned()).await;
            return Ok(pool.map_err(from_repo)?.is_some());
        }
        Ok(repo.user(caller.org(), id.to_owned()).await.map_err(from_repo)?.is_some())
    }
}

fn resource<'a>(row: &'a RoleBinding, scope: &'a Scope) -> Resource<'a> {
    Resource { organization_id: &row.organization_id, thing: Thing::RoleBinding(scope) }
}

fn sees_binding(caller: &Caller, row: &RoleBinding) -> bool {
    if row.principal.strip_prefix("User:") == Some(caller.principal_id.as_str()) {
        return true;
    }
    Scope::parse(&row.crn_pattern, &row.organization_id)
        .is_some_and(|scope| sees(caller, resource(row, &scope)))
}

fn scope_of(role: Role, pattern: &str, organization_id: &str) -> Result<Scope, Error> {
    let bad =
        |detail: String| Error::new(ErrorKind::Invalid, "invalid_crn", detail).at("/crn_pattern");
    let scope = Scope::parse(pattern, organization_id)
        .ok_or_else(|| bad(format!("crn_pattern {pattern:?} is no scope of this organization")))?;
    let rights = role.rights();
    if let Scope::Part { part, .. } = &scope {
        let long = || bad(format!("a name has 1 to {ACL_TEXT_LENGTH_MAX} readable characters"));
        part.check().map_err(|_| long())?;
    }
    if rights.binds_to(&scope) {
        return Ok(scope);
    }
    let org = Scope::Organization.crn(organization_id);
    let places: Vec<String> =
        rights.levels.iter().map(|level| format!("{org}{}", example(*level))).collect();
    let mut detail = format!("{} is bound to {}", role.as_str(), places.join(" or "));
    if let (InClusters::Operations(all), [Level::Part]) = (rights.in_clusters, rights.levels) {
        let known: Vec<&str> = all.iter().map(|(resource, _)| resource.as_str()).collect();
        detail = format!("{detail}, for {}", known.join(", "));
    }
    Err(bad(detail))
}

/// The end of a CRN of such a scope.
const fn example(level: Level) -> &'static str {
    match level {
        Level::Organization => "",
        Level::Environment => "/environment=env-…",
        Level::Cluster => "/environment=env-…/cloud-cluster=lkc-…",
        Level::Part => "/environment=env-…/cloud-cluster=lkc-…/kafka=lkc-…/topic=name or prefix*",
    }
}
