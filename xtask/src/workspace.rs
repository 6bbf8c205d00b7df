//! Where things are: the source tree and the target folder.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

/// The root of the workspace this xtask was started from.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // `cargo run` sets the variable; a binary started by hand knows where it was built.
        let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        crate_dir.parent().map_or_else(|| crate_dir.clone(), Path::to_path_buf)
    })
}

/// The target folder cargo uses, whether it is set by variable, by configuration or not at all.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .current_dir(root())
        .exec()
        .context("read `cargo metadata --no-deps`")?;
    Ok(metadata.target_directory.into_std_path_buf())
}
