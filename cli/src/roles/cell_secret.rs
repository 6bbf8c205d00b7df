//! What the brokers of one cell know each other by.

use std::fmt::Write as _;
use std::path::Path;

use broker::rpc::CellSecret;
use common_errors::ErrorKind;
use common_seams::Rng;

use crate::error::CliError;
use crate::files;

const FILE: &str = "cell-secret";

/// Reads the folder's secret, or makes it. A new one is no loss: all brokers start anew with it.
pub(super) fn ensure(folder: &Path, rng: &dyn Rng) -> Result<CellSecret, CliError> {
    if let Some(secret) = read(folder)? {
        return Ok(secret);
    }
    let mut secret = [0; 32];
    rng.fill(&mut secret);
    let mut text = String::with_capacity(65);
    for byte in secret {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    files::write_atomically(&folder.join(FILE), text.as_bytes(), files::PRIVATE)?;
    Ok(CellSecret(secret))
}

/// Reads the folder's secret, if it has one.
pub(crate) fn read(folder: &Path) -> Result<Option<CellSecret>, CliError> {
    let path = folder.join(FILE);
    let Some(content) = files::read(&path)? else { return Ok(None) };
    let secret = parse(&content).map(CellSecret);
    secret.map(Some).ok_or_else(|| {
        let message = format!("{} is damaged", path.display());
        CliError::new(ErrorKind::Internal, "folder.cell_secret", message)
            .suggest("Stop Weir, delete the file, and start again: it is made anew.")
    })
}

fn parse(content: &[u8]) -> Option<[u8; 32]> {
    let text = std::str::from_utf8(content).ok()?.trim();
    if text.len() != 64 {
        return None;
    }
    let mut secret = [0; 32];
    for (index, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let made = ensure(folder.path(), &SeededRng::new(1)).unwrap();
        let again = ensure(folder.path(), &SeededRng::new(2)).unwrap();
        assert_eq!(made.0, again.0);
        std::fs::write(folder.path().join(FILE), "abc").unwrap();
        assert_eq!(read(folder.path()).unwrap_err().code, "folder.cell_secret");
    }
}
