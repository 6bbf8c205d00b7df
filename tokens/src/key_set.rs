use serde::Deserialize;
use serde_json::Value;

use common_types::identity::IdentityKey;

/// Keys of one provider; large directories publish a few dozen.
const KEYS_MAX: usize = 100;
/// Characters of one value of a key: RSA of 16 KiB has fewer.
const VALUE_LENGTH_MAX: usize = 4096;

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// What a key of a set says beside the key.
#[derive(Deserialize)]
struct Purpose {
    #[serde(rename = "use")]
    usage: Option<String>,
}

/// The keys of a JSON Web Key Set (RFC 7517) that can sign tokens. Others are left out, symmetric ones before
/// all: what anybody can read signs nothing.
///
/// # Errors
/// No such document; no key that is of use; too many.
pub fn read_key_set(document: &[u8]) -> Result<Vec<IdentityKey>, &'static str> {
    let Ok(document) = serde_json::from_slice::<Document>(document) else {
        return Err("it is no JSON Web Key Set");
    };
    if document.keys.len() > KEYS_MAX {
        return Err("it has more than 100 keys");
    }
    let keys: Vec<IdentityKey> = document.keys.into_iter().filter_map(signing_key).collect();
    if keys.is_empty() {
        return Err(
            "it has no key that signs: RSA, EC with P-256 or P-384, or Ed25519, with a kid",
        );
    }
    Ok(keys)
}

fn signing_key(value: Value) -> Option<IdentityKey> {
    let purpose: Purpose = Purpose::deserialize(&value).ok()?;
    if purpose.usage.is_some_and(|usage| usage != "sig") {
        return None;
    }
    let key: IdentityKey = serde_json::from_value(value).ok()?;
    let has = |values: &[&String]| {
        values.iter().all(|value| !value.is_empty() && value.len() <= VALUE_LENGTH_MAX)
    };
    let is_whole = match (key.kty.as_str(), key.crv.as_str()) {
        ("RSA", _) => has(&[&key.n, &key.e]),
        ("EC", "P-256" | "P-384") => has(&[&key.x, &key.y]),
        ("OKP", "Ed25519") => has(&[&key.x]),
        _ => false,
    };
    let is_named = has(&[&key.kid]) && key.alg.as_ref().is_none_or(|alg| alg.len() <= 16);
    (is_whole && is_named).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_keys_that_sign_are_kept() {
        let set = r#"{"keys": [
            {"kid": "r", "kty": "RSA", "use": "sig", "alg": "RS256", "n": "AQ", "e": "AQAB"},
            {"kid": "p", "kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ", "x5c": ["AQ"]},
            {"kid": "enc", "kty": "RSA", "use": "enc", "n": "AQ", "e": "AQAB"},
            {"kid": "secret", "kty": "oct", "k": "AQ"},
            {"kid": "curve", "kty": "EC", "crv": "P-521", "x": "AQ", "y": "AQ"},
            {"kty": "RSA", "n": "AQ", "e": "AQAB"},
            {"kid": "half", "kty": "RSA", "n": "AQ"},
            7
        ]}"#;
        let kids: Vec<_> =
            read_key_set(set.as_bytes()).unwrap().into_iter().map(|key| key.kid).collect();
        assert_eq!(kids, ["r", "p"]);
    }

    #[test]
    fn what_is_no_key_set_says_so() {
        for bad in ["", "[]", "{}", r#"{"keys": []}"#, r#"{"keys": [{"kty": "oct", "kid": "a"}]}"#]
        {
            assert!(read_key_set(bad.as_bytes()).is_err(), "{bad}");
        }
        let many = format!(r#"{{"keys": [{}0]}}"#, "0,".repeat(100));
        assert!(read_key_set(many.as_bytes()).is_err());
    }
}
