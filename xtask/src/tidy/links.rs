use super::finding::Finding;
use super::tree::Tree;

/// Relative links of the documentation lead somewhere, down to the heading.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with(".md")) {
        for (line, link) in links(text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { Some(path.to_owned()) } else { resolve(path, file) };
            let known = target.as_deref().is_some_and(|target| leads_to(tree, target, heading));
            if !known {
                let place = format!("{path}:{line}");
                findings.push(Finding::new("links", place, format!("`{link}` leads nowhere")));
            }
        }
    }
    findings
}

fn leads_to(tree: &Tree, target: &str, heading: &str) -> bool {
    if heading.is_empty() {
        return target.is_empty() || tree.has(target);
    }
    tree.text_of(target).is_some_and(|text| {
        prose(text).any(|(_, line)| line.starts_with('#') && slug(&line) == heading)
    })
}

/// Line number and target of every inline link outside code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose_lines(text) {
        let mut in_code = false;
        for (at, c) in line.char_indices() {
            if c == '`' {
                in_code = !in_code;
            }
            let Some(rest) = line[at..].strip_prefix("](") else { continue };
            if in_code {
                continue;
            }
            if let Some((target, _)) = rest.split_once(')') {
                found.push((number, target.split_whitespace().next().unwrap_or("")));
            }
        }
    }
    found
}

/// Lines outside fenced code, counted from one.
fn prose_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(number, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((number + 1, line))
    })
}

fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    prose_lines(text).map(|(number, line)| (number, line.to_owned()))
}

/// The anchor that readers of Markdown make of a heading.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The path a link means, from the root of the tree; nothing when it leaves the tree.
pub(super) fn resolve(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_links_are_found() {
        let page = "[a](b.md) [c](gone.md) [d](b.md#two-words) [e](b.md#none) `[f](gone.md)`\n\
                    ```\n[g](gone.md)\n```\n[h](https://example.org) [i](../../out.md) [j](#me)\n# Me\n";
        let tree = Tree::of(&[("docs/a.md", page), ("docs/b.md", "# Two words!\n")]);
        let found: Vec<_> = check(&tree).into_iter().map(|f| f.message).collect();
        assert_eq!(
            found,
            [
                "`gone.md` leads nowhere",
                "`b.md#none` leads nowhere",
                "`../../out.md` leads nowhere"
            ]
        );
    }
}
