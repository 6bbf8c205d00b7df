use std::sync::Arc;

use api_app::{DataPlane, DataPlaneError, NewTopic};
use common_types::TenantId;
use futures_util::future::BoxFuture;
use provisioner::{
    Advance, CellProvider, Desired, DesiredTopic, Observed, ProviderError, Step, advance,
};
use reconciler::{CellWish, PendingTopic, Progress, Provision, ProvisionError};

use crate::errors::provider_error;

/// The cell in this process.
#[derive(Clone)]
pub struct LocalCell {
    data_plane: Arc<dyn DataPlane>,
}

impl LocalCell {
    /// A cell over this data plane.
    #[must_use]
    pub fn new(data_plane: Arc<dyn DataPlane>) -> Self {
        Self { data_plane }
    }

    async fn look(&self, tenant: TenantId) -> Result<Observed, DataPlaneError> {
        if !self.data_plane.tenant_exists(tenant).await? {
            return Ok(Observed::default());
        }
        let topics = self.data_plane.list_topics(tenant).await?;
        let topics = topics.into_iter().map(|topic| topic.name).collect();
        Ok(Observed { tenant: true, topics })
    }

    async fn perform(&self, tenant: TenantId, step: Step) -> Result<(), DataPlaneError> {
        match step {
            Step::EnsureTenant => self.data_plane.ensure_tenant(tenant).await,
            Step::RemoveTenant => self.data_plane.remove_tenant(tenant).await,
            Step::CreateTopic(topic) => {
                let new = NewTopic {
                    name: topic.name,
                    partitions: topic.partitions,
                    replication_factor: topic.replication_factor,
                    configs: topic.configs,
                    validate_only: false,
                };
                match self.data_plane.create_topic(tenant, new).await {
                    Ok(_) | Err(DataPlaneError::TopicExists(_)) => Ok(()),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

impl CellProvider for LocalCell {
    fn observe(&self, tenant: TenantId) -> BoxFuture<'_, Result<Observed, ProviderError>> {
        Box::pin(async move { self.look(tenant).await.map_err(provider_error) })
    }

    fn apply(&self, tenant: TenantId, step: Step) -> BoxFuture<'_, Result<(), ProviderError>> {
        Box::pin(async move { self.perform(tenant, step).await.map_err(provider_error) })
    }
}

impl Provision for LocalCell {
    fn advance(&self, wish: CellWish) -> BoxFuture<'_, Result<Progress, ProvisionError>> {
        Box::pin(async move {
            let topics = wish.topics.into_iter().map(desired_topic).collect();
            let desired = Desired { tenant: wish.tenant, present: wish.present, topics };
            match advance(self, &desired).await {
                Ok(Advance::Converged) => Ok(Progress::Converged),
                Ok(Advance::Applied(step)) => Ok(applied(step)),
                Ok(Advance::Refused { step: Step::CreateTopic(topic), why }) => {
                    Ok(Progress::TopicRefused { name: topic.name, why })
                }
                Ok(Advance::Refused { step: Step::EnsureTenant | Step::RemoveTenant, why }) => {
                    Err(ProvisionError::Terminal(why))
                }
                Err(error) => Err(ProvisionError::Transient(error.to_string())),
            }
        })
    }
}

fn desired_topic(topic: PendingTopic) -> DesiredTopic {
    DesiredTopic {
        name: topic.name,
        partitions: topic.partitions,
        replication_factor: topic.replication_factor,
        configs: topic.configs,
    }
}

fn applied(step: Step) -> Progress {
    match step {
        Step::EnsureTenant => Progress::TenantEnsured,
        Step::CreateTopic(topic) => Progress::TopicCreated(topic.name),
        Step::RemoveTenant => Progress::TenantRemoved,
    }
}
