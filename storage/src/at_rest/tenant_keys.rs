use std::fmt::Write as _;

use common_types::TenantId;
use serde::{Deserialize, Serialize};

use super::key_store::Wrapped;
use crate::levels::{FIRST_LEVEL, FORMAT_LEVEL};

/// `keys/{tenant}`: the data keys of a tenant. Written once by put-if-absent, deleted with the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantKeys {
    /// Level of this format.
    pub format_level: u16,
    /// Whose keys.
    pub tenant: TenantId,
    /// Oldest first; the last one seals.
    pub keys: Vec<StoredKey>,
}

/// One wrapped data key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKey {
    /// Its number, as chunks name it.
    pub id: u64,
    /// Name of the key that wraps it.
    pub under: String,
    /// The wrapped key, in hexadecimal.
    pub wrapped: String,
}

impl TenantKeys {
    /// One new key.
    #[must_use]
    pub fn new(tenant: TenantId, id: u64, wrapped: &Wrapped) -> Self {
        let mut hex = String::with_capacity(wrapped.bytes.len() * 2);
        for byte in &wrapped.bytes {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        let key = StoredKey { id, under: wrapped.under.clone(), wrapped: hex };
        Self { format_level: FIRST_LEVEL, tenant, keys: vec![key] }
    }

    /// What a data key is bound to while it is wrapped: tenant, then number, little-endian.
    #[must_use]
    pub fn bound_to(tenant: TenantId, id: u64) -> Vec<u8> {
        [&tenant.as_bytes()[..], &id.to_le_bytes()].concat()
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(tenant: TenantId, bytes: &[u8]) -> Result<Self, String> {
        let keys: Self = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if keys.format_level > FORMAT_LEVEL {
            return Err(format!(
                "it has format level {}, this version of Weir reads up to {FORMAT_LEVEL}: use a newer version",
                keys.format_level
            ));
        }
        if keys.tenant != tenant {
            return Err(format!("it has the keys of {}", keys.tenant));
        }
        if keys.keys.is_empty() {
            return Err("it has no keys".to_owned());
        }
        Ok(keys)
    }
}

impl StoredKey {
    /// The wrapped key.
    #[must_use]
    pub fn wrapped(&self) -> Option<Wrapped> {
        let digits = self.wrapped.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = digits
            .map(|pair| std::str::from_utf8(pair).ok().filter(|p| p.len() == 2))
            .map(|pair| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect();
        Some(Wrapped { under: self.under.clone(), bytes: bytes? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_for_their_own_tenant_only() {
        let tenant: TenantId = "lkc-a".parse().unwrap();
        let wrapped = Wrapped { under: "local-1".to_owned(), bytes: vec![0, 0x1f, 0xff] };
        let keys = TenantKeys::new(tenant, 5, &wrapped);
        let stored = serde_json::to_vec(&keys).unwrap();
        let read = TenantKeys::parse(tenant, &stored).unwrap();
        assert_eq!(read, keys);
        assert_eq!(read.keys[0].wrapped(), Some(wrapped));
        let other = TenantKeys::parse("lkc-b".parse().unwrap(), &stored).unwrap_err();
        assert_eq!(other, "it has the keys of lkc-a");
        let newer = TenantKeys { format_level: FORMAT_LEVEL + 1, ..keys };
        let newer = serde_json::to_vec(&newer).unwrap();
        assert!(TenantKeys::parse(tenant, &newer).unwrap_err().contains("newer version"));
        let odd = StoredKey { id: 1, under: String::new(), wrapped: "abc".to_owned() };
        assert_eq!(odd.wrapped(), None);
    }
}
