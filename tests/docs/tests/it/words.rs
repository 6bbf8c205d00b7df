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

/// Every `path::name` in a text that names a test.
fn tests_named(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    let pairs = quoted.filter_map(|words| words.split_once("::"));
    pairs.filter(|(path, _)| path.ends_with(".rs") || path.ends_with(".py")).collect()
}

#[test]
fn every_point_of_the_owasp_page_names_tests_that_are_there() {
    let page = std::fs::read_to_string(root().join("docs/reference/owasp.md")).unwrap();
    let points: Vec<&str> = page.split("\n## API").skip(1).collect();
    assert_eq!(points.len(), 10);
    for (n, point) in (1..).zip(points) {
        assert!(point.starts_with(&format!("{n} ")), "point {n} is missing");
        let named = tests_named(point);
        assert!(!named.is_empty(), "no test guards point {n}");
        for (path, name) in named {
            let source = std::fs::read_to_string(root().join(path)).unwrap_or_default();
            let is_there =
                ["fn", "def"].iter().any(|word| source.contains(&format!("{word} {name}(")));
            assert!(is_there, "point {n} names {path}::{name}, which is not there");
        }
    }
}

#[test]
fn a_test_that_is_named_is_found() {
    let text = "`a/b.rs::one`, `cargo test`, a::b and `tests/c.py::two`, `Vec::new`";
    assert_eq!(tests_named(text), [("a/b.rs", "one"), ("tests/c.py", "two")]);
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
