use api_app::OrgScope;
use api_app::model::{SESSIONS_PER_PERSON_MAX, Session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

use super::scoped;
use super::system::commit;
use crate::Store;
use crate::convert;
use crate::entity::{person, session};
use crate::errors::Fault;

impl Store {
    pub(super) async fn write_session(&self, org: OrgScope, row: Session) -> Result<(), Fault> {
        let tx = self.begin().await?;
        // Held until the end, so that of two at the same time the second counts the first.
        let owner = scoped::find_by_id::<person::Entity>(&org, row.person_id.clone())
            .lock_exclusive()
            .one(&tx)
            .await?;
        if owner.is_none() {
            return Err(Fault::Repo(api_app::RepoError::ParentGone(row.person_id)));
        }
        let surplus: Vec<String> = scoped::find::<session::Entity>(&org)
            .filter(session::Column::PersonId.eq(&row.person_id))
            .order_by_desc(session::Column::CreatedUs)
            .order_by_desc(session::Column::Id)
            .offset(SESSIONS_PER_PERSON_MAX - 1)
            .limit(SESSIONS_PER_PERSON_MAX)
            .all(&tx)
            .await?
            .into_iter()
            .map(|old| old.id)
            .collect();
        if !surplus.is_empty() {
            scoped::delete::<session::Entity>(&org)
                .filter(session::Column::Id.is_in(surplus))
                .exec(&tx)
                .await?;
        }
        scoped::insert::<session::Entity>(&org, &tx, convert::session_row(row)).await?;
        commit(tx).await
    }

    pub(super) async fn note_session(
        &self,
        org: OrgScope,
        id: String,
        used_us: i64,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        scoped::update::<session::Entity>(&org)
            .col_expr(session::Column::UsedUs, Expr::value(used_us))
            .filter(session::Column::Id.eq(id))
            .filter(session::Column::UsedUs.lt(used_us))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn remove_session(&self, org: OrgScope, id: String) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let going = scoped::delete::<session::Entity>(&org).filter(session::Column::Id.eq(id));
        if going.exec(&tx).await?.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }
}
