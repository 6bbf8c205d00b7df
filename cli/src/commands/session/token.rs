use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// When a session ends at the latest, as its token says.
pub(super) fn expiry(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let at = OffsetDateTime::from_unix_timestamp(claims.get("exp")?.as_i64()?).ok()?;
    at.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_from_the_second_part() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1700000000}"#);
        assert_eq!(expiry(&format!("a.{claims}.c")).as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(expiry("opaque"), None);
    }
}
