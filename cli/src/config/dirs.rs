use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::CliError;

/// Where a person's files live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dirs {
    /// Contexts: `$XDG_CONFIG_HOME/weir` or `~/.config/weir`.
    pub(crate) config: PathBuf,
    /// The default data folder: `$XDG_DATA_HOME/weir` or `~/.local/share/weir`.
    pub(crate) data: PathBuf,
}

impl Dirs {
    /// Reads the environment through `variable`.
    pub(crate) fn from_env(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, CliError> {
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let home = || {
            absolute("HOME").ok_or_else(|| {
                CliError::usage("config.home", "HOME is not set, so there is no place for files")
                    .suggest("Set HOME, or both XDG_CONFIG_HOME and XDG_DATA_HOME.")
            })
        };
        let base = |name: &str, below: &str| match absolute(name) {
            Some(path) => Ok(path.join("weir")),
            None => home().map(|home| home.join(below).join("weir")),
        };
        Ok(Self {
            config: base("XDG_CONFIG_HOME", ".config")?,
            data: base("XDG_DATA_HOME", ".local/share")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs(pairs: &[(&str, &str)]) -> Result<Dirs, CliError> {
        Dirs::from_env(|name| {
            pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn xdg_wins_over_home() {
        let both = dirs(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")]).unwrap();
        assert_eq!(both.config, PathBuf::from("/h/.config/weir"));
        assert_eq!(both.data, PathBuf::from("/d/weir"));
    }

    #[test]
    fn relative_folders_are_ignored_as_xdg_demands() {
        let dirs = dirs(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "x")]).unwrap();
        assert_eq!(dirs.config, PathBuf::from("/h/.config/weir"));
        assert!(Dirs::from_env(|_| None).is_err());
    }
}
