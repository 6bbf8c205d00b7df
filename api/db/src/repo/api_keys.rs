use api_app::model::{ApiKey, KeyScope};
use api_app::{KeyFilter, OrgScope, RepoError, Slice, Terms};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QuerySelect};

use super::clusters::live_locked_cluster;
use super::receipts::{finish, write_receipt};
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::{api_key, person, service_account};
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_api_keys(
        &self,
        org: OrgScope,
        filter: KeyFilter,
        slice: Slice,
    ) -> Result<Vec<ApiKey>, Fault> {
        let mut some = scoped::find::<api_key::Entity>(&org);
        if let Some(owner_id) = filter.owner_id {
            some = some.filter(api_key::Column::OwnerId.eq(owner_id));
        }
        if let Some(resource_id) = filter.resource_id {
            some = some.filter(api_key::Column::ResourceId.eq(resource_id));
        }
        let rows = sliced!(some, api_key::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::api_key).collect()
    }

    pub(super) async fn read_api_key(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<ApiKey>, Fault> {
        let row = scoped::find_by_id::<api_key::Entity>(&org, id).one(&self.reader()).await?;
        row.map(convert::api_key).transpose()
    }

    pub(super) async fn write_api_key(
        &self,
        org: OrgScope,
        row: ApiKey,
        terms: Terms,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        if let KeyScope::Cluster { cluster_id, .. } = &row.scope {
            live_locked_cluster(&tx, &org, cluster_id).await?;
        }
        owner_is_there(&tx, &org, &row.owner_id).await?;
        scoped::insert::<api_key::Entity>(&org, &tx, convert::api_key_row(row)).await?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_api_key(
        &self,
        org: OrgScope,
        row: ApiKey,
        before_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let changed = scoped::update::<api_key::Entity>(&org)
            .col_expr(api_key::Column::DisplayName, Expr::value(row.display_name))
            .col_expr(api_key::Column::Description, Expr::value(row.description))
            .col_expr(api_key::Column::UpdatedUs, Expr::value(row.updated_us))
            .filter(api_key::Column::Id.eq(row.id))
            .filter(api_key::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn remove_api_key(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let mut going = scoped::delete::<api_key::Entity>(&org).filter(api_key::Column::Id.eq(id));
        if let Some(updated_us) = updated_us {
            going = going.filter(api_key::Column::UpdatedUs.eq(updated_us));
        }
        if going.exec(&tx).await?.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }
}

/// Holds the owner until the transaction ends, so that its keys go with it.
async fn owner_is_there(tx: &DatabaseTransaction, org: &OrgScope, id: &str) -> Result<(), Fault> {
    let account = scoped::find_by_id::<service_account::Entity>(org, id.to_owned())
        .lock_exclusive()
        .one(tx)
        .await?;
    if account.is_some()
        || scoped::find_by_id::<person::Entity>(org, id.to_owned())
            .lock_exclusive()
            .one(tx)
            .await?
            .is_some()
    {
        return Ok(());
    }
    Err(Fault::Repo(RepoError::ParentGone(id.to_owned())))
}
