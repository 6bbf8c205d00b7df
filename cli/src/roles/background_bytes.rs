use std::fmt;
use std::str::FromStr;

use broker::cell::BACKGROUND_BYTES_PER_SECOND;

/// Less would not keep up with anything.
const LEAST: u64 = 1 << 20;

/// Bytes a second of background work; 0 is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BackgroundBytes(u64);

impl BackgroundBytes {
    pub(super) fn per_second(self) -> u64 {
        self.0
    }
}

impl Default for BackgroundBytes {
    fn default() -> Self {
        Self(BACKGROUND_BYTES_PER_SECOND)
    }
}

impl FromStr for BackgroundBytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text.parse().map_err(|e| format!("{e}"))?;
        match bytes {
            0 | LEAST.. => Ok(Self(bytes)),
            _ => Err(format!("it is 0, which is no bound, or at least {LEAST}")),
        }
    }
}

impl fmt::Display for BackgroundBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_little_is_refused() {
        let told = |text: &str| text.parse::<BackgroundBytes>().map(BackgroundBytes::per_second);
        assert_eq!((told("0"), told("1048576")), (Ok(0), Ok(1 << 20)));
        assert_eq!(told("67108864"), Ok(BackgroundBytes::default().per_second()));
        assert_eq!(told("5"), Err("it is 0, which is no bound, or at least 1048576".to_owned()));
        assert!(told("64MiB").is_err() && told("-1").is_err());
    }
}
