//! What a token of somebody else is exchanged for: a short token of ours. It says which pool it is for and until
//! when; whether that pool still lets anybody in is looked up each time that it is shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{IdentityPool, IdentityProvider};
use crate::secret::Peppers;

/// What sets it apart from the token of a session.
const TYPE: &str = "at+jwt";
const ALGORITHM: &str = "HS256";
const PURPOSE: &str = "access tokens of identity pools";
/// Longer ones are none of ours.
const LENGTH_MAX: usize = 4096;

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    /// Version of the pepper.
    kid: String,
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessClaims {
    /// Which token: the request that made it.
    pub(crate) jti: String,
    /// `pool-…`
    pub(crate) sub: String,
    /// Who of the pool: the value of its identity claim.
    pub(crate) identity: String,
    /// On which terms it was given: see [`terms_of`].
    pub(crate) terms: String,
    /// Since when, in seconds.
    pub(crate) iat: i64,
    /// Until when, in seconds.
    pub(crate) exp: i64,
}

impl AccessClaims {
    /// Whether whom it let in would be let in by what is there now: nobody changed the filter, the issuer, or
    /// where keys come from.
    pub(crate) fn is_on_terms_of(&self, pool: &IdentityPool, provider: &IdentityProvider) -> bool {
        self.terms == terms_of(pool, provider)
    }
}

/// Digest of what decides who is let in.
pub(crate) fn terms_of(pool: &IdentityPool, provider: &IdentityProvider) -> String {
    let mut digest = Sha256::new();
    for part in [
        &pool.id,
        &pool.filter,
        &pool.identity_claim,
        &provider.id,
        &provider.issuer,
        &provider.jwks_uri,
    ] {
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(&digest.finalize()[..16])
}

/// Makes an access token.
pub(crate) fn new_access_token(peppers: &Peppers, claims: &AccessClaims) -> Option<String> {
    let version = peppers.current();
    let header = Header { alg: ALGORITHM.into(), typ: TYPE.into(), kid: version.to_string() };
    let part = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    let header = part(serde_json::to_vec(&header).ok()?);
    let signed = format!("{header}.{}", part(serde_json::to_vec(claims).ok()?));
    let tag = hmac::sign(&key(peppers, version)?, signed.as_bytes());
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref())))
}

/// What a token says that this installation made. `None` when it is another kind of token; inner `None` when it is
/// one of these and not ours.
pub(crate) fn read_access_token(peppers: &Peppers, token: &str) -> Option<Option<AccessClaims>> {
    if token.len() > LENGTH_MAX {
        return None;
    }
    let (signed, tag) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    if header.typ != TYPE {
        return None;
    }
    let ours = || {
        let key = key(peppers, header.kid.parse().ok()?)?;
        hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    };
    Some(ours().filter(|_| header.alg == ALGORITHM))
}

fn key(peppers: &Peppers, version: u32) -> Option<hmac::Key> {
    Some(hmac::Key::new(hmac::HMAC_SHA256, &peppers.derive(version, PURPOSE)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> AccessClaims {
        AccessClaims {
            jti: "r".to_owned(),
            sub: "pool-1".to_owned(),
            identity: "repo:o/r".to_owned(),
            terms: "t".to_owned(),
            iat: 1,
            exp: 2,
        }
    }

    #[test]
    fn only_what_was_made_with_the_pepper_is_read() {
        let peppers = Peppers::new(2, [7; 32]);
        let token = new_access_token(&peppers, &claims()).unwrap();
        assert_eq!(read_access_token(&peppers, &token), Some(Some(claims())));
        let newer = Peppers::new(3, [8; 32]).with_older(2, [7; 32]);
        assert_eq!(read_access_token(&newer, &token), Some(Some(claims())));
        assert_eq!(read_access_token(&Peppers::new(2, [8; 32]), &token), Some(None));
        assert_eq!(read_access_token(&Peppers::new(3, [7; 32]), &token), Some(None));
        let (signed, tag) = token.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let other = AccessClaims { sub: "pool-2".to_owned(), ..claims() };
        let other = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&other).unwrap());
        assert_eq!(read_access_token(&peppers, &format!("{header}.{other}.{tag}")), Some(None));
        assert_eq!(read_access_token(&peppers, &format!("{signed}.")), Some(None));
        let session = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT","kid":"2"}"#);
        assert_eq!(read_access_token(&peppers, &format!("{session}.e30.AA")), None);
        for text in ["", "a", "a.b.c", &"a".repeat(5000)] {
            assert_eq!(read_access_token(&peppers, text), None, "{text:.9}");
        }
    }
}
