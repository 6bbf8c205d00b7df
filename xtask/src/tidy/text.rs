use super::finding::Finding;
use super::mask::mask;
use super::tree::{Tree, is_generated};

const OPEN_WORK: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];

/// What belongs to one machine or one desk, in lower case, in pieces so that this file passes.
const PRIVATE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("../sha", "red"),
    concat!("co-authored", "-by"),
    concat!("clau", "de"),
    concat!("anthro", "pic"),
    concat!("chat", "gpt"),
    concat!("open", "ai "),
    concat!("copi", "lot"),
];

/// Lines that are wrong whatever the file is about.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        let mut found = |line: usize, rule: &'static str, message: String| {
            findings.push(Finding::new(rule, format!("{path}:{}", line + 1), message));
        };
        for (number, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            for private in PRIVATE.iter().filter(|private| lower.contains(*private)) {
                found(number, "private", format!("`{}` does not belong here", private.trim()));
            }
            for word in OPEN_WORK.iter().filter(|word| has_no_owner(line, word)) {
                found(number, "open-work", format!("{word} without an owner: {word}(name)"));
            }
            if line.ends_with([' ', '\t', '\r']) && !is_generated(path, text) {
                found(number, "whitespace", "trailing white space".to_owned());
            }
        }
        if !text.is_empty() && !text.ends_with('\n') && !is_generated(path, text) {
            found(text.lines().count() - 1, "whitespace", "no newline at the end".to_owned());
        }
    }
    findings.extend(allowed_lints(tree));
    findings
}

fn has_no_owner(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let whole = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = &line[at + word.len()..];
        whole && !rest.starts_with('(') && !rest.starts_with(|c: char| c.is_alphanumeric())
    })
}

/// A lint is expected, since an expectation that is not met is a warning; or at least allowed with a reason,
/// where a file is compiled into two crates and only one needs it.
fn allowed_lints(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, text)| !is_generated(path, text)) {
        for (number, line) in mask(text).lines().enumerate() {
            let allows = line.contains("#[allow(") || line.contains("#![allow(");
            if allows && !line.contains("reason = ") {
                let place = format!("{path}:{}", number + 1);
                findings.push(Finding::new("lints", place, "expect the lint, with a reason"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_of(path: &str, text: &str) -> Vec<&'static str> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn private_text_is_found() {
        for private in PRIVATE {
            let line = format!("see {} for it\n", private.to_uppercase());
            assert_eq!(rules_of("README.md", &line), ["private"], "{private}");
        }
        assert!(rules_of("README.md", "the network/API, openapi\n").is_empty());
    }

    #[test]
    fn open_work_without_an_owner_is_found() {
        let word = OPEN_WORK[0];
        assert_eq!(rules_of("a.rs", &format!("// {word}: later\n")), ["open-work"]);
        assert!(rules_of("a.rs", &format!("// {word}(ada): later\n")).is_empty());
        assert!(rules_of("a.rs", &format!("let {word}S = 1;\n")).is_empty());
    }

    #[test]
    fn trailing_white_space_is_found() {
        assert_eq!(rules_of("a.md", "a \nb\n"), ["whitespace"]);
        assert_eq!(rules_of("a.md", "a"), ["whitespace"]);
        assert!(rules_of("tests/golden/a.txt", "a \n").is_empty());
    }

    #[test]
    fn lint_allowed_without_a_reason_is_found() {
        assert_eq!(rules_of("a.rs", "#[allow(dead_code)]\nstruct A;\n"), ["lints"]);
        assert!(rules_of("a.rs", "// #[allow(dead_code)]\n").is_empty());
        let reason = "#[allow(dead_code, reason = \"used by one of two\")]\n";
        assert!(rules_of("a.rs", reason).is_empty());
    }
}
