//! Wrapping keys in a local file.
//!
//! ```text
//! # a comment
//! local-1f3a9c02 <64 hexadecimal digits>
//! ```
//! One key a line; the last one wraps, all of them unwrap.

use std::fmt::{self, Write as _};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common_seams::Rng;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use storage::at_rest::{KeyStore, KeyStoreError, Wrapped};

const PRIVATE: u32 = 0o600;
const COMMENT: &str = "# Without this file no encrypted record can be read again. Keep a copy, apart from the records.\n";

/// Why there is no key file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// Others than its owner may read it.
    #[error("{path} may be read by others (mode {mode:o}): `chmod 600` it")]
    Exposed {
        /// The file.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// It is no key file.
    #[error("{path} is damaged in line {line}")]
    Damaged {
        /// The file.
        path: String,
        /// The line, from 1 on; 0 when there is none.
        line: usize,
    },
}

/// Wraps data keys under the keys of a file.
pub struct KeyFile {
    path: PathBuf,
    rng: Arc<dyn Rng>,
    /// Never empty.
    keys: Vec<(String, LessSafeKey)>,
}

impl KeyFile {
    /// Reads the file. None: there is none.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or others may read it.
    pub fn open(path: &Path, rng: Arc<dyn Rng>) -> Result<Option<Self>, KeyFileError> {
        let failed = |error| KeyFileError::Io { path: path.display().to_string(), error };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed(e)),
        };
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed { path: path.display().to_string(), mode });
        }
        let damaged = |line| KeyFileError::Damaged { path: path.display().to_string(), line };
        let lines = (1..).zip(text.lines().map(str::trim));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let keys = lines.map(|(n, line)| parse(line).ok_or_else(|| damaged(n)));
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(damaged(0));
        }
        Ok(Some(Self { path: path.to_owned(), rng, keys }))
    }

    /// Makes the file, with one new key, for its owner alone.
    ///
    /// # Errors
    /// When it exists, or cannot be written.
    pub fn create(path: &Path, rng: &dyn Rng) -> Result<(), KeyFileError> {
        let failed = |error| KeyFileError::Io { path: path.display().to_string(), error };
        let (mut name, mut secret) = ([0; 4], [0; 32]);
        rng.fill(&mut name);
        rng.fill(&mut secret);
        let text = format!("{COMMENT}local-{} {}\n", hex(&name), hex(&secret));
        let temporary = path.with_extension("new");
        let write = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(PRIVATE);
            let mut file = options.open(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            // Unlike a rename, it never replaces a file: that would be the end of all records.
            let linked = fs::hard_link(&temporary, path);
            fs::remove_file(&temporary)?;
            linked?;
            path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        write().map_err(failed)
    }

    fn seal(&self, bound: &[u8], secret: [u8; 32]) -> Option<Wrapped> {
        let (under, key) = self.keys.last()?;
        let mut nonce = [0; NONCE_LEN];
        self.rng.fill(&mut nonce);
        let mut sealed = secret.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(unique, Aad::from(bound), &mut sealed).ok()?;
        Some(Wrapped { under: under.clone(), bytes: [&nonce[..], &sealed].concat() })
    }

    fn unseal(&self, bound: &[u8], wrapped: &Wrapped) -> Result<[u8; 32], KeyStoreError> {
        let place = || self.path.display().to_string();
        let under = || wrapped.under.clone();
        let key = self.keys.iter().find(|(name, _)| *name == wrapped.under);
        let (_, key) =
            key.ok_or_else(|| KeyStoreError::NoKey { under: under(), place: place() })?;
        let open = || -> Option<[u8; 32]> {
            let (nonce, sealed) = wrapped.bytes.split_first_chunk::<NONCE_LEN>()?;
            let mut sealed = sealed.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let opened = key.open_in_place(nonce, Aad::from(bound), &mut sealed).ok()?;
            <[u8; 32]>::try_from(&*opened).ok()
        };
        open().ok_or_else(|| KeyStoreError::Refused { under: under(), place: place() })
    }
}

impl KeyStore for KeyFile {
    fn wrap(
        &self,
        bound: Vec<u8>,
        secret: [u8; 32],
    ) -> BoxFuture<'_, Result<Wrapped, KeyStoreError>> {
        let wrapped = self.seal(&bound, secret).ok_or_else(|| KeyStoreError::Unavailable {
            place: self.path.display().to_string(),
            reason: "it has no key".to_owned(),
        });
        ready(wrapped).boxed()
    }

    fn unwrap(
        &self,
        bound: Vec<u8>,
        wrapped: Wrapped,
    ) -> BoxFuture<'_, Result<[u8; 32], KeyStoreError>> {
        ready(self.unseal(&bound, &wrapped)).boxed()
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn parse(line: &str) -> Option<(String, LessSafeKey)> {
    let (name, digits) = line.split_once(' ')?;
    let digits = digits.trim();
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let pairs = (0..32).map(|i| u8::from_str_radix(&digits[i * 2..i * 2 + 2], 16).ok());
    let secret: Vec<u8> = pairs.collect::<Option<_>>()?;
    let key = UnboundKey::new(&AES_256_GCM, &secret).ok()?;
    Some((name.to_owned(), LessSafeKey::new(key)))
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    fn rng(seed: u64) -> Arc<dyn Rng> {
        Arc::new(SeededRng::new(seed))
    }

    fn made(path: &Path, seed: u64) -> KeyFile {
        KeyFile::create(path, &*rng(seed)).unwrap();
        KeyFile::open(path, rng(seed)).unwrap().unwrap()
    }

    #[test]
    fn a_file_is_made_once_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("encryption-keys");
        assert!(KeyFile::open(&path, rng(1)).unwrap().is_none());
        let file = made(&path, 1);
        assert!(KeyFile::create(&path, &*rng(2)).is_err(), "it is never replaced");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, PRIVATE);
        let wrapped = file.seal(b"bound", [9; 32]).unwrap();
        let again = KeyFile::open(&path, rng(3)).unwrap().unwrap();
        assert_eq!(again.unseal(b"bound", &wrapped).unwrap(), [9; 32]);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_wrapped_key_opens_only_as_what_it_was_wrapped() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("a"), dir.path().join("b"));
        let file = made(&path, 1);
        let wrapped = file.seal(b"one", [9; 32]).unwrap();
        let refused = |found| matches!(found, Err(KeyStoreError::Refused { .. }));
        assert!(refused(file.unseal(b"two", &wrapped)));
        let mut changed = wrapped.clone();
        changed.bytes[20] ^= 1;
        assert!(refused(file.unseal(b"one", &changed)));
        changed.bytes.truncate(5);
        assert!(refused(file.unseal(b"one", &changed)));
        let missing = made(&other, 2).unseal(b"one", &wrapped).unwrap_err();
        assert!(matches!(missing, KeyStoreError::NoKey { .. }), "{missing}");
    }

    #[test]
    fn the_last_key_wraps_and_earlier_ones_still_unwrap() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        let wrapped = made(&old, 1).seal(b"x", [9; 32]).unwrap();
        made(&new, 2);
        let both = [fs::read_to_string(&old).unwrap(), fs::read_to_string(&new).unwrap()].concat();
        fs::write(&old, both).unwrap();
        let both = KeyFile::open(&old, rng(3)).unwrap().unwrap();
        assert_eq!(both.unseal(b"x", &wrapped).unwrap(), [9; 32]);
        assert_ne!(both.seal(b"x", [9; 32]).unwrap().under, wrapped.under);
    }

    #[test]
    fn what_is_exposed_or_damaged_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        made(&path, 1);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = KeyFile::open(&path, rng(1)).unwrap_err();
        assert!(error.to_string().contains("mode 640"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(PRIVATE)).unwrap();
        for (text, line) in [("# nothing\n", 0), ("#\nlocal-1 abc\n", 2), ("x\n", 1)] {
            fs::write(&path, text).unwrap();
            let error = KeyFile::open(&path, rng(1)).unwrap_err();
            assert!(matches!(error, KeyFileError::Damaged { line: l, .. } if l == line), "{error}");
        }
    }
}
