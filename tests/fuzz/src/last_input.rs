use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Keeps the input that is being decoded in a file, because an abort (no memory, no stack) cannot be caught.
pub struct LastInput(Option<File>);

impl LastInput {
    /// Keeps nothing.
    #[must_use]
    pub fn nowhere() -> Self {
        Self(None)
    }

    /// Keeps the input in `path`.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self(Some(File::create(path)?)))
    }

    /// Remembers `input`; four bytes of length come first, since the file is not truncated each time.
    pub(crate) fn remember(&self, input: &[u8]) {
        if let Some(file) = &self.0 {
            let length = u32::try_from(input.len()).unwrap_or(u32::MAX).to_le_bytes();
            // A run without the file is still a run.
            let _ = file.write_all_at(&[&length, input].concat(), 0);
        }
    }
}
