use super::finding::Finding;
use super::graph::Graph;
use super::rules::Rules;

const RULE: &str = "licences";

/// Every dependency may be used under licences of the allow-list.
pub(super) fn check(graph: &Graph, rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &graph.packages {
        let place = format!("{} {}", package.name, package.version);
        match &package.licence {
            None => findings.push(Finding::new(RULE, place, "names no licence")),
            Some(expression) if !allowed(expression, &rules.licences.allow) => {
                findings.push(Finding::new(RULE, place, format!("`{expression}` is not allowed")));
            }
            Some(_) => {}
        }
    }
    findings
}

/// Whether an SPDX expression can be met with allowed licences. `/` is an old way to write OR.
fn allowed(expression: &str, allow: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let answer = any_of(&words, &mut at, allow);
    answer && at == words.len()
}

fn any_of(words: &[&str], at: &mut usize, allow: &[String]) -> bool {
    let mut answer = all_of(words, at, allow);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        answer |= all_of(words, at, allow);
    }
    answer
}

fn all_of(words: &[&str], at: &mut usize, allow: &[String]) -> bool {
    let mut answer = one(words, at, allow);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        answer &= one(words, at, allow);
    }
    answer
}

fn one(words: &[&str], at: &mut usize, allow: &[String]) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let answer = any_of(words, at, allow);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return answer && closed;
    }
    let mut licence = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        licence = format!("{licence} WITH {}", words.get(*at + 1).copied().unwrap_or_default());
        *at += 2;
    }
    allow.contains(&licence)
}

#[cfg(test)]
mod tests {
    use super::super::rules::Licences;
    use super::*;

    fn rules() -> Rules {
        let allow = vec!["MIT".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
        Rules { licences: Licences { allow }, ..Rules::default() }
    }

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        let allow = rules().licences.allow;
        for good in ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "(MIT OR X) AND MIT"] {
            assert!(allowed(good, &allow), "{good}");
        }
        assert!(allowed("Apache-2.0 WITH LLVM-exception", &allow));
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "", "(MIT", "MIT GPL-3.0"] {
            assert!(!allowed(bad, &allow), "{bad}");
        }
    }

    #[test]
    fn forbidden_and_missing_licences_are_found() {
        let graph = Graph::default()
            .with_package("copyleft", "1.0.0", Some("GPL-3.0"))
            .with_package("silent", "1.0.0", None)
            .with_package("free", "1.0.0", Some("MIT"));
        let places: Vec<_> = check(&graph, &rules()).into_iter().map(|f| f.place).collect();
        assert_eq!(places, ["copyleft 1.0.0", "silent 1.0.0"]);
    }
}
