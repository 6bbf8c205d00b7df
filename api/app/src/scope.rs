//! The part of the organisation that a role binding covers.

use common_types::crn;

/// A place in the tree organisation, environment, cluster.
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
}

impl Scope {
    /// Reads the CRN of a scope of this organisation. `None` for any other text.
    #[must_use]
    pub fn parse(text: &str, organization_id: &str) -> Option<Self> {
        let rest = text.strip_prefix(&crn::organization(organization_id))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() {
            return Some(Self::Organization);
        }
        let mut parts = rest.strip_prefix('/')?.split('/');
        let environment_id = parts.next()?.strip_prefix("environment=")?.to_owned();
        let Some(cluster) = parts.next() else { return Some(Self::Environment(environment_id)) };
        let cluster_id = cluster.strip_prefix("cloud-cluster=")?.to_owned();
        parts.next().is_none().then_some(Self::Cluster { environment_id, cluster_id })
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back() {
        for scope in [
            Scope::Organization,
            Scope::Environment("env-1".into()),
            Scope::Cluster { environment_id: "env-1".into(), cluster_id: "lkc-1".into() },
        ] {
            assert_eq!(Scope::parse(&scope.crn("o"), "o"), Some(scope.clone()));
            assert_eq!(Scope::parse(&scope.crn("o"), "p"), None);
        }
    }

    #[test]
    fn other_text_is_no_scope() {
        let org = "crn://confluent.cloud/organization=o";
        for bad in ["", "organization=o", "crn://confluent.cloud/organization=ox"] {
            assert_eq!(Scope::parse(bad, "o"), None, "{bad}");
        }
        for tail in [
            "x",
            "/environments=e",
            "/environment=e/kafka=k",
            "/environment=e/cloud-cluster=c/kafka=c",
        ] {
            assert_eq!(Scope::parse(&format!("{org}{tail}"), "o"), None, "{tail}");
        }
    }
}
