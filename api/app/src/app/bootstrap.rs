use common_errors::Error;
use common_seams::uuid_v4;
use common_types::crn;
use common_types::id::Prefix;

use super::App;
use super::api_key_request::NewKey;
use super::cluster_request::{ClusterWish, check};
use super::clusters::LOCAL_CELL;
use crate::failures::from_repo;
use crate::model::{
    AuthType, BootstrapRows, Cluster, Environment, Installation, KeyScope, Organization, Phase,
    Role, RoleBinding, User,
};
use crate::password::{hash, new_password};
use crate::ports::{RepoError, SystemWide};

/// What the first start calls things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapNames {
    /// The organisation.
    pub organization: String,
    /// The environment.
    pub environment: String,
    /// The cluster.
    pub cluster: String,
    /// The administrator.
    pub login_email: String,
}

impl Default for BootstrapNames {
    fn default() -> Self {
        Self {
            organization: "Weir".to_owned(),
            environment: "default".to_owned(),
            cluster: "local".to_owned(),
            login_email: "admin@localhost".to_owned(),
        }
    }
}

/// What the first start made, with secrets when this was it.
#[derive(Clone, PartialEq, Eq)]
pub struct Bootstrapped {
    /// The organisation.
    pub organization_id: String,
    /// The first environment.
    pub environment_id: String,
    /// The first cluster.
    pub cluster_id: String,
    /// The first person.
    pub user_id: String,
    /// Only in the run that made them: they cannot be read again.
    pub secrets: Option<FirstSecrets>,
}

/// What is shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct FirstSecrets {
    /// E-mail address of the administrator.
    pub login_email: String,
    /// Password of the administrator.
    pub login_password: String,
    /// Opens the control plane.
    pub api_key: String,
    /// Its secret.
    pub api_secret: String,
    /// Opens the first cluster.
    pub kafka_api_key: String,
    /// Its secret.
    pub kafka_api_secret: String,
}

impl App {
    /// Makes organisation, environment, cluster, administrator and keys, unless there was a first
    /// start already. Everything is one transaction.
    ///
    /// # Errors
    /// The store.
    pub async fn bootstrap(&self, names: &BootstrapNames) -> Result<Bootstrapped, Error> {
        if let Some(installation) = self.installation().await? {
            return Ok(found(installation));
        }
        let login_password = new_password(&*self.parts.rng);
        let hashed = hash(&*self.parts.rng, login_password.clone()).await?;
        let (rows, cloud, kafka) = self.first_rows(names, hashed)?;
        let made = Bootstrapped {
            organization_id: rows.organization.id.clone(),
            environment_id: rows.environment.id.clone(),
            cluster_id: rows.cluster.id.clone(),
            user_id: rows.user.id.clone(),
            secrets: Some(FirstSecrets {
                login_email: names.login_email.clone(),
                login_password,
                api_key: cloud.key.id,
                api_secret: cloud.secret,
                kafka_api_key: kafka.key.id,
                kafka_api_secret: kafka.secret,
            }),
        };
        match self.parts.repo.bootstrap(SystemWide::Installation, rows).await {
            Ok(()) => {
                self.wake_reconciler();
                Ok(made)
            }
            // Another process was first.
            Err(RepoError::Taken { .. }) => {
                let row = self.installation().await?;
                row.map(found).ok_or_else(|| from_repo(RepoError::Stale))
            }
            Err(error) => Err(from_repo(error)),
        }
    }

    async fn installation(&self) -> Result<Option<Installation>, Error> {
        self.parts.repo.installation(SystemWide::Installation).await.map_err(from_repo)
    }

    fn first_rows(
        &self,
        names: &BootstrapNames,
        password_hash: String,
    ) -> Result<(BootstrapRows, NewKey, NewKey), Error> {
        let now = self.now_us();
        let organization_id = uuid_v4(&*self.parts.rng).to_string();
        let environment_id = self.new_id(Prefix::Environment);
        let user_id = self.new_id(Prefix::User);
        let cluster = self.first_cluster(names, &organization_id, &environment_id, now)?;
        let cluster_scope = KeyScope::Cluster {
            cluster_id: cluster.id.clone(),
            environment_id: environment_id.clone(),
        };
        let cloud = self.mint(&organization_id, user_id.clone(), KeyScope::Cloud);
        let kafka = self.mint(&organization_id, user_id.clone(), cluster_scope);
        let rows = BootstrapRows {
            organization: Organization {
                id: organization_id.clone(),
                display_name: names.organization.clone(),
                jit_enabled: false,
                created_us: now,
                updated_us: now,
            },
            environment: Environment {
                id: environment_id,
                organization_id: organization_id.clone(),
                display_name: names.environment.clone(),
                governance: None,
                generation: 1,
                deletion_requested_us: None,
                deleted_us: None,
                created_us: now,
                updated_us: now,
            },
            role_binding: RoleBinding {
                id: self.new_id(Prefix::RoleBinding),
                organization_id: organization_id.clone(),
                principal: format!("User:{user_id}"),
                role: Role::OrganizationAdmin,
                crn_pattern: crn::organization(&organization_id),
                created_us: now,
                updated_us: now,
            },
            user: User {
                id: user_id,
                organization_id,
                email: names.login_email.clone(),
                full_name: "Administrator".to_owned(),
                auth_type: AuthType::Local,
                password_hash: Some(password_hash),
                created_us: now,
                updated_us: now,
            },
            cluster,
            api_keys: vec![cloud.key.clone(), kafka.key.clone()],
        };
        Ok((rows, cloud, kafka))
    }

    fn first_cluster(
        &self,
        names: &BootstrapNames,
        organization_id: &str,
        environment_id: &str,
        now: i64,
    ) -> Result<Cluster, Error> {
        let checked = check(&ClusterWish {
            display_name: Some(names.cluster.clone()),
            cloud: Some("AWS".to_owned()),
            region: Some("us-east-1".to_owned()),
            ..ClusterWish::default()
        })?;
        Ok(Cluster {
            id: self.new_id(Prefix::Cluster),
            organization_id: organization_id.to_owned(),
            environment_id: environment_id.to_owned(),
            display_name: checked.display_name,
            availability: checked.availability,
            cloud: checked.cloud,
            region: checked.region,
            config: checked.config,
            network_id: None,
            byok_id: None,
            deletion_protection: false,
            placement: LOCAL_CELL.to_owned(),
            phase: Phase::Provisioning,
            message: None,
            generation: 1,
            observed_generation: 0,
            deletion_requested_us: None,
            deleted_us: None,
            created_us: now,
            updated_us: now,
        })
    }
}

fn found(row: Installation) -> Bootstrapped {
    Bootstrapped {
        organization_id: row.organization_id,
        environment_id: row.environment_id,
        cluster_id: row.cluster_id,
        user_id: row.user_id,
        secrets: None,
    }
}
