//! The key of API secrets' verifiers. Without it no key works again.

use std::fmt::Write as _;
use std::path::Path;

use common_seams::Rng;

use crate::error::CliError;
use crate::files;

const FILE: &str = "pepper";

/// Reads the folder's pepper, or makes it when the folder is new.
pub(super) fn ensure(folder: &Path, rng: &dyn Rng, new: bool) -> Result<[u8; 32], CliError> {
    let path = folder.join(FILE);
    if let Some(content) = files::read(&path)? {
        return parse(&content).ok_or_else(|| lost(&path, "is corrupt"));
    }
    if !new {
        return Err(lost(&path, "is missing"));
    }
    let mut pepper = [0; 32];
    rng.fill(&mut pepper);
    let mut text = String::with_capacity(65);
    for byte in pepper {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    files::write_atomically(&path, text.as_bytes(), files::PRIVATE)?;
    Ok(pepper)
}

fn parse(content: &[u8]) -> Option<[u8; 32]> {
    let text = std::str::from_utf8(content).ok()?.trim();
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut pepper = [0; 32];
    for (index, byte) in pepper.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(pepper)
}

fn lost(path: &Path, what: &str) -> CliError {
    let message = format!("{} {what}: no API key of this folder can be verified", path.display());
    CliError::internal("folder.pepper", message)
        .suggest("Restore the file from a backup of the folder.")
        .suggest("Or delete the folder with everything in it: `weir reset`.")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use common_seams::SeededRng;

    use super::*;

    #[test]
    fn a_pepper_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let made = ensure(folder.path(), &SeededRng::new(1), true).unwrap();
        let again = ensure(folder.path(), &SeededRng::new(2), false).unwrap();
        assert_eq!(made, again);
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, files::PRIVATE);
    }

    #[test]
    fn a_lost_pepper_is_never_replaced_in_silence() {
        let folder = tempfile::tempdir().unwrap();
        let rng = SeededRng::new(1);
        assert!(ensure(folder.path(), &rng, false).unwrap_err().message.contains("is missing"));
        std::fs::write(folder.path().join(FILE), "abc").unwrap();
        let error = ensure(folder.path(), &rng, true).unwrap_err();
        assert!(error.message.contains("pepper is corrupt"), "{error}");
        assert_eq!(error.suggestions.len(), 2);
    }
}
