//! Signed tokens of others: JSON Web Signatures in their compact form (RFC 7515, 7519), checked with `ring`.
//!
//! Which algorithms there are is a list; `none` and the ones with a shared secret are not on it, so a public key
//! can never be taken for a secret. Nothing in a token is believed before its signature was checked with a key
//! that the provider publishes for that algorithm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use common_types::identity::IdentityKey;

/// Longer tokens are refused unread.
pub const TOKEN_LENGTH_MAX: usize = 32 * 1024;
/// How far clocks may be apart, in seconds.
const LEEWAY_S: i64 = 60;

/// Why a token is not taken, as its owner is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TokenError(pub String);

fn refused<T>(why: impl Into<String>) -> Result<T, TokenError> {
    Err(TokenError(why.into()))
}

/// How tokens may be signed.
#[derive(Clone, Copy)]
enum Algorithm {
    Rsa(&'static RsaParameters),
    Curve(&'static str, &'static EcdsaVerificationAlgorithm),
    Ed25519,
}

fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA512),
        "PS256" => Algorithm::Rsa(&RSA_PSS_2048_8192_SHA256),
        "PS384" => Algorithm::Rsa(&RSA_PSS_2048_8192_SHA384),
        "PS512" => Algorithm::Rsa(&RSA_PSS_2048_8192_SHA512),
        "ES256" => Algorithm::Curve("P-256", &ECDSA_P256_SHA256_FIXED),
        "ES384" => Algorithm::Curve("P-384", &ECDSA_P384_SHA384_FIXED),
        "EdDSA" => Algorithm::Ed25519,
        _ => return None,
    })
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A token that was taken apart, and is not believed yet.
#[derive(Debug)]
pub struct SignedToken<'a> {
    alg: String,
    kid: String,
    signed: &'a str,
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

impl std::fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rsa(_) => "Rsa",
            Self::Curve(curve, _) => curve,
            Self::Ed25519 => "Ed25519",
        })
    }
}

impl<'a> SignedToken<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// It is none; or it is signed in a way that is not on the list.
    pub fn read(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > TOKEN_LENGTH_MAX {
            return refused(format!("the token is longer than {TOKEN_LENGTH_MAX} characters"));
        }
        let no_token = || TokenError("it is no signed JSON Web Token".to_owned());
        let (signed, signature) = token.rsplit_once('.').ok_or_else(no_token)?;
        let (header, claims) = signed.split_once('.').ok_or_else(no_token)?;
        let read = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header = read(header).and_then(|bytes| serde_json::from_slice::<Header>(&bytes).ok());
        let header = header.ok_or_else(no_token)?;
        let claims = read(claims).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let claims = claims.ok_or_else(no_token)?;
        if algorithm(&header.alg).is_none() {
            return refused(format!(
                "its algorithm {:?} is not taken; RS, PS, ES and EdDSA are",
                header.alg.chars().take(16).collect::<String>()
            ));
        }
        if header.crit.is_some() {
            return refused("its header has a crit that nobody here understands");
        }
        let Some(kid) = header.kid.filter(|kid| !kid.is_empty()) else {
            return refused("its header names no key (kid)");
        };
        let signature = read(signature).ok_or_else(no_token)?;
        Ok(Self { alg: header.alg, kid, signed, signature, claims })
    }

    /// Which key it says signed it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The same, unless it says that somebody else made it.
    ///
    /// # Errors
    /// It is of another issuer.
    pub fn of_issuer(self, issuer: &str) -> Result<Self, TokenError> {
        if self.claims.get("iss").and_then(Value::as_str) != Some(issuer) {
            return refused("its issuer (iss) is not that of the pool's identity provider");
        }
        Ok(self)
    }

    /// Its claims, once the key is found to have signed it and it is valid now.
    ///
    /// # Errors
    /// Another signature or algorithm; times that it is not valid at; no audience.
    pub fn verified(self, key: &IdentityKey, now_s: i64) -> Result<Map<String, Value>, TokenError> {
        if key.alg.as_ref().is_some_and(|alg| *alg != self.alg) {
            return refused(format!("its key does not sign with {}", self.alg));
        }
        let signed = algorithm(&self.alg).is_some_and(|how| self.is_signed(how, key));
        if !signed {
            return refused("its signature is not one of the provider's key");
        }
        let time = |name: &str| match self.claims.get(name) {
            None => Ok(None),
            Some(value) => match seconds(value) {
                Some(seconds) => Ok(Some(seconds)),
                None => refused(format!("its {name} is no time")),
            },
        };
        match time("exp")? {
            None => return refused("it says no end (exp)"),
            Some(end) if end.saturating_add(LEEWAY_S) <= now_s => {
                return refused("it is expired (exp)");
            }
            Some(_) => {}
        }
        for (name, why) in [("nbf", "it is not valid yet (nbf)"), ("iat", "it is from later (iat)")]
        {
            if time(name)?.is_some_and(|begin| begin.saturating_sub(LEEWAY_S) > now_s) {
                return refused(why);
            }
        }
        let names_somebody = match self.claims.get("aud") {
            Some(Value::String(one)) => !one.is_empty(),
            Some(Value::Array(all)) => !all.is_empty(),
            _ => false,
        };
        if !names_somebody {
            return refused("it is for nobody (aud)");
        }
        Ok(self.claims)
    }

    fn is_signed(&self, how: Algorithm, key: &IdentityKey) -> bool {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let (message, signature) = (self.signed.as_bytes(), self.signature.as_slice());
        let check = || match how {
            Algorithm::Rsa(parameters) if key.kty == "RSA" => {
                let (n, e) = (bytes(&key.n)?, bytes(&key.e)?);
                // ring takes numbers without zeros before them.
                let plain = |number: Vec<u8>| -> Vec<u8> {
                    number.into_iter().skip_while(|byte| *byte == 0).collect()
                };
                let key = RsaPublicKeyComponents { n: plain(n), e: plain(e) };
                key.verify(parameters, message, signature).ok()
            }
            Algorithm::Curve(curve, algorithm) if key.kty == "EC" && key.crv == curve => {
                let point = [vec![4], bytes(&key.x)?, bytes(&key.y)?].concat();
                UnparsedPublicKey::new(algorithm, point).verify(message, signature).ok()
            }
            Algorithm::Ed25519 if key.kty == "OKP" && key.crv == "Ed25519" => {
                UnparsedPublicKey::new(&ED25519, bytes(&key.x)?).verify(message, signature).ok()
            }
            Algorithm::Rsa(_) | Algorithm::Curve(..) | Algorithm::Ed25519 => None,
        };
        check().is_some()
    }
}

/// Until when a token with these claims is good, in seconds since 1970. None is when it says no end.
pub fn end_of(claims: &Map<String, Value>) -> Option<i64> {
    claims.get("exp").and_then(seconds)
}

/// A time of a token: seconds, as a whole number or not.
fn seconds(value: &Value) -> Option<i64> {
    // As a float it is far below where whole seconds are lost; NaN is no JSON.
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;

    const NOW_S: i64 = 1_700_000_000;

    struct Signer(Ed25519KeyPair);

    impl Signer {
        fn new() -> Self {
            let bytes = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
            Self(Ed25519KeyPair::from_pkcs8(bytes.as_ref()).unwrap())
        }

        fn key(&self) -> IdentityKey {
            IdentityKey {
                kid: "k".to_owned(),
                kty: "OKP".to_owned(),
                crv: "Ed25519".to_owned(),
                x: URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref()),
                ..IdentityKey::default()
            }
        }

        fn token(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", part(header), part(claims));
            let signature = self.0.sign(signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
        }
    }

    fn header() -> Value {
        json!({"alg": "EdDSA", "kid": "k"})
    }

    #[test]
    fn a_token_is_taken_within_its_times_alone() {
        let signer = Signer::new();
        let outcome = |claims: Value| {
            let token = signer.token(&header(), &claims);
            let read = SignedToken::read(&token).unwrap();
            read.verified(&signer.key(), NOW_S).map(|_| ()).map_err(|error| error.0)
        };
        let good = json!({"iss": "i", "aud": "a", "exp": NOW_S + 1, "nbf": NOW_S, "iat": NOW_S});
        assert_eq!(outcome(good.clone()), Ok(()));
        for (name, value, taken) in [
            ("exp", json!(NOW_S - 59), true),
            ("exp", json!(NOW_S - 60), false),
            ("exp", json!("soon"), false),
            ("exp", Value::Null, false),
            ("nbf", json!(NOW_S + 60), true),
            ("nbf", json!(NOW_S + 61), false),
            ("iat", json!(NOW_S + 61), false),
            ("iat", json!((NOW_S as f64) + 0.5), true),
            ("aud", json!(["a", "b"]), true),
            ("aud", json!([]), false),
            ("aud", json!(""), false),
        ] {
            let mut claims = good.clone();
            claims[name] = value.clone();
            assert_eq!(outcome(claims).is_ok(), taken, "{name} {value}");
        }
        let mut endless = good;
        endless.as_object_mut().unwrap().remove("exp");
        assert_eq!(outcome(endless), Err("it says no end (exp)".to_owned()));
    }

    #[test]
    fn only_listed_algorithms_and_the_named_key_are_taken() {
        let signer = Signer::new();
        let claims = json!({"aud": "a", "exp": NOW_S + 9});
        for header in [
            json!({"alg": "none", "kid": "k"}),
            json!({"alg": "HS256", "kid": "k"}),
            json!({"alg": "eddsa", "kid": "k"}),
            json!({"alg": "EdDSA"}),
            json!({"alg": "EdDSA", "kid": "k", "crit": ["b64"]}),
            json!({"kid": "k"}),
        ] {
            assert!(SignedToken::read(&signer.token(&header, &claims)).is_err(), "{header}");
        }
        let token = signer.token(&header(), &claims);
        let with = |key: &IdentityKey, token: &str| {
            SignedToken::read(token).and_then(|read| read.verified(key, NOW_S)).is_ok()
        };
        assert!(with(&signer.key(), &token));
        assert!(!with(&Signer::new().key(), &token), "another key");
        let other = IdentityKey { alg: Some("ES256".to_owned()), ..signer.key() };
        assert!(!with(&other, &token), "a key for another algorithm");
        let other = IdentityKey { kty: "EC".to_owned(), ..signer.key() };
        assert!(!with(&other, &token), "a key of another kind");
        let (signed, _) = token.rsplit_once('.').unwrap();
        assert!(!with(&signer.key(), &format!("{signed}.")), "no signature");
        for text in ["", ".", "..", "a.b", "a.b.c", &format!("{signed}.&"), &"a".repeat(40_000)] {
            assert!(SignedToken::read(text).is_err(), "{text:.20}");
        }
    }
}
