use api_app::model::{AuthType, SsoConnection, SsoLink, User};
use api_app::{OrgScope, RepoError};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::ip_rules::hold_rules;
use super::receipts::finish;
use super::scoped;
use super::scoped::Owned as _;
use super::system::{commit, domain_is_free};
use crate::Store;
use crate::convert;
use crate::entity::{invitation, person, session, sso_connection, sso_domain, sso_link};
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn read_sso_connection(
        &self,
        org: OrgScope,
    ) -> Result<Option<SsoConnection>, Fault> {
        let row = scoped::find::<sso_connection::Entity>(&org).one(&self.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        let domains = scoped::find::<sso_domain::Entity>(&org)
            .order_by_asc(sso_domain::Column::Domain)
            .all(&self.reader())
            .await?;
        let domains = domains.into_iter().map(|row| row.domain).collect();
        convert::sso_connection(row, domains).map(Some)
    }

    pub(super) async fn write_sso_connection(
        &self,
        org: OrgScope,
        it: SsoConnection,
        before_us: i64,
        sessions_end: bool,
        rehearsal: bool,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let domains = it.domains.clone();
        let row = convert::sso_connection_row(it);
        if before_us == 0 {
            let added = scoped::insert::<sso_connection::Entity>(&org, &tx, row).await;
            if let Err(error) = added {
                return if is_unique_violation(&error) { Ok(false) } else { Err(error.into()) };
            }
        } else {
            let new = sso_connection::Entity::adopted(row, &org);
            let changed = scoped::update::<sso_connection::Entity>(&org)
                .set(new.into_active_model().reset_all())
                .filter(sso_connection::Column::UpdatedUs.eq(before_us))
                .exec(&tx)
                .await?;
            if changed.rows_affected == 0 {
                return Ok(false);
            }
        }
        scoped::delete::<sso_domain::Entity>(&org).exec(&tx).await?;
        for domain in domains {
            domain_is_free(&tx, &org, &domain).await?;
            let row = sso_domain::Model { domain: domain.clone(), organization_id: String::new() };
            let added = scoped::insert::<sso_domain::Entity>(&org, &tx, row).await;
            added.map_err(|error| taken(error, &domain))?;
        }
        if sessions_end {
            end_sessions(&tx, &org).await?;
        }
        finish(tx, rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn remove_sso_connection(
        &self,
        org: OrgScope,
        updated_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<sso_connection::Entity>(&org)
            .filter(sso_connection::Column::UpdatedUs.eq(updated_us))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        scoped::delete::<sso_domain::Entity>(&org).exec(&tx).await?;
        end_sessions(&tx, &org).await?;
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn read_linked_person(
        &self,
        org: OrgScope,
        issuer: String,
        subject: String,
    ) -> Result<Option<User>, Fault> {
        let link = scoped::find::<sso_link::Entity>(&org)
            .filter(sso_link::Column::Issuer.eq(issuer))
            .filter(sso_link::Column::Subject.eq(subject))
            .one(&self.reader())
            .await?;
        let Some(link) = link else { return Ok(None) };
        self.read_user(org, link.person_id).await
    }

    pub(super) async fn write_link(&self, org: OrgScope, link: SsoLink) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let (id, at_us) = (link.person_id.clone(), link.created_us);
        // Held until the end, so that the link goes with its person.
        let owner = scoped::find_by_id::<person::Entity>(&org, id.clone()).lock_exclusive();
        if owner.one(&tx).await?.is_none() {
            return Err(Fault::Repo(RepoError::ParentGone(id)));
        }
        let row = convert::sso_link_row(link);
        let added = scoped::insert::<sso_link::Entity>(&org, &tx, row).await;
        added.map_err(|error| taken(error, &id))?;
        scoped::update::<person::Entity>(&org)
            .col_expr(person::Column::AuthType, Expr::value(AuthType::Sso.as_str()))
            .col_expr(person::Column::UpdatedUs, Expr::value(at_us))
            .filter(person::Column::Id.eq(&id))
            .filter(person::Column::PasswordHash.is_null())
            .exec(&tx)
            .await?;
        scoped::update::<invitation::Entity>(&org)
            .col_expr(invitation::Column::AcceptedUs, Expr::value(at_us))
            .col_expr(invitation::Column::UpdatedUs, Expr::value(at_us))
            .filter(invitation::Column::PersonId.eq(id))
            .filter(invitation::Column::AcceptedUs.is_null())
            .exec(&tx)
            .await?;
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn write_sso_person(
        &self,
        org: OrgScope,
        user: User,
        link: SsoLink,
        people_max: u64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        // Held until the end, so that of two at the same time the second counts the first.
        hold_rules(&tx, &org).await?;
        if scoped::find::<person::Entity>(&org).count(&tx).await? >= people_max {
            return Ok(false);
        }
        let id = user.id.clone();
        let row = convert::user_row(user);
        let added = scoped::insert::<person::Entity>(&org, &tx, row).await;
        added.map_err(|error| taken(error, &id))?;
        let added =
            scoped::insert::<sso_link::Entity>(&org, &tx, convert::sso_link_row(link)).await;
        added.map_err(|error| taken(error, &id))?;
        commit(tx).await?;
        Ok(true)
    }
}

/// Ends the sessions of those for whom a provider spoke.
async fn end_sessions(tx: &DatabaseTransaction, org: &OrgScope) -> Result<(), Fault> {
    scoped::delete::<session::Entity>(org).filter(session::Column::Claims.ne("")).exec(tx).await?;
    Ok(())
}

fn taken(error: sea_orm::DbErr, id: &str) -> Fault {
    if is_unique_violation(&error) {
        Fault::Repo(RepoError::Taken { existing_id: id.to_owned() })
    } else {
        error.into()
    }
}
