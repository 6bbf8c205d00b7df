use super::finding::Finding;
use super::tree::Tree;

const RULE: &str = "planted";
/// The switch itself.
const SWITCH: &str = "storage/src/planted.rs";
/// What turns a bug on, in pieces so that this file passes.
const PLANT: &str = concat!("pla", "nt(");
/// What would compile bugs into a release.
const ASSERTIONS: &str = concat!("debug-", "assertions");

/// Planted bugs stay in simulations: only tests plant them, and no release is built with what they need.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        let tests = path.starts_with("tests/") || path == SWITCH;
        if path.ends_with(".rs") && !tests && text.contains(PLANT) {
            findings.push(Finding::new(RULE, path, "plants a bug; only a simulation may"));
        }
        // Decoders under a fuzzer are a workspace of their own.
        let builds = path.ends_with("Cargo.toml") && !path.starts_with("fuzz/");
        let builds = builds || path.starts_with(".cargo/");
        if builds && text.contains(ASSERTIONS) {
            let message = format!("sets {ASSERTIONS}, which would plant bugs in what is released");
            findings.push(Finding::new(RULE, path, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bugs_are_planted_in_tests_alone() {
        let line = format!("planted::{PLANT}Some(bug));\n");
        let places = |path| check(&Tree::of(&[(path, &line)])).len();
        assert_eq!(places("broker/src/cell/open.rs"), 1);
        assert_eq!(places("tests/sim/src/main.rs"), 0);
    }

    #[test]
    fn a_release_without_bugs_cannot_be_undone() {
        let profile = format!("[profile.release]\n{ASSERTIONS} = true\n");
        assert_eq!(check(&Tree::of(&[("Cargo.toml", &profile)])).len(), 1);
    }
}
