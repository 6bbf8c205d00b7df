use api_app::model::{ApiKey, KeyScope};
use api_app::{KeyFilter, RepoError, Slice, Terms};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

use super::clusters::live_locked_cluster;
use super::receipts::{finish, write_receipt};
use super::sliced;
use crate::Store;
use crate::convert;
use crate::entity::{api_key, person, service_account};
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_api_keys(
        &self,
        filter: KeyFilter,
        slice: Slice,
    ) -> Result<Vec<ApiKey>, Fault> {
        let mut some = api_key::Entity::find();
        if let Some(owner_id) = filter.owner_id {
            some = some.filter(api_key::Column::OwnerId.eq(owner_id));
        }
        if let Some(resource_id) = filter.resource_id {
            some = some.filter(api_key::Column::ResourceId.eq(resource_id));
        }
        let rows = sliced!(some, api_key::Column, slice).all(&self.reader).await?;
        rows.into_iter().map(convert::api_key).collect()
    }

    pub(super) async fn read_api_key(&self, id: String) -> Result<Option<ApiKey>, Fault> {
        let row = api_key::Entity::find_by_id(id).one(&self.reader).await?;
        row.map(convert::api_key).transpose()
    }

    pub(super) async fn write_api_key(&self, row: ApiKey, terms: Terms) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, terms.receipt).await?;
        if let KeyScope::Cluster { cluster_id, .. } = &row.scope {
            live_locked_cluster(&tx, cluster_id).await?;
        }
        owner_is_there(&tx, &row.owner_id).await?;
        let row = convert::api_key_row(row).into_active_model();
        api_key::Entity::insert(row).exec_without_returning(&tx).await?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_api_key(&self, row: ApiKey, before_us: i64) -> Result<bool, Fault> {
        let changed = api_key::Entity::update_many()
            .col_expr(api_key::Column::DisplayName, Expr::value(row.display_name))
            .col_expr(api_key::Column::Description, Expr::value(row.description))
            .col_expr(api_key::Column::UpdatedUs, Expr::value(row.updated_us))
            .filter(api_key::Column::Id.eq(row.id))
            .filter(api_key::Column::UpdatedUs.eq(before_us))
            .exec(&self.writer)
            .await?;
        Ok(changed.rows_affected > 0)
    }

    pub(super) async fn remove_api_key(
        &self,
        id: String,
        updated_us: Option<i64>,
    ) -> Result<bool, Fault> {
        let mut going = api_key::Entity::delete_many().filter(api_key::Column::Id.eq(id));
        if let Some(updated_us) = updated_us {
            going = going.filter(api_key::Column::UpdatedUs.eq(updated_us));
        }
        Ok(going.exec(&self.writer).await?.rows_affected > 0)
    }
}

/// Holds the owner until the transaction ends, so that its keys go with it.
async fn owner_is_there(tx: &DatabaseTransaction, id: &str) -> Result<(), Fault> {
    let account =
        service_account::Entity::find_by_id(id.to_owned()).lock_exclusive().one(tx).await?;
    if account.is_some() || person::Entity::find_by_id(id.to_owned()).one(tx).await?.is_some() {
        return Ok(());
    }
    Err(Fault::Repo(RepoError::ParentGone(id.to_owned())))
}
