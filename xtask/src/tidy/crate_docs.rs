use super::finding::Finding;
use super::tree::Tree;

const SECTIONS: &[&str] = &["*Invariants*", "*Not here*"];
const LINES_MAX: usize = 120;

/// The top of a library says what is always true of it and what it deliberately lacks.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| path.ends_with("/src/lib.rs")) {
        let docs: String = text.lines().filter_map(|line| line.strip_prefix("//!")).collect();
        for section in SECTIONS.iter().filter(|section| !docs.contains(*section)) {
            let message = format!("the crate's documentation has no section {section}");
            findings.push(Finding::new("crate-docs", path, message));
        }
        let lines = text.lines().count();
        if lines > LINES_MAX {
            let message =
                format!("{lines} lines, at most {LINES_MAX}: it only says what is inside");
            findings.push(Finding::new("crate-docs", path, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_section_is_found() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "//! A.\n//!\n//! *Invariants*: none.\n"),
            ("b/src/lib.rs", "//! B.\n//!\n//! *Invariants*: none.\n//!\n//! *Not here*: all.\n"),
        ]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].to_string().contains("a/src/lib.rs"));
        assert!(findings[0].message.contains("*Not here*"));
    }
}
