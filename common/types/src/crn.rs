//! CRNs: the names of resources in role bindings and `resource_name`.
//!
//! The authority is `confluent.cloud`, because public clients build such names themselves.

/// `crn://confluent.cloud/organization=<uuid>`.
#[must_use]
pub fn organization(organization: &str) -> String {
    format!("crn://confluent.cloud/organization={organization}")
}

/// The CRN of an environment.
#[must_use]
pub fn environment(org: &str, environment: &str) -> String {
    format!("{}/environment={environment}", organization(org))
}

/// The scope of role bindings on a Kafka cluster.
#[must_use]
pub fn cloud_cluster(org: &str, env: &str, cluster: &str) -> String {
    format!("{}/cloud-cluster={cluster}", environment(org, env))
}

/// The `resource_name` of a Kafka cluster: clients cut it at the last `/kafka=`.
#[must_use]
pub fn kafka_cluster(org: &str, env: &str, cluster: &str) -> String {
    format!("{}/kafka={cluster}", cloud_cluster(org, env, cluster))
}

#[cfg(test)]
mod tests {
    #[test]
    fn cluster_name_ends_as_clients_expect() {
        let crn = super::kafka_cluster("8f0c", "env-1", "lkc-1");
        assert!(crn.ends_with("/environment=env-1/cloud-cluster=lkc-1/kafka=lkc-1"), "{crn}");
    }
}
