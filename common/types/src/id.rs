//! Ids: a short prefix and lower-case base32 without look-alikes, made from random bytes.
//!
//! Prefixes are frozen. An organisation id is a bare UUID; an API key is 16 upper-case alphanumerics.

/// The alphabet of ids: no `0`, `1`, `i`, `l`, `o`, `u`.
const ALPHABET: &[u8; 30] = b"23456789abcdefghjkmnpqrstvwxyz";
const KEY_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A kind of thing that has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// `env-`
    Environment,
    /// `lkc-`
    Cluster,
    /// `sa-`
    ServiceAccount,
    /// `u-`
    User,
    /// `rb-`
    RoleBinding,
    /// `lsrc-`
    SchemaRegistry,
    /// `ipg-`
    IpGroup,
    /// `ipf-`
    IpFilter,
    /// `i-`
    Invitation,
    /// `cq-`
    ClientQuota,
    /// `op-`
    IdentityProvider,
    /// `pool-`
    IdentityPool,
    /// `group-`
    GroupMapping,
    /// `int-`
    NotificationIntegration,
    /// `sub-`
    NotificationSubscription,
}

impl Prefix {
    /// The text before the random part, dash included.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "env-",
            Self::Cluster => "lkc-",
            Self::ServiceAccount => "sa-",
            Self::User => "u-",
            Self::RoleBinding => "rb-",
            Self::SchemaRegistry => "lsrc-",
            Self::IpGroup => "ipg-",
            Self::IpFilter => "ipf-",
            Self::Invitation => "i-",
            Self::ClientQuota => "cq-",
            Self::IdentityProvider => "op-",
            Self::IdentityPool => "pool-",
            Self::GroupMapping => "group-",
            Self::NotificationIntegration => "int-",
            Self::NotificationSubscription => "sub-",
        }
    }

    /// Makes an id of this kind from random bytes: 8 characters after the prefix.
    #[must_use]
    pub fn id_from(self, random: [u8; 8]) -> String {
        let mut id = String::with_capacity(16);
        id.push_str(self.as_str());
        push(&mut id, ALPHABET, u64::from_le_bytes(random), 8);
        id
    }
}

/// Makes an API key id from random bytes: 16 upper-case alphanumerics.
#[must_use]
pub fn api_key_from(random: [u8; 16]) -> String {
    let mut id = String::with_capacity(16);
    let (low, high) = random.split_at(8);
    for half in [low, high] {
        let mut word = [0; 8];
        word.copy_from_slice(half);
        push(&mut id, KEY_ALPHABET, u64::from_le_bytes(word), 8);
    }
    id
}

fn push(id: &mut String, alphabet: &[u8], mut n: u64, count: usize) {
    let base = alphabet.len() as u64;
    for _ in 0..count {
        // `n % base` is below the alphabet's length, which fits every usize.
        id.push(char::from(alphabet[(n % base) as usize]));
        n /= base;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_shape() {
        let id = Prefix::Cluster.id_from([7; 8]);
        assert!(id.starts_with("lkc-") && id.len() == 12, "{id}");
        assert!(id.parse::<crate::TenantId>().is_ok());
        let key = api_key_from([9; 16]);
        assert_eq!(key.len(), 16);
        assert!(key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    }
}
