//! Sign-in of people at an OpenID Connect provider: what is sent there, and what of its answers is believed. No input
//! or output.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokens::TokenError;

/// Characters of `sub`, as OpenID Connect Core 2 has it.
const SUBJECT_LENGTH_MAX: usize = 255;
/// Characters of a name that is taken over.
const NAME_LENGTH_MAX: usize = 64;
/// Bytes of the claims that are kept with a session.
const CLAIMS_BYTES_MAX: usize = 16 * 1024;

/// What a provider says of itself (OpenID Connect Discovery 1.0), as far as it is of use here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 9207: every answer names the issuer.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the document is.
pub(crate) fn metadata_uri(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

impl Metadata {
    /// Reads the document.
    ///
    /// # Errors
    /// It is none, or that of another issuer.
    pub(crate) fn read(document: &[u8], issuer: &str) -> Result<Self, &'static str> {
        let Ok(read) = serde_json::from_slice::<Self>(document) else {
            return Err("it does not answer with an OpenID Connect configuration");
        };
        if read.issuer != issuer {
            return Err("its configuration names another issuer");
        }
        Ok(read)
    }

    /// Whether an answer of the browser with this `iss` can be one of this provider: a client that knows several must
    /// not give the code of one to another.
    pub(crate) fn answered_as(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => iss == self.issuer,
            None => !self.authorization_response_iss_parameter_supported,
        }
    }

    /// Whether the secret goes into the form: only where the provider takes it nowhere else.
    fn secret_in_form(&self) -> bool {
        let takes = |name: &str| {
            self.token_endpoint_auth_methods_supported.iter().any(|method| method == name)
        };
        takes("client_secret_post") && !takes("client_secret_basic")
    }
}

/// What makes one sign-in this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secrets {
    /// Comes back with the browser.
    pub(crate) state: String,
    /// Comes back in the token.
    pub(crate) nonce: String,
    /// Shown with the code (PKCE, RFC 7636).
    pub(crate) verifier: String,
}

/// Where the browser goes.
pub(crate) fn authorization_url(
    at: &Metadata,
    client_id: &str,
    scopes: &[String],
    redirect_uri: &str,
    secrets: &Secrets,
    email: &str,
) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(secrets.verifier.as_bytes()));
    let scope = ["openid", "email", "profile"].into_iter().chain(scopes.iter().map(String::as_str));
    let query = form(&[
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("scope", &scope.collect::<Vec<_>>().join(" ")),
        ("state", &secrets.state),
        ("nonce", &secrets.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("login_hint", email),
    ]);
    let separator = if at.authorization_endpoint.contains('?') { '&' } else { '?' };
    format!("{}{separator}{query}", at.authorization_endpoint)
}

/// The request that trades a code: its form, and who shows it with HTTP Basic.
pub(crate) fn token_request(
    at: &Metadata,
    (client_id, secret): (&str, &str),
    (code, verifier, redirect_uri): (&str, &str, &str),
) -> (String, Option<(String, String)>) {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ];
    if secret.is_empty() || at.secret_in_form() {
        fields.push(("client_id", client_id));
        if !secret.is_empty() {
            fields.push(("client_secret", secret));
        }
        return (form(&fields), None);
    }
    // RFC 6749 2.3.1: both are encoded as in a form before they are joined.
    (form(&fields), Some((encoded(client_id), encoded(secret))))
}

/// The token in the answer of the provider.
///
/// # Errors
/// There is none.
pub(crate) fn id_token_of(answer: &[u8]) -> Result<String, TokenError> {
    #[derive(Deserialize)]
    struct Answer {
        id_token: String,
    }
    let read = serde_json::from_slice::<Answer>(answer);
    read.map(|it| it.id_token)
        .map_err(|_| TokenError("the provider answered without an id_token".to_owned()))
}

/// Somebody whom the provider signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SsoPerson {
    /// Who it is at the provider.
    pub(crate) subject: String,
    /// The address that the provider checked, in lower case.
    pub(crate) email: String,
    /// The name that people read; may be empty.
    pub(crate) full_name: String,
    /// All that was said, as JSON.
    pub(crate) claims: String,
}

/// Reads an ID token whose signature and times were checked.
///
/// # Errors
/// It is of another issuer, for another client or another sign-in; or it names no address that the provider checked.
pub(crate) fn person_of(
    claims: &Map<String, Value>,
    (issuer, client_id, nonce): (&str, &str, &str),
) -> Result<SsoPerson, TokenError> {
    let refused = |why: &str| Err(TokenError(why.to_owned()));
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("iss") != issuer {
        return refused("its issuer (iss) is another");
    }
    let (is_for_us, alone) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client_id, true),
        Some(Value::Array(all)) => {
            (all.iter().any(|one| one.as_str() == Some(client_id)), all.len() == 1)
        }
        _ => (false, true),
    };
    if !is_for_us {
        return refused("it is for another client (aud)");
    }
    // Who may use it, where it is for several.
    if (claims.contains_key("azp") || !alone) && text("azp") != client_id {
        return refused("it was given to another client (azp)");
    }
    if !claims.contains_key("iat") {
        return refused("it does not say from when it is (iat)");
    }
    if nonce.is_empty() || text("nonce") != nonce {
        return refused("it is of another sign-in (nonce)");
    }
    let subject = text("sub").to_owned();
    if subject.is_empty() || subject.chars().count() > SUBJECT_LENGTH_MAX {
        return refused("it does not say who it is (sub)");
    }
    let is_checked = match claims.get("email_verified") {
        Some(Value::Bool(checked)) => *checked,
        // Some large providers write it so.
        Some(Value::String(checked)) => checked == "true",
        _ => false,
    };
    let email = text("email").trim().to_lowercase();
    if email.is_empty() || !is_checked {
        return refused("it names no e-mail address that the provider checked (email_verified)");
    }
    let kept = Value::Object(claims.clone()).to_string();
    if kept.len() > CLAIMS_BYTES_MAX {
        return refused("it says more than 16 KiB: let the provider leave claims out");
    }
    let readable = text("name").trim().chars().filter(|c| !c.is_control());
    let full_name = readable.take(NAME_LENGTH_MAX).collect();
    Ok(SsoPerson { subject, email, full_name, claims: kept })
}

fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

/// A value in a query or a form: what is not unreserved is written out.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut made = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            made.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(made, "%{byte:02X}");
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata(extra: &Value) -> Metadata {
        let mut document = json!({"issuer": "https://id", "authorization_endpoint": "https://id/a",
            "token_endpoint": "https://id/t", "jwks_uri": "https://id/k"});
        for (name, value) in extra.as_object().unwrap() {
            document[name] = value.clone();
        }
        Metadata::read(document.to_string().as_bytes(), "https://id").unwrap()
    }

    #[test]
    fn a_configuration_is_of_the_issuer_that_it_was_asked_of() {
        let document = json!({"issuer": "https://evil", "authorization_endpoint": "https://id/a",
            "token_endpoint": "https://id/t", "jwks_uri": "https://id/k"});
        let text = document.to_string();
        assert!(Metadata::read(text.as_bytes(), "https://id").is_err());
        assert!(Metadata::read(text.as_bytes(), "https://evil").is_ok());
        assert!(Metadata::read(b"{}", "https://id").is_err());
        let at = "https://id/.well-known/openid-configuration";
        assert_eq!(
            (metadata_uri("https://id"), metadata_uri("https://id/")),
            (at.into(), at.into())
        );
    }

    #[test]
    fn an_answer_that_names_another_issuer_is_none() {
        let plain = metadata(&json!({}));
        assert!(plain.answered_as(None) && plain.answered_as(Some("https://id")));
        assert!(!plain.answered_as(Some("https://evil")));
        let naming = metadata(&json!({"authorization_response_iss_parameter_supported": true}));
        assert!(!naming.answered_as(None) && naming.answered_as(Some("https://id")));
    }

    #[test]
    fn the_secret_is_shown_as_the_provider_takes_it() {
        let shown = ("code", "verifier", "https://weir/sso");
        let plain = metadata(&json!({}));
        let (form, basic) = token_request(&plain, ("we:ir", "s&t"), shown);
        assert_eq!(basic, Some(("we%3Air".to_owned(), "s%26t".to_owned())));
        let all = "grant_type=authorization_code&code=code\
                   &redirect_uri=https%3A%2F%2Fweir%2Fsso&code_verifier=verifier";
        assert_eq!(form, all);
        let (form, basic) = token_request(&plain, ("weir", ""), shown);
        assert_eq!((form, basic), (format!("{all}&client_id=weir"), None));
        let post =
            metadata(&json!({"token_endpoint_auth_methods_supported": ["client_secret_post"]}));
        let (form, basic) = token_request(&post, ("weir", "s&t"), shown);
        assert_eq!((form, basic), (format!("{all}&client_id=weir&client_secret=s%26t"), None));
    }

    #[test]
    fn a_token_is_believed_for_this_client_and_sign_in_alone() {
        let good = json!({"iss": "https://id", "aud": "weir", "sub": "1", "nonce": "n", "iat": 1,
            "email": "Ada@Example.com ", "email_verified": true, "name": "Ada\n"});
        let read =
            |claims: &Value| person_of(claims.as_object().unwrap(), ("https://id", "weir", "n"));
        let ada = read(&good).unwrap();
        assert_eq!((ada.subject.as_str(), ada.email.as_str()), ("1", "ada@example.com"));
        assert_eq!(ada.full_name, "Ada");
        for (name, value, taken) in [
            ("iss", json!("https://evil"), false),
            ("aud", json!("other"), false),
            ("aud", json!(["weir"]), true),
            ("aud", json!(["weir", "other"]), false),
            ("azp", json!("other"), false),
            ("azp", json!("weir"), true),
            ("iat", Value::Null, true),
            ("nonce", json!("m"), false),
            ("nonce", json!(""), false),
            ("sub", json!(""), false),
            ("sub", json!("x".repeat(256)), false),
            ("email_verified", json!(false), false),
            ("email_verified", json!("true"), true),
            ("email_verified", json!("false"), false),
            ("email_verified", Value::Null, false),
            ("email", json!(""), false),
            ("more", json!("x".repeat(CLAIMS_BYTES_MAX)), false),
        ] {
            let mut claims = good.clone();
            claims[name] = value.clone();
            assert_eq!(read(&claims).is_ok(), taken, "{name} {value:.40}");
        }
        for name in ["iss", "aud", "iat", "nonce", "sub", "email", "email_verified"] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(name);
            assert!(read(&claims).is_err(), "{name}");
        }
        let mut several = good;
        several["aud"] = json!(["weir", "other"]);
        several["azp"] = json!("weir");
        assert!(read(&several).is_ok());
    }
}
