use common_errors::Error;
use common_types::TenantId;
use common_types::acl::{AclRules, CLUSTER_NAME, Operation, ResourceType};
use common_types::crn;

use super::App;
use super::audit::kind_of;
use crate::audit;
use crate::authz::{Caller, administers, granted};
use crate::failures::{forbidden, from_repo, internal, not_found};
use crate::model::{Cluster, Phase};

/// A cluster of a Kafka REST request, and what the caller may do with what is in it.
///
/// Decided as brokers do: what a list denies is denied; what a list or a role allows is allowed.
pub(crate) struct KafkaAccess {
    pub(crate) row: Cluster,
    principal: String,
    role: bool,
    rules: AclRules,
}

impl App {
    /// The cluster of a Kafka REST request: whoever has a key of it may know of it.
    ///
    /// # Errors
    /// Not found.
    pub async fn kafka_cluster(&self, caller: &Caller, id: &str) -> Result<Cluster, Error> {
        let row = self.parts.repo.cluster(caller.org(), id.to_owned()).await.map_err(from_repo)?;
        row.ok_or_else(|| not_found("cluster", id))
    }

    pub(crate) async fn kafka_access(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<KafkaAccess, Error> {
        let row = self.kafka_cluster(caller, id).await?;
        let principal = format!("User:{}", caller.principal_id);
        let both = vec![principal.clone(), "User:*".to_owned()];
        let acls = self
            .parts
            .repo
            .acls_for(caller.org(), row.id.clone(), both)
            .await
            .map_err(from_repo)?;
        let role = administers(&caller.grants, &row.environment_id, &row.id);
        let roles = granted(&caller.grants, &principal, &row.environment_id, &row.id);
        let rules = AclRules::new(acls.iter().chain(&roles));
        Ok(KafkaAccess { row, principal, role, rules })
    }
}

impl KafkaAccess {
    pub(crate) fn permits(&self, operation: Operation, resource: ResourceType, name: &str) -> bool {
        self.rules.permits(self.role, &self.principal, operation, resource, name)
    }

    pub(crate) fn topic(&self, operation: Operation, name: &str) -> Result<(), Error> {
        self.require(operation, ResourceType::Topic, name)
    }

    /// Who may make topics may make this one; who may make this one too.
    pub(crate) fn creation(&self, name: &str) -> Result<(), Error> {
        if self.permits(Operation::Create, ResourceType::Cluster, CLUSTER_NAME) {
            self.note(Operation::Create, ResourceType::Topic, name);
            return Ok(());
        }
        self.topic(Operation::Create, name)
    }

    /// Who administers the cluster may always see and change lists: else a denial could not be taken back.
    pub(crate) fn lists(&self, operation: Operation) -> Result<(), Error> {
        if self.role {
            self.note(operation, ResourceType::Cluster, CLUSTER_NAME);
            return Ok(());
        }
        self.require(operation, ResourceType::Cluster, CLUSTER_NAME)
    }

    fn require(
        &self,
        operation: Operation,
        resource: ResourceType,
        name: &str,
    ) -> Result<(), Error> {
        self.note(operation, resource, name);
        if self.permits(operation, resource, name) {
            return Ok(());
        }
        Err(forbidden(&format!("{operation} {resource} {name:?} as {}", self.principal)))
    }

    /// For the audit log: what is being decided.
    pub(crate) fn note(&self, operation: Operation, resource: ResourceType, name: &str) {
        let (row, kind) = (&self.row, kind_of(resource));
        audit::about(kind, name, || {
            let cluster = crn::kafka_cluster(&row.organization_id, &row.environment_id, &row.id);
            match resource {
                ResourceType::Cluster => cluster,
                ResourceType::Topic | ResourceType::Group | ResourceType::TransactionalId => {
                    format!("{cluster}/{kind}={name}")
                }
            }
        });
        audit::note(|draft| draft.event.operation = operation.to_string());
    }

    /// What the caller may do with a topic.
    pub(crate) fn topic_operations(&self, name: &str) -> Vec<Operation> {
        let all = ResourceType::Topic.operations().iter().copied();
        all.filter(|operation| self.permits(*operation, ResourceType::Topic, name)).collect()
    }

    /// Whether its cell serves the cluster.
    pub(crate) fn is_served(&self) -> bool {
        self.row.phase == Phase::Provisioned
    }

    pub(crate) fn tenant(&self) -> Result<TenantId, Error> {
        let read = self.row.id.parse();
        read.map_err(|error| internal(format!("a stored cluster id is bad: {error}")))
    }
}
