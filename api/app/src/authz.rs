//! The one place that decides who may do what. Everything that is not allowed here is denied.
//!
//! What a role may do is one table, [`Rights`]. Of the control plane it is read here; of what is in a
//! cluster it becomes rules of the evaluator of access control lists, for brokers and Kafka over REST alike.

use std::net::IpAddr;

use crate::model::{KeyScope, Role, RoleBinding};
use crate::ports::OrgScope;
use crate::scope::{Scope, Spot};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `sa-…`, `u-…` or `pool-…`
    pub principal_id: String,
    /// The caller's organisation.
    pub organization_id: String,
    /// The key that the caller showed; empty in a session of a person, and for a pool.
    pub key_id: String,
    /// What that key opens; a session opens what a Cloud key does.
    pub key_scope: KeyScope,
    /// Where the request comes from, when it comes over a network.
    pub address: Option<IpAddr>,
    /// The caller's roles.
    pub grants: Vec<Grant>,
}

impl Caller {
    /// What the caller's queries reach.
    #[must_use]
    pub fn org(&self) -> OrgScope {
        OrgScope::of(&self.organization_id)
    }

    /// A thing of the caller's own organisation: for what is not there yet, and for what is one of a kind
    /// in each. Whatever was found is asked for with the organisation that was found with it.
    #[must_use]
    pub fn own<'a>(&'a self, thing: Thing<'a>) -> Resource<'a> {
        Resource { organization_id: &self.organization_id, thing }
    }
}

/// A role on a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds.
    pub scope: Scope,
}

/// What the caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See it.
    Read,
    /// Make one.
    Create,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
}

/// What the caller wants to do it with, and whose that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Its organisation.
    pub organization_id: &'a str,
    /// The thing.
    pub thing: Thing<'a>,
}

/// A thing, or a kind of things, within an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing<'a> {
    /// The organisation itself, and making environments in it.
    Organization,
    /// One environment and making clusters in it.
    Environment(&'a str),
    /// One cluster.
    Cluster {
        /// `env-…`
        environment_id: &'a str,
        /// `lkc-…`
        cluster_id: &'a str,
    },
    /// What one cluster is used for: the names of all its topics are in it.
    Metrics {
        /// `env-…`
        environment_id: &'a str,
        /// `lkc-…`
        cluster_id: &'a str,
    },
    /// A client quota of one cluster.
    ClientQuota {
        /// `env-…`
        environment_id: &'a str,
        /// `lkc-…`
        cluster_id: &'a str,
    },
    /// A service account or a person.
    Identity(&'a str),
    /// Somebody outside whose tokens are taken, and making pools of it.
    IdentityProvider,
    /// Those of a provider that a filter lets in. Whoever may change the filter may be one of them.
    IdentityPool {
        /// `op-…`
        provider_id: &'a str,
        /// Whose it is: `sa-…` or `u-…`; empty for nobody's.
        owner_id: &'a str,
    },
    /// From where the organisation may be asked.
    IpRules,
    /// What the organisation's people and programs did.
    AuditLog,
    /// Who is told of what happens.
    Notifications,
    /// What rules over the audit log found.
    Security,
    /// A role binding on a scope.
    RoleBinding(&'a Scope),
    /// An API key.
    ApiKey {
        /// Who it speaks for.
        owner_id: &'a str,
        /// What it opens.
        scope: &'a KeyScope,
    },
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Allowed,
    /// The caller may see it, but not do this.
    Forbidden,
    /// For the caller it does not exist.
    Hidden,
}

/// Decides whether `caller` may do `action` with `resource`.
#[must_use]
pub fn authorize(caller: &Caller, action: Action, resource: Resource<'_>) -> Decision {
    if permits(caller, action, resource) {
        Decision::Allowed
    } else if action != Action::Read && permits(caller, Action::Read, resource) {
        Decision::Forbidden
    } else {
        Decision::Hidden
    }
}

/// Reads the grants of role bindings. A binding on a scope that cannot be read, or that its role is not
/// bound to, grants nothing.
#[must_use]
pub(crate) fn grants_of(bindings: &[RoleBinding], organization_id: &str) -> Vec<Grant> {
    let read = |binding: &RoleBinding| {
        let scope = Scope::parse(&binding.crn_pattern, organization_id)?;
        Some(Grant { role: binding.role, scope })
    };
    bindings.iter().filter_map(read).collect()
}

fn permits(caller: &Caller, action: Action, resource: Resource<'_>) -> bool {
    // Before any role: what another organisation has does not exist.
    if resource.organization_id != caller.organization_id {
        return false;
    }
    let thing = resource.thing;
    own(caller, action, thing) || caller.grants.iter().any(|g| grants(g, action, thing))
}

/// What everybody may do with what is theirs.
fn own(caller: &Caller, action: Action, thing: Thing<'_>) -> bool {
    match thing {
        Thing::Organization => action == Action::Read,
        Thing::Identity(id) => action == Action::Read && id == caller.principal_id,
        // A cluster key opens only what its owner's roles open, so it is no gain to make one; the
        // cluster itself must be visible, which the use-case checks first.
        Thing::ApiKey { owner_id, .. } => owner_id == caller.principal_id,
        Thing::IdentityPool { owner_id, .. } => {
            action != Action::Create && owner_id == caller.principal_id
        }
        Thing::Environment(_)
        | Thing::Cluster { .. }
        | Thing::Metrics { .. }
        | Thing::ClientQuota { .. }
        | Thing::IdentityProvider
        | Thing::IpRules
        | Thing::AuditLog
        | Thing::Notifications
        | Thing::Security
        | Thing::RoleBinding(_) => false,
    }
}

fn grants(grant: &Grant, action: Action, thing: Thing<'_>) -> bool {
    let rights = grant.role.rights();
    // A role on a scope of another kind is nothing.
    if !rights.binds_to(&grant.scope) {
        return false;
    }
    let (kind, place, scope) = (Kind::of(thing), thing.spot(), grant.scope.spot());
    if scope.covers(place) {
        return rights.within.iter().any(|(k, actions)| *k == kind && actions.contains(&action));
    }
    action == Action::Read && place.covers(scope) && rights.above.contains(&kind)
}

impl<'a> Thing<'a> {
    /// Where it is. What the organisation has once is at its top.
    fn spot(self) -> Spot<'a> {
        match self {
            Self::Organization
            | Self::Identity(_)
            | Self::IdentityProvider
            | Self::IdentityPool { .. }
            | Self::IpRules
            | Self::AuditLog
            | Self::Notifications
            | Self::Security
            | Self::ApiKey { scope: KeyScope::Cloud, .. } => Spot::default(),
            Self::Environment(id) => Spot::environment(id),
            Self::Cluster { environment_id, cluster_id }
            | Self::Metrics { environment_id, cluster_id }
            | Self::ClientQuota { environment_id, cluster_id } => {
                Spot::cluster(environment_id, cluster_id)
            }
            Self::ApiKey { scope: KeyScope::Cluster { environment_id, cluster_id }, .. } => {
                Spot::cluster(environment_id, cluster_id)
            }
            Self::RoleBinding(scope) => scope.spot(),
        }
    }
}

mod in_cluster;
mod rights;

pub(crate) use in_cluster::{administers, granted};
pub use rights::{InClusters, Kind, Level, Rights};

#[cfg(test)]
mod tests;
