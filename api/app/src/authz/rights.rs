//! What each role may do, as one table.

use common_types::acl::{Operation, ResourceType};

use super::{Action, Thing};
use crate::model::{KeyScope, Role};
use crate::scope::Scope;

/// Kinds of scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The organisation.
    Organization,
    /// One environment.
    Environment,
    /// One cluster.
    Cluster,
    /// Some of what is in a cluster.
    Part,
}

/// Kinds of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The organisation.
    Organization,
    /// An environment, and its registry.
    Environment,
    /// A cluster.
    Cluster,
    /// What a cluster is used for.
    Metrics,
    /// A client quota.
    ClientQuota,
    /// A service account or a person.
    Identity,
    /// An identity provider.
    IdentityProvider,
    /// An identity pool.
    IdentityPool,
    /// IP groups and IP filters.
    IpRules,
    /// The audit log.
    AuditLog,
    /// Integrations and subscriptions of notifications.
    Notifications,
    /// What rules over the audit log found.
    Security,
    /// A role binding.
    RoleBinding,
    /// A key of the control plane.
    CloudKey,
    /// A key of a cluster.
    ClusterKey,
}

/// What a role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// What it is bound to.
    pub levels: &'static [Level],
    /// What it may do with what is in the scope.
    pub within: &'static [(Kind, &'static [Action])],
    /// What it may read of what the scope is in.
    pub above: &'static [Kind],
    /// What it may do inside of clusters.
    pub in_clusters: InClusters,
}

/// What a role may do inside of the clusters in its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InClusters {
    /// Everything.
    Everything,
    /// These, with all resources of the types, or with those that the scope names.
    Operations(&'static [(ResourceType, &'static [Operation])]),
}

use Action::{Create, Delete, Read, Update};
use Operation as O;
use ResourceType::{Cluster as KafkaCluster, Group, Topic, TransactionalId};

const ALL: &[Action] = &[Read, Create, Update, Delete];
const READ: &[Action] = &[Read];
const NOTHING: InClusters = InClusters::Operations(&[]);
const WIDE: &[Level] = &[Level::Organization, Level::Environment, Level::Cluster];

/// Everything that there is to do.
const EVERY: &[(ResourceType, &[Operation])] = &[
    (Topic, Topic.operations()),
    (Group, Group.operations()),
    (TransactionalId, TransactionalId.operations()),
    (KafkaCluster, KafkaCluster.operations()),
];

/// What shows the way to a part of a cluster.
const WAY: &[Kind] = &[Kind::Organization, Kind::Environment, Kind::Cluster];

/// A role that is bound to parts of clusters.
const fn on_parts(operations: &'static [(ResourceType, &'static [Operation])]) -> Rights {
    Rights {
        levels: &[Level::Part],
        within: &[],
        above: WAY,
        in_clusters: InClusters::Operations(operations),
    }
}

/// A role of the whole organisation that opens no cluster.
const fn on_organization(within: &'static [(Kind, &'static [Action])]) -> Rights {
    Rights { levels: &[Level::Organization], within, above: &[], in_clusters: NOTHING }
}

/// A role that sees environments and their registries.
const GOVERNANCE: Rights = Rights {
    levels: &[Level::Organization, Level::Environment],
    within: &[(Kind::Environment, READ)],
    above: &[Kind::Organization],
    in_clusters: NOTHING,
};

impl Role {
    /// What the role may do.
    #[must_use]
    pub const fn rights(self) -> Rights {
        match self {
            Self::OrganizationAdmin | Self::EnvironmentAdmin | Self::CloudClusterAdmin => {
                self.rights_of_admin()
            }
            Self::Operator => Rights {
                levels: WIDE,
                within: &[
                    (Kind::Environment, READ),
                    (Kind::Cluster, READ),
                    (Kind::Metrics, READ),
                    (Kind::ClientQuota, READ),
                ],
                above: &[Kind::Organization, Kind::Environment],
                in_clusters: InClusters::Operations(&[
                    (Topic, &[O::Describe, O::DescribeConfigs]),
                    (Group, &[O::Describe]),
                    (TransactionalId, &[O::Describe]),
                    (KafkaCluster, &[O::Describe, O::DescribeConfigs]),
                ]),
            },
            Self::MetricsViewer => Rights {
                levels: WIDE,
                within: &[(Kind::Environment, READ), (Kind::Cluster, READ), (Kind::Metrics, READ)],
                above: &[Kind::Organization, Kind::Environment],
                in_clusters: NOTHING,
            },
            Self::BillingAdmin => on_organization(&[(Kind::Organization, READ)]),
            Self::AccountAdmin => on_organization(&[(Kind::Identity, ALL)]),
            Self::NetworkAdmin => {
                on_organization(&[(Kind::Environment, READ), (Kind::Cluster, READ)])
            }
            Self::DataDiscovery | Self::DataSteward => GOVERNANCE,
            Self::ResourceKeyAdmin => on_organization(&[
                (Kind::Environment, READ),
                (Kind::Cluster, READ),
                (Kind::Identity, READ),
                (Kind::ClusterKey, ALL),
            ]),
            Self::ResourceOwner
            | Self::DeveloperRead
            | Self::DeveloperWrite
            | Self::DeveloperManage => self.rights_on_parts(),
        }
    }

    const fn rights_of_admin(self) -> Rights {
        match self {
            Self::OrganizationAdmin => Rights {
                levels: &[Level::Organization],
                within: &[
                    (Kind::Organization, ALL),
                    (Kind::Environment, ALL),
                    (Kind::Cluster, ALL),
                    (Kind::Metrics, READ),
                    (Kind::ClientQuota, ALL),
                    (Kind::Identity, ALL),
                    (Kind::IdentityProvider, ALL),
                    (Kind::IdentityPool, ALL),
                    (Kind::IpRules, ALL),
                    (Kind::AuditLog, ALL),
                    (Kind::Notifications, ALL),
                    (Kind::Security, ALL),
                    (Kind::RoleBinding, ALL),
                    (Kind::CloudKey, ALL),
                    (Kind::ClusterKey, ALL),
                ],
                above: &[],
                in_clusters: InClusters::Everything,
            },
            Self::EnvironmentAdmin => Rights {
                levels: &[Level::Environment],
                within: &[
                    (Kind::Environment, ALL),
                    (Kind::Cluster, ALL),
                    (Kind::Metrics, READ),
                    (Kind::ClientQuota, ALL),
                    (Kind::RoleBinding, ALL),
                    (Kind::ClusterKey, ALL),
                ],
                above: &[Kind::Organization, Kind::Identity],
                in_clusters: InClusters::Everything,
            },
            _ => Rights {
                levels: &[Level::Cluster],
                within: &[
                    (Kind::Cluster, &[Read, Update, Delete]),
                    (Kind::Metrics, READ),
                    (Kind::ClientQuota, ALL),
                    (Kind::RoleBinding, ALL),
                    (Kind::ClusterKey, ALL),
                ],
                above: &[Kind::Organization, Kind::Environment, Kind::Identity],
                in_clusters: InClusters::Everything,
            },
        }
    }

    const fn rights_on_parts(self) -> Rights {
        match self {
            Self::DeveloperRead => on_parts(&[
                (Topic, &[O::Read, O::Describe]),
                (Group, &[O::Read, O::Describe]),
                (TransactionalId, &[O::Describe]),
                (KafkaCluster, &[O::Describe]),
            ]),
            Self::DeveloperWrite => on_parts(&[
                (Topic, &[O::Write, O::Describe]),
                (TransactionalId, &[O::Write, O::Describe]),
                (KafkaCluster, &[O::IdempotentWrite]),
            ]),
            Self::DeveloperManage => on_parts(&[
                (
                    Topic,
                    &[
                        O::Create,
                        O::Delete,
                        O::Alter,
                        O::Describe,
                        O::DescribeConfigs,
                        O::AlterConfigs,
                    ],
                ),
                (Group, &[O::Delete, O::Describe]),
                (TransactionalId, &[O::Describe]),
                (KafkaCluster, &[O::Create, O::Describe, O::DescribeConfigs, O::AlterConfigs]),
            ]),
            _ => Rights {
                // Who owns a thing says who else may use it.
                within: &[(Kind::RoleBinding, ALL)],
                ..on_parts(EVERY)
            },
        }
    }
}

impl Rights {
    /// Whether the role is bound to such a scope: to a part of a cluster only with something to do there.
    #[must_use]
    pub fn binds_to(&self, scope: &Scope) -> bool {
        let level = match scope {
            Scope::Organization => Level::Organization,
            Scope::Environment(_) => Level::Environment,
            Scope::Cluster { .. } => Level::Cluster,
            Scope::Part { part, .. } => {
                return self.levels.contains(&Level::Part)
                    && !self.operations_on(part.resource).is_empty();
            }
        };
        self.levels.contains(&level)
    }

    pub(super) fn operations_on(&self, resource: ResourceType) -> &'static [Operation] {
        match self.in_clusters {
            InClusters::Everything => resource.operations(),
            InClusters::Operations(all) => {
                all.iter().find(|(of, _)| *of == resource).map_or(&[], |(_, operations)| operations)
            }
        }
    }
}

impl Kind {
    pub(super) const fn of(thing: Thing<'_>) -> Self {
        match thing {
            Thing::Organization => Self::Organization,
            Thing::Environment(_) => Self::Environment,
            Thing::Cluster { .. } => Self::Cluster,
            Thing::Metrics { .. } => Self::Metrics,
            Thing::ClientQuota { .. } => Self::ClientQuota,
            Thing::Identity(_) => Self::Identity,
            Thing::IdentityProvider => Self::IdentityProvider,
            Thing::IdentityPool { .. } => Self::IdentityPool,
            Thing::IpRules => Self::IpRules,
            Thing::AuditLog => Self::AuditLog,
            Thing::Notifications => Self::Notifications,
            Thing::Security => Self::Security,
            Thing::RoleBinding(_) => Self::RoleBinding,
            Thing::ApiKey { scope: KeyScope::Cloud, .. } => Self::CloudKey,
            Thing::ApiKey { scope: KeyScope::Cluster { .. }, .. } => Self::ClusterKey,
        }
    }
}
