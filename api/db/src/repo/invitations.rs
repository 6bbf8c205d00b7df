use api_app::model::{Invitation, InvitationStatus, User};
use api_app::{InvitationFilter, OrgScope, RepoError, Slice, Terms};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, PaginatorTrait, QueryFilter};

use super::ip_rules::hold_rules;
use super::people::drop_person;
use super::receipts::{finish, write_receipt};
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::{invitation, person};
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_invitations(
        &self,
        org: OrgScope,
        filter: InvitationFilter,
        slice: Slice,
    ) -> Result<Vec<Invitation>, Fault> {
        let mut some = scoped::find::<invitation::Entity>(&org);
        for (column, wanted) in [
            (invitation::Column::Email, filter.email),
            (invitation::Column::PersonId, filter.person_id),
            (invitation::Column::CreatorId, filter.creator_id),
        ] {
            if let Some(wanted) = wanted {
                some = some.filter(column.eq(wanted));
            }
        }
        if let Some((status, now_us)) = filter.status {
            some = some.filter(with_status(status, now_us));
        }
        let rows = sliced!(some, invitation::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::invitation).collect()
    }

    pub(super) async fn read_invitation(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<Invitation>, Fault> {
        let row = scoped::find_by_id::<invitation::Entity>(&org, id).one(&self.reader()).await?;
        row.map(convert::invitation).transpose()
    }

    pub(super) async fn write_invitation(
        &self,
        org: OrgScope,
        row: Invitation,
        user: User,
        people_max: u64,
        terms: Terms,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        // Held until the end, so that of two at the same time the second counts the first.
        hold_rules(&tx, &org).await?;
        if scoped::find::<person::Entity>(&org).count(&tx).await? >= people_max {
            return Ok(false);
        }
        let id = user.id.clone();
        let new = convert::user_row(user);
        if let Err(error) = scoped::insert::<person::Entity>(&org, &tx, new).await {
            let taken = Fault::Repo(RepoError::Taken { existing_id: id });
            return Err(if is_unique_violation(&error) { taken } else { error.into() });
        }
        let row = convert::invitation_row(row);
        scoped::insert::<invitation::Entity>(&org, &tx, row).await?;
        finish(tx, terms.rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn end_invitation(
        &self,
        org: OrgScope,
        row: Invitation,
        user: User,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let ended = scoped::update::<invitation::Entity>(&org)
            .col_expr(invitation::Column::AcceptedUs, Expr::value(row.accepted_us))
            .col_expr(invitation::Column::UpdatedUs, Expr::value(row.updated_us))
            .filter(invitation::Column::Id.eq(row.id))
            .filter(invitation::Column::AcceptedUs.is_null())
            .exec(&tx)
            .await?;
        let joined = scoped::update::<person::Entity>(&org)
            .col_expr(person::Column::FullName, Expr::value(user.full_name))
            .col_expr(person::Column::PasswordHash, Expr::value(user.password_hash))
            .col_expr(person::Column::UpdatedUs, Expr::value(user.updated_us))
            .filter(person::Column::Id.eq(user.id))
            .exec(&tx)
            .await?;
        if ended.rows_affected == 0 || joined.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn replace_invitation(
        &self,
        org: OrgScope,
        row: Invitation,
        before_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let row = convert::invitation_row(row);
        let changed = scoped::update::<invitation::Entity>(&org)
            .col_expr(invitation::Column::Verifier, Expr::value(row.verifier))
            .col_expr(invitation::Column::PepperVersion, Expr::value(row.pepper_version))
            .col_expr(invitation::Column::ExpiresUs, Expr::value(row.expires_us))
            .col_expr(invitation::Column::UpdatedUs, Expr::value(row.updated_us))
            .filter(invitation::Column::Id.eq(row.id))
            .filter(invitation::Column::UpdatedUs.eq(before_us))
            .filter(invitation::Column::AcceptedUs.is_null())
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn remove_invitation(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let found = scoped::find_by_id::<invitation::Entity>(&org, id.clone()).one(&tx).await?;
        let gone = scoped::delete::<invitation::Entity>(&org)
            .filter(invitation::Column::Id.eq(id))
            .filter(invitation::Column::UpdatedUs.eq(updated_us))
            .exec(&tx)
            .await?;
        let Some(row) = found.filter(|_| gone.rows_affected > 0) else { return Ok(false) };
        if row.accepted_us.is_none() {
            drop_person(&tx, &org, &row.person_id, None).await?;
        }
        commit(tx).await?;
        Ok(true)
    }
}

fn with_status(status: InvitationStatus, now_us: i64) -> Condition {
    let open = invitation::Column::AcceptedUs.is_null();
    match status {
        InvitationStatus::Accepted => {
            Condition::all().add(invitation::Column::AcceptedUs.is_not_null())
        }
        InvitationStatus::Sent => {
            Condition::all().add(open).add(invitation::Column::ExpiresUs.gt(now_us))
        }
        InvitationStatus::Expired => {
            Condition::all().add(open).add(invitation::Column::ExpiresUs.lte(now_us))
        }
        InvitationStatus::Staged | InvitationStatus::Deactivated => {
            Condition::all().add(invitation::Column::Id.is_in([""; 0]))
        }
    }
}
