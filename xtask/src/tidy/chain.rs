use std::collections::BTreeMap;

use super::finding::Finding;
use super::graph::Graph;
use super::rules::Rules;

/// The build is wide, not deep: a long chain of crates leaves cores idle.
pub(super) fn check(graph: &Graph, rules: &Rules) -> Vec<Finding> {
    let chain = longest(graph);
    if chain.len() <= rules.chain.max {
        return Vec::new();
    }
    let message = format!("{} crates in a row, at most {} wanted", chain.len(), rules.chain.max);
    vec![Finding::new("chain", chain.join(" -> "), message)]
}

/// The longest chain of workspace crates, from the top down.
pub(super) fn longest(graph: &Graph) -> Vec<&str> {
    let mut known = BTreeMap::new();
    let mut best = Vec::new();
    for name in graph.members.keys() {
        let chain = from(graph, name, &mut known);
        if chain.len() > best.len() {
            best = chain;
        }
    }
    best
}

fn from<'a>(
    graph: &'a Graph,
    name: &'a str,
    known: &mut BTreeMap<&'a str, Vec<&'a str>>,
) -> Vec<&'a str> {
    if let Some(chain) = known.get(name) {
        return chain.clone();
    }
    let mut best = Vec::new();
    for used in graph.members.get(name).into_iter().flat_map(|member| &member.uses) {
        if graph.members.contains_key(used) {
            let chain = from(graph, used, known);
            if chain.len() > best.len() {
                best = chain;
            }
        }
    }
    let mut chain = vec![name];
    chain.extend(best);
    known.insert(name, chain.clone());
    chain
}

#[cfg(test)]
mod tests {
    use super::super::rules::Chain;
    use super::*;

    #[test]
    fn chain_over_the_limit_is_found() {
        let graph = Graph::of(&[("a", &["b", "serde"]), ("b", &["c"]), ("c", &[]), ("d", &["c"])]);
        assert_eq!(longest(&graph), ["a", "b", "c"]);
        let rules = |max| Rules { chain: Chain { max }, ..Rules::default() };
        assert_eq!(check(&graph, &rules(3)), []);
        assert_eq!(
            check(&graph, &rules(2))[0].to_string(),
            "chain: a -> b -> c: 3 crates in a row, at most 2 wanted"
        );
    }
}
