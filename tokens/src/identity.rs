use serde_json::{Map, Value};

use crate::TokenError;
use crate::filter::claim_at;

/// Characters of an identity that are kept.
const IDENTITY_LENGTH_MAX: usize = 256;

/// Who of a pool it is, by the pool's identity claim (`claims.sub`): for the audit log, so without control characters.
///
/// # Errors
/// The claim is not there, or is neither a text nor a number.
pub fn identity_of(
    claims: &Map<String, Value>,
    identity_claim: &str,
) -> Result<String, TokenError> {
    let found = claim_at(claims, identity_claim)
        .ok_or_else(|| TokenError(format!("it has no {identity_claim}")))?;
    let readable = found.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    Ok(readable.take(IDENTITY_LENGTH_MAX).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn identities_are_readable_and_bounded() {
        let claims = json!({"sub": format!("a\n{}", "b".repeat(999)), "aud": []});
        let of = |claim: &str| identity_of(claims.as_object().unwrap(), claim);
        let found = of("claims.sub").unwrap();
        assert!(found.starts_with("a\u{fffd}b") && found.chars().count() == IDENTITY_LENGTH_MAX);
        assert!(of("claims.aud").is_err() && of("claims.left").is_err());
    }
}
