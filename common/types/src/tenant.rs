use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A tenant of a cell: the id of a logical cluster (`lkc-…`), as 16 bytes padded with zeros.
///
/// The id is immutable and never reused, so it can stand in every key and slot footer. It is frozen:
/// changing its form means rewriting all data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId([u8; 16]);

/// Why a text is no tenant id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tenant id is 1 to 16 characters of a-z, 0-9 and '-', got {0:?}")]
pub struct TenantIdError(String);

impl TenantId {
    /// The tenant of a cell's own partitions (group offsets, transaction state).
    pub const SYSTEM: Self = Self(*b"weir-system\0\0\0\0\0");

    /// The 16 bytes as stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes are not a padded id, as after corruption.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, TenantIdError> {
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(16);
        if bytes[end..].iter().any(|b| *b != 0) {
            return Err(TenantIdError(String::from_utf8_lossy(&bytes).into_owned()));
        }
        String::from_utf8_lossy(&bytes[..end]).parse()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(16);
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }
}

impl FromStr for TenantId {
    type Err = TenantIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let ok = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if s.is_empty() || s.len() > 16 || !s.bytes().all(ok) {
            return Err(TenantIdError(s.to_owned()));
        }
        let mut bytes = [0; 16];
        bytes[..s.len()].copy_from_slice(s.as_bytes());
        Ok(Self(bytes))
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantId({})", self.as_str())
    }
}

impl Serialize for TenantId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TenantId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_form_is_padded_text() {
        let id: TenantId = "lkc-7q2m9k".parse().unwrap();
        assert_eq!(id.as_bytes(), b"lkc-7q2m9k\0\0\0\0\0\0");
        assert_eq!(TenantId::from_bytes(*id.as_bytes()).unwrap(), id);
    }

    #[test]
    fn other_text_is_refused() {
        for bad in ["", "LKC-1", "lkc_1", "lkc-12345678901234"] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
        assert!(TenantId::from_bytes(*b"lkc-\x001234567890\0").is_err());
    }
}
