use super::mask::mask;
use super::ratchet::Counts;
use super::tree::{Tree, is_generated};

/// Functions with more than `limit` lines, signature and closing brace included.
pub(super) fn measure(tree: &Tree, limit: usize) -> Counts {
    let mut over = Counts::new();
    for (path, text) in tree.rust().filter(|(path, text)| !is_generated(path, text)) {
        for (name, lines) in functions(&mask(text)) {
            if lines > limit {
                let longest = over.entry(format!("{path}::{name}")).or_default();
                *longest = lines.max(*longest);
            }
        }
    }
    over
}

/// Name and number of lines of every function with a body.
fn functions(code: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let starts_a_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = code[at + 3..].trim_start();
        let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        if !starts_a_word || name.is_empty() {
            continue;
        }
        if let Some(length) = length(&code[at..]) {
            found.push((name, code[at..at + length].lines().count()));
        }
    }
    found
}

/// Bytes from `fn` to the closing brace; nothing for a signature without a body.
fn length(code: &str) -> Option<usize> {
    let mut nested = 0_usize;
    let mut braces = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'(' | b'[' => nested += 1,
            b')' | b']' => nested = nested.saturating_sub(1),
            b';' if braces == 0 && nested == 0 => return None,
            b'{' => braces += 1,
            b'}' => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_function_is_found() {
        let long =
            format!("impl X {{\n    fn long(a: [u8; 2]) {{\n{}    }}\n}}\n", "x();\n".repeat(69));
        let short = "fn short() {\n    y(\"{\");\n}\n";
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", short)]);
        assert_eq!(measure(&tree, 70), Counts::from([("a.rs::long".to_owned(), 71)]));
    }

    #[test]
    fn signatures_and_pointers_are_no_functions() {
        let code = "trait T { fn a(&self) -> u8; fn b() { } } type F = fn (u8) -> u8;";
        assert_eq!(functions(code), [("b", 1)]);
    }
}
