use api_app::model::SsoConnection;
use api_app::{OrgScope, RepoError};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};

use crate::Store;
use crate::convert;
use crate::entity::{person, sso_connection, sso_domain};
use crate::errors::Fault;

impl Store {
    pub(in crate::repo) async fn read_any_sso_connection(
        &self,
        domain: String,
    ) -> Result<Option<SsoConnection>, Fault> {
        let Some(found) = sso_domain::Entity::find_by_id(domain).one(&self.reader()).await? else {
            return Ok(None);
        };
        let id = found.organization_id;
        let row = sso_connection::Entity::find_by_id(id.clone()).one(&self.reader()).await?;
        let domains = sso_domain::Entity::find()
            .filter(sso_domain::Column::OrganizationId.eq(id))
            .order_by_asc(sso_domain::Column::Domain)
            .all(&self.reader())
            .await?;
        let domains = domains.into_iter().map(|row| row.domain).collect();
        row.map(|row| convert::sso_connection(row, domains)).transpose()
    }
}

/// Refuses a domain that another organisation's connection speaks for, or that is one of its people: theirs would be
/// sent to a provider of somebody else.
pub(in crate::repo) async fn domain_is_free(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    domain: &str,
) -> Result<(), Fault> {
    let holder = sso_domain::Entity::find_by_id(domain.to_owned())
        .filter(sso_domain::Column::OrganizationId.ne(org.id()))
        .one(tx)
        .await?;
    // A domain has neither of the two signs that LIKE knows.
    let stranger = person::Entity::find()
        .filter(person::Column::OrganizationId.ne(org.id()))
        .filter(person::Column::Email.like(format!("%@{domain}")))
        .one(tx)
        .await?;
    if holder.is_some() || stranger.is_some() {
        return Err(Fault::Repo(RepoError::Taken { existing_id: domain.to_owned() }));
    }
    Ok(())
}
