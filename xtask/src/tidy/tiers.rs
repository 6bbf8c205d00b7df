use super::finding::Finding;
use super::graph::Graph;
use super::rules::{Rules, matches_any};

const RULE: &str = "tiers";

/// Every workspace crate is in one tier and uses crates of lower tiers only. Tests may use an adapter.
pub(super) fn check(graph: &Graph, rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, member) in &graph.members {
        let Some(tier) = tier_of(name, rules) else {
            findings.push(Finding::new(RULE, name, "is in no tier of xtask/tidy/rules.toml"));
            continue;
        };
        for used in member.uses.iter().filter(|used| graph.members.contains_key(*used)) {
            let Some(used_tier) = tier_of(used, rules) else { continue };
            let wanted = rules.sideways.get(name).is_some_and(|wanted| wanted.contains(used));
            if used_tier >= tier && !wanted {
                let message =
                    format!("({tier}) may not use {used} ({used_tier}): imports point down");
                findings.push(Finding::new(RULE, name, message));
            }
        }
    }
    findings
}

fn tier_of<'a>(name: &str, rules: &'a Rules) -> Option<&'a str> {
    let tier = rules.tiers.iter().find(|(_, crates)| matches_any(crates, name));
    tier.map(|(tier, _)| tier.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let tiers = [("T0", ["words"]), ("T2", ["logic"]), ("T3", ["edge-*"])];
        let named = |(tier, crates): (&str, [&str; 1])| {
            (tier.to_owned(), crates.iter().map(|name| (*name).to_owned()).collect())
        };
        Rules { tiers: tiers.map(named).into(), ..Rules::default() }
    }

    #[test]
    fn upward_import_is_found() {
        let graph =
            Graph::of(&[("words", &[]), ("logic", &["words", "edge-db"]), ("edge-db", &[])]);
        let findings = check(&graph, &rules());
        assert_eq!(findings.len(), 1);
        assert_eq!(
            findings[0].to_string(),
            "tiers: logic: (T2) may not use edge-db (T3): imports point down"
        );
    }

    #[test]
    fn sideways_import_is_found_unless_wanted() {
        let graph = Graph::of(&[("edge-db", &["edge-disk"]), ("edge-disk", &[])]);
        let mut rules = rules();
        assert_eq!(check(&graph, &rules).len(), 1);
        rules.sideways.insert("edge-db".to_owned(), vec!["edge-disk".to_owned()]);
        assert_eq!(check(&graph, &rules), []);
    }

    #[test]
    fn crate_without_a_tier_is_found() {
        assert_eq!(check(&Graph::of(&[("stray", &[])]), &rules()).len(), 1);
    }
}
