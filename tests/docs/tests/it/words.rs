//! Pages that a person writes name exactly what the code names.

use std::collections::BTreeSet;
use std::path::Path;

use crate::pages::root;

/// Every `WEIR_…` in a text.
fn variables(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("WEIR_") {
        let name: String =
            text[at..].chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
        // A prefix alone is a pattern, not a name.
        if !name.ends_with('_') {
            found.insert(name);
        }
    }
    found
}

fn sources(folder: &Path, texts: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|end| end == "rs") {
            texts.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn environment_page_names_every_variable_of_the_command_line() {
    let mut texts = String::new();
    sources(&root().join("cli/src"), &mut texts);
    let page = std::fs::read_to_string(root().join("docs/reference/environment.md")).unwrap();
    assert_eq!(variables(&page), variables(&texts));
}

#[test]
fn error_page_names_every_kind() {
    let source = std::fs::read_to_string(root().join("common/errors/src/kind.rs")).unwrap();
    let body = source.split_once("enum ErrorKind {").unwrap().1;
    let body = body.split_once("\n}").unwrap().0;
    let variants = body.lines().filter_map(|line| line.trim().strip_suffix(','));
    let kinds: BTreeSet<String> = variants.map(snake).collect();
    let page = std::fs::read_to_string(root().join("docs/reference/errors.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<_>>(), kinds);
}

fn snake(variant: &str) -> String {
    let mut name = String::new();
    for c in variant.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}
