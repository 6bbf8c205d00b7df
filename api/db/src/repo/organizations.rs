use api_app::OrgScope;
use api_app::model::Organization;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter};

use super::scoped;
use super::system::commit;
use crate::Store;
use crate::convert;
use crate::entity::organization;
use crate::errors::Fault;

impl Store {
    pub(super) async fn read_organization(
        &self,
        org: OrgScope,
    ) -> Result<Option<Organization>, Fault> {
        let row = scoped::find::<organization::Entity>(&org).one(&self.reader()).await?;
        Ok(row.map(convert::organization))
    }

    pub(super) async fn replace_organization(
        &self,
        org: OrgScope,
        row: Organization,
        before_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let changed = scoped::update::<organization::Entity>(&org)
            .col_expr(organization::Column::DisplayName, Expr::value(row.display_name))
            .col_expr(organization::Column::JitEnabled, Expr::value(row.jit_enabled))
            .col_expr(organization::Column::UpdatedUs, Expr::value(row.updated_us))
            .filter(organization::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }
}
