//! The part of the organisation that a role binding covers.

use common_types::acl::{
    Acl, AclError, CLUSTER_NAME, Operation, Pattern, Permission, ResourceType,
};
use common_types::crn;

/// A place in the tree organisation, environment, cluster, and what is in a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Organization,
    /// One environment.
    Environment(String),
    /// One cluster.
    Cluster {
        /// `env-…`
        environment_id: String,
        /// `lkc-…`
        cluster_id: String,
    },
    /// Some of what is in a cluster.
    Part {
        /// `env-…`
        environment_id: String,
        /// `lkc-…`
        cluster_id: String,
        /// Which.
        part: Part,
    },
}

/// Topics, groups or transactional ids by name or by the start of names, or the Kafka cluster itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What they are.
    pub resource: ResourceType,
    /// How the name is read.
    pub pattern: Pattern,
    /// As in access control lists: a literal `*` is all of them.
    pub name: String,
}

/// A place without strings of its own, to compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spot<'a> {
    pub(crate) environment: Option<&'a str>,
    pub(crate) cluster: Option<&'a str>,
    pub(crate) part: Option<&'a Part>,
}

/// What stands before names in CRNs.
const PARTS: [(&str, ResourceType); 4] = [
    ("topic=", ResourceType::Topic),
    ("group=", ResourceType::Group),
    ("transactional-id=", ResourceType::TransactionalId),
    ("cluster=", ResourceType::Cluster),
];

impl Scope {
    /// Reads the CRN of a scope of this organisation. `None` for any other text.
    #[must_use]
    pub fn parse(text: &str, organization_id: &str) -> Option<Self> {
        let rest = text.strip_prefix(&crn::organization(organization_id))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() {
            return Some(Self::Organization);
        }
        let (environment_id, rest) = first(rest.strip_prefix("/environment=")?);
        let environment_id = environment_id.to_owned();
        let Some(rest) = rest else { return Some(Self::Environment(environment_id)) };
        let (cluster_id, rest) = first(rest.strip_prefix("cloud-cluster=")?);
        let cluster_id = cluster_id.to_owned();
        let Some(rest) = rest else { return Some(Self::Cluster { environment_id, cluster_id }) };
        let (kafka, rest) = first(rest.strip_prefix("kafka=")?);
        let part = rest.map_or_else(|| Some(Part::cluster()), Part::parse)?;
        (kafka == cluster_id).then_some(Self::Part { environment_id, cluster_id, part })
    }

    /// The CRN of this scope.
    #[must_use]
    pub fn crn(&self, organization_id: &str) -> String {
        match self {
            Self::Organization => crn::organization(organization_id),
            Self::Environment(id) => crn::environment(organization_id, id),
            Self::Cluster { environment_id, cluster_id } => {
                crn::cloud_cluster(organization_id, environment_id, cluster_id)
            }
            Self::Part { environment_id, cluster_id, part } => {
                let cluster = crn::kafka_cluster(organization_id, environment_id, cluster_id);
                format!("{cluster}{}", part.tail())
            }
        }
    }

    pub(crate) fn spot(&self) -> Spot<'_> {
        match self {
            Self::Organization => Spot::default(),
            Self::Environment(id) => Spot::environment(id),
            Self::Cluster { environment_id, cluster_id } => {
                Spot::cluster(environment_id, cluster_id)
            }
            Self::Part { environment_id, cluster_id, part } => {
                Spot { part: Some(part), ..Spot::cluster(environment_id, cluster_id) }
            }
        }
    }
}

impl Part {
    fn cluster() -> Self {
        let name = CLUSTER_NAME.to_owned();
        Self { resource: ResourceType::Cluster, pattern: Pattern::Literal, name }
    }

    /// Reads the end of a CRN: `topic=orders`, `group=team-*`. Names may have slashes, but no other `*`.
    fn parse(text: &str) -> Option<Self> {
        let named = |(tag, resource)| text.strip_prefix(tag).map(|name: &str| (resource, name));
        let (resource, name) = PARTS.into_iter().find_map(named)?;
        if resource == ResourceType::Cluster {
            return (name == CLUSTER_NAME).then(Self::cluster);
        }
        let (pattern, name) = match name.strip_suffix('*') {
            Some("") => (Pattern::Literal, "*"),
            Some(start) => (Pattern::Prefixed, start),
            None => (Pattern::Literal, name),
        };
        let all = pattern == Pattern::Literal && name == "*";
        let is_name = !name.is_empty() && (all || !name.contains('*'));
        is_name.then(|| Self { resource, pattern, name: name.to_owned() })
    }

    /// Checks the name as that of an access control list.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn check(&self) -> Result<(), AclError> {
        self.list("User:*", Operation::Describe).check()
    }

    /// The list that allows this.
    pub(crate) fn list(&self, principal: &str, operation: Operation) -> Acl {
        Acl {
            resource_type: self.resource,
            resource_name: self.name.clone(),
            pattern: self.pattern,
            principal: principal.to_owned(),
            host: "*".to_owned(),
            operation,
            permission: Permission::Allow,
        }
    }

    fn tail(&self) -> String {
        let tag = PARTS.iter().find(|(_, resource)| *resource == self.resource);
        let tag = tag.map_or("", |(tag, _)| tag);
        match (self.resource, self.pattern) {
            (ResourceType::Cluster, _) => String::new(),
            (_, Pattern::Literal) => format!("/{tag}{}", self.name),
            (_, Pattern::Prefixed) => format!("/{tag}{}*", self.name),
        }
    }

    /// Whether everything that `other` names is named by this, too.
    fn covers(&self, other: &Self) -> bool {
        let all = self.pattern == Pattern::Literal && self.name == "*";
        let within = match self.pattern {
            Pattern::Literal => self == other,
            Pattern::Prefixed => {
                let all_of_them = other.pattern == Pattern::Literal && other.name == "*";
                !all_of_them && other.name.starts_with(&self.name)
            }
        };
        self.resource == other.resource && (all || within)
    }
}

impl<'a> Spot<'a> {
    pub(crate) fn environment(id: &'a str) -> Self {
        Self { environment: Some(id), ..Self::default() }
    }

    pub(crate) fn cluster(environment: &'a str, id: &'a str) -> Self {
        Self { cluster: Some(id), ..Self::environment(environment) }
    }

    /// Whether `other` is here, or further down.
    pub(crate) fn covers(self, other: Spot<'_>) -> bool {
        let holds = |mine: Option<&str>, theirs| mine.is_none() || mine == theirs;
        let parts = match (self.part, other.part) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(theirs)) => mine.covers(theirs),
        };
        holds(self.environment, other.environment) && holds(self.cluster, other.cluster) && parts
    }
}

/// What stands before the first slash, and what after it.
fn first(text: &str) -> (&str, Option<&str>) {
    text.split_once('/').map_or((text, None), |(head, tail)| (head, Some(tail)))
}

#[cfg(test)]
mod tests;
