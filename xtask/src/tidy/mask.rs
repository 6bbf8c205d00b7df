/// The source with comments, strings and character literals replaced by spaces, so that braces and
/// words that are left are code. Line numbers stay.
pub(super) fn mask(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => line_comment(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => block_comment(bytes, at),
            b'"' => string(bytes, at),
            b'r' | b'b' | b'c' if !is_word(bytes, at.wrapping_sub(1)) => raw_string(bytes, at),
            b'\'' => character(bytes, at),
            _ => at,
        };
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn is_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn line_comment(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |n| at + n)
}

fn block_comment(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = at;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn string(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// `r"…"`, `r#"…"#`, `br"…"`, `b"…"`, `c"…"`, or no string at all: then `at` comes back.
fn raw_string(bytes: &[u8], at: usize) -> usize {
    let prefix = bytes[at..].iter().take(2).take_while(|byte| b"rbc".contains(byte)).count();
    let hashes = bytes[at + prefix..].iter().take_while(|byte| **byte == b'#').count();
    let open = at + prefix + hashes;
    if bytes.get(open) != Some(&b'"') {
        return at;
    }
    if !bytes[at..at + prefix].contains(&b'r') {
        return if hashes == 0 { string(bytes, open) } else { at };
    }
    let close = [b"\"".as_slice(), "#".repeat(hashes).as_bytes()].concat();
    let found = bytes[open + 1..].windows(close.len()).position(|window| window == close);
    found.map_or(bytes.len(), |n| open + 1 + n + close.len())
}

/// A character literal, or a lifetime: then `at` comes back.
fn character(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        let from = at + 3;
        let close = bytes.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == b'\''));
        return close.map_or(bytes.len(), |n| from + n + 1);
    }
    // A literal closes after one character, which has up to four bytes.
    let close = (at + 2..=at + 5).find(|close| bytes.get(*close) == Some(&b'\''));
    match close {
        Some(close) if std::str::from_utf8(&bytes[at + 1..close]).is_ok_and(is_one) => close + 1,
        _ => at,
    }
}

fn is_one(text: &str) -> bool {
    text.chars().count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_left() {
        let source = concat!(
            "let a = \"{ \\\" {\"; // {\n",
            "/* { /* { */ { */ let b = '{';\n",
            "let c = r#\"{ \" {\"#; let d: &'a str = b\"{\"; let e = '\\'';\n",
            "let f = 'é'; for r in c {}\n",
        );
        let masked = mask(source);
        let words: Vec<&str> = masked.split_whitespace().collect();
        let expected = "let a = ; let b = ; let c = ; let d: &'a str = ; let e = ; \
                        let f = ; for r in c {}";
        assert_eq!(words.join(" "), expected);
        assert_eq!(masked.lines().count(), source.lines().count());
    }
}
