use anyhow::{Context, Result};

use crate::{command, workspace};

/// The files that are, or are about to be, committed.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

#[derive(Debug)]
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    pub(super) size_bytes: u64,
    /// Nothing when the file is not UTF-8.
    pub(super) text: Option<String>,
}

impl Tree {
    pub(super) fn read() -> Result<Self> {
        // A checkout that belongs to someone else, as in many CI systems, is still only read.
        let mut git = command::program("git", ["-c", "safe.directory=*", "ls-files", "-z"]);
        git.args(["--cached", "--others", "--exclude-standard"]);
        let list = command::capture(&mut git)?;
        let mut files = Vec::new();
        for path in list.split_terminator('\0') {
            let full = workspace::root().join(path);
            // A file that is deleted but not yet staged is listed, too; a link is its target's business.
            if !full.is_file() || full.is_symlink() {
                continue;
            }
            let bytes = std::fs::read(&full).with_context(|| format!("read {path}"))?;
            let size_bytes = bytes.len() as u64;
            files.push(File {
                path: path.to_owned(),
                size_bytes,
                text: String::from_utf8(bytes).ok(),
            });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Ok(Self { files })
    }

    /// Path and text of every text file.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
    }

    /// Path and text of every Rust file.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }

    pub(super) fn text_of(&self, path: &str) -> Option<&str> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(at)?.text.as_deref()
    }

    /// Whether a file or a folder is there.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        let from = self.files.partition_point(|file| file.path.as_str() < path);
        self.files.get(from).is_some_and(|file| file.path == path)
            || self.files.iter().any(|file| file.path.starts_with(&folder))
    }
}

/// Whether a file is written by a program, or pinned byte by byte by a test.
pub(super) fn is_generated(path: &str, text: &str) -> bool {
    let pinned = path == "Cargo.lock" || path == "LICENSE" || path.starts_with("openapi/");
    let scenario = path.contains("/tests/") && path.ends_with(".txt");
    let folder = path.contains("/golden/") || path.contains("/fixtures/");
    let golden = scenario || folder || path.ends_with(".snap");
    let mark = concat!("@", "generated");
    pinned || golden || text.lines().take(5).any(|line| line.contains(mark))
}

#[cfg(test)]
impl Tree {
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            size_bytes: text.len() as u64,
            text: Some((*text).to_owned()),
        };
        let mut files: Vec<File> = files.iter().map(file).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_are_known() {
        let tree = Tree::of(&[("docs/start.md", "x"), ("docs.md", "y")]);
        assert!(tree.has("docs") && tree.has("docs/start.md") && !tree.has("docs/star"));
        assert_eq!(tree.text_of("docs.md"), Some("y"));
    }
}
