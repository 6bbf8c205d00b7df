use super::finding::Finding;
use super::tree::Tree;

const RULE: &str = "adr";
const FOLDER: &str = "docs/adr/";
const INDEX: &str = "docs/adr/index.md";
const SECTIONS: &[&str] = &[
    "Status",
    "Context",
    "Decision",
    "Consequences",
    "Alternatives",
    "How we will know it was wrong",
];

/// Every decision is named by its date, has all its sections and is in the index.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let index = tree.text_of(INDEX).unwrap_or_default();
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        let Some(name) = path.strip_prefix(FOLDER).filter(|_| path != INDEX) else { continue };
        if !is_dated(name) {
            findings.push(Finding::new(RULE, path, "is not named YYYY-MM-DD-slug.md"));
        }
        if !index.contains(&format!("]({name})")) {
            findings.push(Finding::new(RULE, path, format!("is not in {INDEX}")));
        }
        for section in SECTIONS {
            if !text.lines().any(|line| line.trim_start_matches('#').trim() == *section) {
                findings.push(Finding::new(RULE, path, format!("has no section \"{section}\"")));
            }
        }
    }
    findings
}

fn is_dated(name: &str) -> bool {
    let shape = "0000-00-00-";
    let fits =
        |(c, shape): (char, char)| if shape == '0' { c.is_ascii_digit() } else { c == shape };
    name.len() > shape.len() && name.ends_with(".md") && name.chars().zip(shape.chars()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_index_entry_and_section_are_found() {
        let whole: String = SECTIONS.iter().map(|section| format!("## {section}\n")).collect();
        let tree = Tree::of(&[
            (INDEX, "[good](2026-11-22-good.md) [part](2026-11-22-part.md)\n"),
            ("docs/adr/2026-11-22-good.md", &whole),
            ("docs/adr/2026-11-22-part.md", &whole.replace("## Status\n", "")),
            ("docs/adr/2026-11-22-lost.md", &whole),
            ("docs/adr/undated.md", &whole),
        ]);
        let found: Vec<_> = check(&tree).into_iter().map(|f| (f.place, f.message)).collect();
        let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(
            places,
            [
                "docs/adr/2026-11-22-lost.md",
                "docs/adr/2026-11-22-part.md",
                "docs/adr/undated.md",
                "docs/adr/undated.md"
            ]
        );
    }
}
