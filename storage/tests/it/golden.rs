//! Golden files: hexadecimal, 32 bytes a line. `WEIR_BLESS=1` writes files that are absent; one that
//! exists is never changed, because the formats are frozen.

use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn check(name: &str, bytes: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.hex"));
    let text = to_hex(bytes);
    if !path.exists() && std::env::var_os("WEIR_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; WEIR_BLESS=1 writes it", path.display()));
    assert_eq!(text, golden, "{name} is frozen: an ADR and a new format level are needed");
}

fn to_hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for line in bytes.chunks(32) {
        for b in line {
            write!(out, "{b:02x}").unwrap();
        }
        out.push('\n');
    }
    out
}
