use super::finding::Finding;
use super::rules::Rules;
use super::tree::{Tree, is_generated};

const SOURCES: &[&str] =
    &["rs", "py", "java", "ts", "tsx", "js", "mjs", "css", "sh", "sql", "proto"];

/// Files that are too long to be about one thing.
pub(super) fn check(tree: &Tree, rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, lines) in sources(tree) {
        let limit = rules.lines.refuse;
        if lines > limit {
            findings.push(Finding::new("lines", path, format!("{lines} lines, at most {limit}")));
        }
    }
    for (page, limit) in &rules.lines.pages {
        let lines = tree.text_of(page).map_or(0, |text| text.lines().count());
        if lines > *limit {
            findings.push(Finding::new("lines", page, format!("{lines} lines, at most {limit}")));
        }
    }
    findings
}

/// Files at which to think of a split.
pub(super) fn notes(tree: &Tree, rules: &Rules) -> Vec<String> {
    let long = sources(tree).filter(|(_, lines)| *lines > rules.lines.note);
    long.map(|(path, lines)| format!("{path}: {lines} lines, think of a split")).collect()
}

fn sources(tree: &Tree) -> impl Iterator<Item = (&str, usize)> {
    let is_source = |path: &str| SOURCES.iter().any(|end| path.ends_with(&format!(".{end}")));
    tree.texts()
        .filter(move |(path, text)| is_source(path) && !is_generated(path, text))
        .map(|(path, text)| (path, text.lines().count()))
}

#[cfg(test)]
mod tests {
    use super::super::rules::Lines;
    use super::*;

    fn rules() -> Rules {
        let pages = [("README.md".to_owned(), 2)].into();
        let lines = Lines { note: 5, refuse: 8, function: 70, pages };
        Rules { lines, ..Rules::default() }
    }

    #[test]
    fn long_files_and_pages_are_found() {
        let tree = Tree::of(&[
            ("a.rs", &"x\n".repeat(9)),
            ("b.rs", &"x\n".repeat(6)),
            ("c.rs", &format!("// @{}\n{}", "generated", "x\n".repeat(9))),
            ("README.md", "1\n2\n3\n"),
        ]);
        let places: Vec<_> = check(&tree, &rules()).into_iter().map(|f| f.place).collect();
        assert_eq!(places, ["a.rs", "README.md"]);
        assert_eq!(notes(&tree, &rules()).len(), 2);
    }
}
