use super::finding::Finding;
use super::mask::mask;
use super::tree::Tree;

const LOGIC: &[&str] =
    &["fn ", "struct ", "enum ", "trait ", "impl ", "impl<", "const ", "static "];

/// `lib.rs` and `mod.rs` hold documentation, modules and re-exports: whoever looks for logic looks in
/// files that are named after it.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let is_root = |path: &str| path.ends_with("/lib.rs") || path.ends_with("/mod.rs");
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| is_root(path)) {
        let code = mask(text);
        if let Some(line) = code.lines().position(has_logic) {
            let place = format!("{path}:{}", line + 1);
            findings.push(Finding::new("thin-roots", place, "move it to a file of its own"));
        }
    }
    findings
}

fn has_logic(line: &str) -> bool {
    let mut item = line.trim_start();
    if let Some(rest) = item.strip_prefix("pub") {
        item = rest.trim_start_matches(|c| c != ' ').trim_start();
    }
    let item = item.trim_start_matches("async ");
    LOGIC.iter().any(|word| item.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logic_in_a_root_is_found() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "//! fn\nmod b;\n\npub(crate) async fn c() {}\n"),
            ("a/src/b/mod.rs", "mod d;\npub use d::constant;\n"),
            ("a/src/main.rs", "fn main() {}\n"),
        ]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "a/src/lib.rs:4");
    }
}
