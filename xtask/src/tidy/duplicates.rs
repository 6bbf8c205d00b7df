use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;
use super::ratchet::Counts;

/// Crates that the resolved graph holds in more than one version, with the number of versions.
pub(super) fn measure(graph: &Graph) -> Counts {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &graph.packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    let doubled = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    doubled.map(|(name, versions)| (name.to_owned(), versions.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ratchet::compare;
    use super::*;

    #[test]
    fn second_version_of_a_crate_is_found() {
        let graph = Graph::default()
            .with_package("rand", "0.9.0", None)
            .with_package("rand", "0.10.0", None)
            .with_package("bytes", "1.0.0", None);
        let findings = compare("duplicates", &measure(&graph), &Counts::new());
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "rand");
    }
}
