//! The files of the console, as the build found them.

/// A file, plain and as it was packed.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Where it is served: `/assets/index-1a2b.js`.
    pub(crate) path: &'static str,
    pub(crate) plain: &'static [u8],
    pub(crate) brotli: Option<&'static [u8]>,
    pub(crate) gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The file at a path.
pub(crate) fn at(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

impl Asset {
    /// What it is, by the end of its name.
    pub(crate) fn media_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map(|(_, end)| end) {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("woff2") => "font/woff2",
            Some("md" | "txt") => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }

    /// Whether its name changes with what is in it: `-` and eight characters before the ending.
    pub(crate) fn is_hashed(&self) -> bool {
        let stem = self.path.rsplit_once('.').map_or(self.path, |(stem, _)| stem);
        stem.len() > 9 && stem.as_bytes().get(stem.len() - 9) == Some(&b'-')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &'static str) -> Asset {
        Asset { path, plain: b"", brotli: None, gzip: None }
    }

    #[test]
    fn hashed_names_are_known() {
        assert!(named("/assets/index-B0iK_-2a.js").is_hashed());
        assert!(!named("/assets/weir.svg").is_hashed());
        assert!(!named("/index.html").is_hashed());
    }

    #[test]
    fn files_say_what_they_are() {
        assert_eq!(named("/assets/a-12345678.js").media_type(), "text/javascript; charset=utf-8");
        assert_eq!(named("/x").media_type(), "application/octet-stream");
    }
}
