use super::finding::Finding;
use super::rules::Rules;
use super::tree::Tree;

/// Large files make every clone slow for ever: fetch them when a test needs them.
pub(super) fn check(tree: &Tree, rules: &Rules) -> Vec<Finding> {
    let limit = rules.blobs.max_kib * 1024;
    let large = tree.files.iter().filter(|file| file.size_bytes > limit);
    let message = |bytes: u64| format!("{} KiB, at most {}", bytes / 1024, rules.blobs.max_kib);
    large.map(|file| Finding::new("blobs", &file.path, message(file.size_bytes))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rules::Blobs;
    use super::*;

    #[test]
    fn large_file_is_found() {
        let rules = Rules { blobs: Blobs { max_kib: 1 }, ..Rules::default() };
        let tree = Tree::of(&[("large.bin", &"x".repeat(1025)), ("small.bin", &"x".repeat(1024))]);
        let places: Vec<_> = check(&tree, &rules).into_iter().map(|f| f.place).collect();
        assert_eq!(places, ["large.bin"]);
    }
}
