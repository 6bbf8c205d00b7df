use std::collections::BTreeSet;

use super::finding::Finding;
use super::links::resolve;
use super::mask::mask;
use super::names::module_name;
use super::tree::Tree;

/// A Rust file that no module declares is compiled by nobody and tested by nobody.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut alive = BTreeSet::new();
    for (path, text) in tree.rust() {
        let folder = module_folder(path);
        let raw: Vec<&str> = text.lines().collect();
        for (number, line) in mask(text).lines().enumerate() {
            let Some(name) = module_name(line) else { continue };
            alive.insert(format!("{folder}{name}.rs"));
            alive.insert(format!("{folder}{name}/mod.rs"));
            // `#[path = "…"]` on the line above.
            let above = number.checked_sub(1).and_then(|above| raw.get(above)).copied();
            let named = above.and_then(|line| line.trim().strip_prefix("#[path = \""));
            if let Some(named) = named.and_then(|rest| rest.split('"').next()) {
                alive.extend(resolve(path, named));
            }
        }
    }
    let dead = |path: &&str| !alive.contains(*path) && !is_target(path);
    let files = tree.rust().map(|(path, _)| path).filter(dead);
    files.map(|path| Finding::new("dead-files", path, "no module declares it")).collect()
}

/// The folder in which the modules declared by a file are.
fn module_folder(path: &str) -> String {
    let stem = path.trim_end_matches(".rs");
    let (folder, name) = stem.rsplit_once('/').map_or(("", stem), |(folder, name)| (folder, name));
    if ["lib", "main", "mod"].contains(&name) || is_target(path) {
        format!("{folder}/")
    } else {
        format!("{stem}/")
    }
}

/// Files that cargo compiles without being told by a module.
fn is_target(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let name = parts.last().copied().unwrap_or_default();
    let folder = parts.iter().rev().nth(1).copied().unwrap_or_default();
    let entry = ["lib.rs", "main.rs", "build.rs"].contains(&name);
    entry || ["bin", "tests", "benches", "examples"].contains(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_without_a_module_is_found() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "mod b;\npub(crate) mod c;\n// mod f;\n"),
            ("a/src/b.rs", "mod d;\n"),
            ("a/src/b/d.rs", ""),
            ("a/src/c/mod.rs", ""),
            ("a/src/f.rs", ""),
            ("a/tests/it/main.rs", "mod g;\n#[path = \"../../both/h.rs\"]\nmod h;\n"),
            ("a/both/h.rs", ""),
            ("a/tests/it/g.rs", ""),
        ]);
        let places: Vec<_> = check(&tree).into_iter().map(|f| f.place).collect();
        assert_eq!(places, ["a/src/f.rs"]);
    }
}
