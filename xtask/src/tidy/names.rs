use super::finding::Finding;
use super::mask::mask;
use super::rules::Rules;
use super::tree::Tree;

const RULE: &str = "names";

/// Names that say nothing: a file or module is named after the one idea in it.
pub(super) fn check(tree: &Tree, rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    let banned = |name: &str| {
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        words.find(|word| rules.names.banned.iter().any(|banned| banned == word)).map(str::to_owned)
    };
    for file in &tree.files {
        if let Some(word) = banned(&file.path) {
            findings.push(Finding::new(RULE, &file.path, format!("`{word}` says nothing")));
        }
    }
    for (path, text) in tree.rust() {
        let code = mask(text);
        for module in code.lines().filter_map(module_name) {
            if let Some(word) = banned(module) {
                findings.push(Finding::new(RULE, path, format!("module `{word}` says nothing")));
            }
        }
    }
    findings
}

/// The name in `mod name;` or `mod name {`, whatever its visibility.
pub(super) fn module_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) => rest.trim_start_matches(|c| c != ' ').trim_start(),
        None => line,
    };
    let name = line.strip_prefix("mod ")?.trim_end();
    Some(name.trim_end_matches([';', '{', '}']).trim())
}

#[cfg(test)]
mod tests {
    use super::super::rules::Names;
    use super::*;

    #[test]
    fn empty_words_are_found_in_files_and_modules() {
        let names = Names { banned: vec!["utils".to_owned(), "manager".to_owned()] };
        let rules = Rules { names, ..Rules::default() };
        let tree = Tree::of(&[
            ("src/string_utils.rs", ""),
            ("src/lib.rs", "pub(crate) mod topic_manager;\nmod topic;\n// mod utils;\n"),
        ]);
        let places: Vec<_> = check(&tree, &rules).into_iter().map(|f| f.place).collect();
        assert_eq!(places, ["src/string_utils.rs", "src/lib.rs"]);
    }
}
