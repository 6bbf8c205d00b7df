use api_app::model::ServiceAccount;
use api_app::{OrgScope, RepoError, Slice, Terms};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, QueryFilter};

use super::people::take_rights;
use super::receipts::{finish, write_receipt};
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::service_account;
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_service_accounts(
        &self,
        org: OrgScope,
        names: Vec<String>,
        slice: Slice,
    ) -> Result<Vec<ServiceAccount>, Fault> {
        let mut all = scoped::find::<service_account::Entity>(&org);
        if !names.is_empty() {
            all = all.filter(service_account::Column::DisplayName.is_in(names));
        }
        let rows = sliced!(all, service_account::Column, slice).all(&self.reader()).await?;
        Ok(rows.into_iter().map(convert::service_account).collect())
    }

    pub(super) async fn read_service_account(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<ServiceAccount>, Fault> {
        let row =
            scoped::find_by_id::<service_account::Entity>(&org, id).one(&self.reader()).await?;
        Ok(row.map(convert::service_account))
    }

    pub(super) async fn write_service_account(
        &self,
        org: OrgScope,
        row: ServiceAccount,
        terms: Terms,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        name_is_free(&tx, &org, &row).await?;
        let name = row.display_name.clone();
        let row = convert::service_account_row(row);
        let insert = scoped::insert::<service_account::Entity>(&org, &tx, row).await;
        insert.map_err(|error| lost_race(error, &name))?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_service_account(
        &self,
        org: OrgScope,
        row: ServiceAccount,
        before_us: i64,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        name_is_free(&tx, &org, &row).await?;
        let name = row.display_name.clone();
        let changed = scoped::update::<service_account::Entity>(&org)
            .col_expr(service_account::Column::DisplayName, Expr::value(row.display_name))
            .col_expr(service_account::Column::Description, Expr::value(row.description))
            .col_expr(service_account::Column::UpdatedUs, Expr::value(row.updated_us))
            .filter(service_account::Column::Id.eq(row.id))
            .filter(service_account::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn remove_service_account(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let mut going = scoped::delete::<service_account::Entity>(&org)
            .filter(service_account::Column::Id.eq(&id));
        if let Some(updated_us) = updated_us {
            going = going.filter(service_account::Column::UpdatedUs.eq(updated_us));
        }
        if going.exec(&tx).await?.rows_affected == 0 {
            return Ok(false);
        }
        take_rights(&tx, &org, &id).await?;
        commit(tx).await?;
        Ok(true)
    }
}

async fn name_is_free(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    row: &ServiceAccount,
) -> Result<(), Fault> {
    let holder = scoped::find::<service_account::Entity>(org)
        .filter(service_account::Column::DisplayName.eq(&row.display_name))
        .filter(service_account::Column::Id.ne(&row.id))
        .one(tx)
        .await?;
    match holder {
        None => Ok(()),
        Some(row) => Err(Fault::Repo(RepoError::Taken { existing_id: row.id })),
    }
}

/// Somebody took the name between the look and the write.
fn lost_race(error: DbErr, name: &str) -> Fault {
    if is_unique_violation(&error) {
        Fault::Repo(RepoError::Taken { existing_id: name.to_owned() })
    } else {
        error.into()
    }
}
