use api_app::model::{ApiKey, Cluster, IdentityPool, IdentityProvider, Invitation, Session, User};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::Store;
use crate::convert;
use crate::entity::{
    api_key, cluster, identity_pool, identity_provider, invitation, person, receipt, session,
};
use crate::errors::Fault;

impl Store {
    pub(in crate::repo) async fn read_any_api_key(
        &self,
        id: String,
    ) -> Result<Option<ApiKey>, Fault> {
        let row = api_key::Entity::find_by_id(id).one(&self.reader()).await?;
        row.map(convert::api_key).transpose()
    }

    pub(in crate::repo) async fn read_any_cluster(
        &self,
        id: String,
    ) -> Result<Option<Cluster>, Fault> {
        let row = cluster::Entity::find_by_id(id)
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .one(&self.reader())
            .await?;
        row.map(convert::cluster).transpose()
    }

    pub(in crate::repo) async fn read_any_person(
        &self,
        email: String,
    ) -> Result<Option<User>, Fault> {
        let row = person::Entity::find()
            .filter(person::Column::Email.eq(email))
            .one(&self.reader())
            .await?;
        row.map(convert::user).transpose()
    }

    pub(in crate::repo) async fn read_any_invitation(
        &self,
        id: String,
    ) -> Result<Option<Invitation>, Fault> {
        let row = invitation::Entity::find_by_id(id).one(&self.reader()).await?;
        row.map(convert::invitation).transpose()
    }

    pub(in crate::repo) async fn read_any_identity_pool(
        &self,
        id: String,
    ) -> Result<Option<(IdentityPool, IdentityProvider)>, Fault> {
        let Some(pool) = identity_pool::Entity::find_by_id(id).one(&self.reader()).await? else {
            return Ok(None);
        };
        // Of the same organisation: nothing else makes a pool what it is.
        let provider = identity_provider::Entity::find_by_id(pool.provider_id.clone())
            .filter(identity_provider::Column::OrganizationId.eq(&pool.organization_id))
            .one(&self.reader())
            .await?;
        let Some(provider) = provider else { return Ok(None) };
        Ok(Some((convert::identity_pool(pool), convert::identity_provider(provider)?)))
    }

    pub(in crate::repo) async fn read_old_keys(
        &self,
        before_us: i64,
    ) -> Result<Vec<IdentityProvider>, Fault> {
        let used = identity_pool::Entity::find()
            .select_only()
            .column(identity_pool::Column::ProviderId)
            .distinct();
        let rows = identity_provider::Entity::find()
            .filter(identity_provider::Column::KeysUs.lt(before_us))
            .filter(identity_provider::Column::Id.in_subquery(used.into_query()))
            .order_by_asc(identity_provider::Column::KeysUs)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(convert::identity_provider).collect()
    }

    pub(in crate::repo) async fn read_any_session(
        &self,
        id: String,
    ) -> Result<Option<Session>, Fault> {
        let row = session::Entity::find_by_id(id).one(&self.reader()).await?;
        row.map(convert::session).transpose()
    }

    pub(in crate::repo) async fn remove_old_sessions(&self, until_us: i64) -> Result<(), Fault> {
        let tx = self.begin().await?;
        session::Entity::delete_many()
            .filter(session::Column::CreatedUs.lte(until_us))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::repo) async fn remove_receipts(&self, until_us: i64) -> Result<(), Fault> {
        let tx = self.begin().await?;
        receipt::Entity::delete_many()
            .filter(receipt::Column::CreatedUs.lte(until_us))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
