use super::finding::Finding;
use super::mask::mask;
use super::rules::Rules;
use super::tree::Tree;

const RULE: &str = "fences";

/// Words that files below a folder do not say, because what they name goes around what the folder is for.
pub(super) fn check(tree: &Tree, rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    for fence in &rules.fences {
        for (path, text) in tree.rust() {
            let outside = !path.starts_with(&fence.below);
            if outside || fence.but.iter().any(|but| path.starts_with(but)) {
                continue;
            }
            for (number, line) in mask(text).lines().enumerate() {
                for word in fence.words.iter().filter(|word| line.contains(word.as_str())) {
                    let place = format!("{path}:{}", number + 1);
                    findings.push(Finding::new(RULE, place, format!("{word}: {}", fence.reason)));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::rules::Fence;
    use super::*;

    #[test]
    fn word_behind_a_fence_is_found() {
        let fence = Fence {
            below: "a/src/repo/".to_owned(),
            but: vec!["a/src/repo/system/".to_owned()],
            words: vec!["EntityTrait".to_owned()],
            reason: "whose rows?".to_owned(),
        };
        let rules = Rules { fences: vec![fence], ..Rules::default() };
        let text = "use sea_orm::EntityTrait;\n";
        let tree = Tree::of(&[
            ("a/src/repo/keys.rs", text),
            ("a/src/repo/system/any.rs", text),
            ("a/src/queue.rs", text),
            ("a/src/repo/said.rs", "// not EntityTrait\n"),
        ]);
        let findings: Vec<_> = check(&tree, &rules).iter().map(ToString::to_string).collect();
        assert_eq!(findings, ["fences: a/src/repo/keys.rs:1: EntityTrait: whose rows?"]);
    }
}
