use api_app::RepoError;
use api_app::model::{BootstrapRows, Installation};
use sea_orm::{EntityTrait, IntoActiveModel};

use crate::Store;
use crate::convert;
use crate::entity::{
    api_key, cluster, environment, installation, organization, person, role_binding,
};
use crate::errors::{Fault, is_unique_violation};
use crate::queue::{CLUSTER, wake};

/// The one row of the table.
const ONLY: i32 = 1;

impl Store {
    pub(in crate::repo) async fn read_installation(&self) -> Result<Option<Installation>, Fault> {
        let row = installation::Entity::find_by_id(ONLY).one(&self.reader()).await?;
        Ok(row.map(|row| Installation {
            organization_id: row.organization_id,
            environment_id: row.environment_id,
            cluster_id: row.cluster_id,
            user_id: row.user_id,
            created_us: row.created_us,
        }))
    }

    pub(in crate::repo) async fn write_bootstrap(&self, rows: BootstrapRows) -> Result<(), Fault> {
        let tx = self.begin().await?;
        let row = installation::Model {
            id: ONLY,
            organization_id: rows.organization.id.clone(),
            environment_id: rows.environment.id.clone(),
            cluster_id: rows.cluster.id.clone(),
            user_id: rows.user.id.clone(),
            created_us: rows.organization.created_us,
        };
        // First, so that a second first start fails here and changes nothing.
        let first = installation::Entity::insert(row.into_active_model());
        if let Err(error) = first.exec_without_returning(&tx).await {
            let taken = RepoError::Taken { existing_id: "the first start".to_owned() };
            return Err(if is_unique_violation(&error) {
                Fault::Repo(taken)
            } else {
                error.into()
            });
        }
        let (cluster_id, now_us) = (rows.cluster.id.clone(), rows.cluster.created_us);
        let organization = convert::organization_row(rows.organization).into_active_model();
        organization::Entity::insert(organization).exec_without_returning(&tx).await?;
        let environment = convert::environment_row(rows.environment).into_active_model();
        environment::Entity::insert(environment).exec_without_returning(&tx).await?;
        let cluster = convert::cluster_row(rows.cluster).into_active_model();
        cluster::Entity::insert(cluster).exec_without_returning(&tx).await?;
        let person = convert::user_row(rows.user).into_active_model();
        person::Entity::insert(person).exec_without_returning(&tx).await?;
        let binding = convert::role_binding_row(rows.role_binding).into_active_model();
        role_binding::Entity::insert(binding).exec_without_returning(&tx).await?;
        for key in rows.api_keys {
            let key = convert::api_key_row(key).into_active_model();
            api_key::Entity::insert(key).exec_without_returning(&tx).await?;
        }
        wake(&tx, &cluster_id, CLUSTER, now_us).await?;
        Ok(tx.commit().await?)
    }
}
