use super::finding::Finding;
use super::graph::Graph;
use super::rules::{Rules, matches_any};

const RULE: &str = "walls";

/// Third-party crates stay behind their walls: named by few workspace crates, or compiled by none. A test
/// may stand up a server of its own.
pub(super) fn check(graph: &Graph, rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    for wall in &rules.walls {
        for (name, member) in &graph.members {
            if matches_any(&wall.only, name) {
                continue;
            }
            for used in &member.uses {
                if matches_any(&wall.crates, used) {
                    let message = format!("may not use {used}: {}", wall.reason);
                    findings.push(Finding::new(RULE, name, message));
                }
            }
        }
    }
    for nowhere in &rules.nowhere {
        for package in &graph.packages {
            if matches_any(&nowhere.crates, &package.name) {
                let message = format!("is compiled: {}", nowhere.reason);
                findings.push(Finding::new(RULE, &package.name, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::rules::{Nowhere, Wall};
    use super::*;

    #[test]
    fn crate_beyond_its_wall_is_found() {
        let wall = Wall {
            crates: vec!["axum".to_owned(), "axum-*".to_owned()],
            only: vec!["api".to_owned()],
            reason: "HTTP stays at the edge".to_owned(),
        };
        let rules = Rules { walls: vec![wall], ..Rules::default() };
        let graph = Graph::of(&[("api", &["axum"]), ("broker", &["axum-core"])]);
        let findings = check(&graph, &rules);
        assert_eq!(findings.len(), 1);
        assert_eq!(
            findings[0].to_string(),
            "walls: broker: may not use axum-core: HTTP stays at the edge"
        );
    }

    #[test]
    fn banned_crate_is_found_at_any_depth() {
        let nowhere =
            Nowhere { crates: vec!["openssl-sys".to_owned()], reason: "rustls".to_owned() };
        let rules = Rules { nowhere: vec![nowhere], ..Rules::default() };
        let graph = Graph::of(&[("api", &[])]).with_package("openssl-sys", "0.9.1", Some("MIT"));
        assert_eq!(check(&graph, &rules).len(), 1);
    }
}
