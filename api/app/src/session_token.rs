//! What a person who signed in shows: three parts as a JSON Web Token has them, because command lines look into
//! it for the time that it ends. Nothing in it is believed here: it is known by its digest, or not at all.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_seams::Rng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::Session;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
/// Bytes of the random part, which nobody can guess.
const RANDOM: usize = 32;
/// Longer ones are none of ours.
const LENGTH_MAX: usize = 1024;
const SECOND_US: i64 = 1_000_000;

#[derive(Serialize, Deserialize)]
struct Claims {
    /// Which session.
    jti: String,
    /// Whose.
    sub: String,
    /// Since when, in seconds.
    iat: i64,
    /// Until when at the latest, in seconds.
    exp: i64,
}

/// Makes the token of a session.
pub(crate) fn new_token(rng: &dyn Rng, session: &Session) -> String {
    let claims = Claims {
        jti: session.id.clone(),
        sub: session.person_id.clone(),
        iat: session.created_us / SECOND_US,
        exp: session.expires_us / SECOND_US,
    };
    let claims = serde_json::to_vec(&claims).expect("texts and numbers can be JSON");
    let mut random = [0; RANDOM];
    rng.fill(&mut random);
    let parts = [HEADER.as_bytes(), &claims, &random].map(|part| URL_SAFE_NO_PAD.encode(part));
    parts.join(".")
}

/// Which session a token names. `None` when it is no token of ours.
pub(crate) fn session_of(token: &str) -> Option<String> {
    if token.len() > LENGTH_MAX {
        return None;
    }
    let mut parts = token.split('.');
    let claims = parts.nth(1)?;
    parts.next()?;
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Uuid::parse_str(&claims.jti).ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    #[test]
    fn a_token_names_its_session_and_says_when_it_ends() {
        let session = Session {
            id: "018bcfe5-6800-7000-8000-000000000001".to_owned(),
            organization_id: "o".to_owned(),
            person_id: "u-1".to_owned(),
            verifier: [0; 32],
            pepper_version: 1,
            created_us: 1_700_000_000_000_000,
            expires_us: 1_700_028_800_000_000,
            used_us: 0,
            claims: String::new(),
        };
        let rng = SeededRng::new(1);
        let token = new_token(&rng, &session);
        assert_eq!(session_of(&token), Some(session.id.clone()));
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["exp"], 1_700_028_800);
        assert_ne!(new_token(&rng, &session), token, "each is another");
    }

    #[test]
    fn other_texts_name_none() {
        let not_an_id = URL_SAFE_NO_PAD.encode(r#"{"jti":"x","sub":"","iat":1,"exp":1}"#);
        for text in ["", "a", "a.b.c", "..", &format!("a.{not_an_id}.c"), &"a.".repeat(600)] {
            assert_eq!(session_of(text), None, "{text}");
        }
    }
}
