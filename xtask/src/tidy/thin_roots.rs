use super::mask::mask;
use super::ratchet::Counts;
use super::tree::Tree;

const LOGIC: &[&str] =
    &["fn ", "struct ", "enum ", "trait ", "impl ", "impl<", "const ", "static "];

/// Items of logic per `lib.rs` or `mod.rs`, which hold documentation, modules and re-exports: whoever looks
/// for logic looks in files that are named after it.
pub(super) fn measure(tree: &Tree) -> Counts {
    let is_root = |path: &str| path.ends_with("/lib.rs") || path.ends_with("/mod.rs");
    let mut counts = Counts::new();
    for (path, text) in tree.rust().filter(|(path, _)| is_root(path)) {
        let items = mask(text).lines().filter(|line| has_logic(line)).count();
        if items > 0 {
            counts.insert(path.to_owned(), items);
        }
    }
    counts
}

/// Whether an item begins on the line, outside every other item.
fn has_logic(line: &str) -> bool {
    let mut item = line;
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
        assert_eq!(measure(&tree), Counts::from([("a/src/lib.rs".to_owned(), 1)]));
    }
}
