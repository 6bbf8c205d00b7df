use proptest::prelude::*;
use serde_json::json;

use super::*;

fn claims() -> Map<String, Value> {
    let claims = json!({
        "iss": "https://ci.example.com",
        "sub": "repo:acme/app:ref:refs/heads/main",
        "aud": ["weir", "other"],
        "group": "ops",
        "level": 3,
        "admin": true,
        "kubernetes.io": {"namespace": "prod", "serviceaccount": {"name": "app"}},
    });
    claims.as_object().unwrap().clone()
}

fn admits(text: &str) -> bool {
    Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).admits(&claims())
}

#[test]
fn filters_decide_as_cel_does() {
    for yes in [
        "true",
        r#"claims.group == "ops""#,
        r#"claims.group=="ops" && claims.sub.startsWith("repo:acme/")"#,
        r#""weir" in claims.aud"#,
        r#"claims.group in ["dev", 'ops']"#,
        r#"claims["kubernetes.io"].namespace == "prod""#,
        r#"claims["kubernetes.io"]["serviceaccount"].name != "root""#,
        r#"claims.sub.endsWith("/main") && claims.sub.contains("acme")"#,
        r#"claims.sub.matches("^repo:acme/[a-z]+:ref:refs/heads/(main|release)$")"#,
        r"claims.sub.matches(r'^repo:\w+/app:')",
        "claims.level >= 3 && claims.level < 4 && claims.level == 3.0 && claims.level > -1",
        "claims.admin && !has(claims.left)",
        "has(claims.group) && size(claims.aud) == 2 && claims.group.size() == 3",
        r#"claims.left == "x" || claims.admin"#,
        r#"claims.admin || claims.left == "x""#,
        r#"!(claims.group == "dev") && !!claims.admin"#,
        r#"claims.aud[0] == "weir""#,
        r#"claims.group == "it's" || claims.group != 'a\'b'"#,
        "claims.group != null && claims.group != 3",
    ] {
        assert!(admits(yes), "{yes}");
    }
    for no in [
        "false",
        r#"claims.group == "OPS""#,
        r#"claims.left == "x""#,
        r#"claims.left != "x""#,
        r#"!(claims.left == "x")"#,
        "!has(claims.left.deeper)",
        r#"claims.aud == "weir""#,
        r#""weir" in claims.group"#,
        "claims.level",
        "claims.group",
        "!claims.group",
        r#"claims.group < 3"#,
        "claims.aud[9] == 'x'",
        r#"claims.level.startsWith("3")"#,
        r#"claims.admin && claims.left == "x""#,
    ] {
        assert!(!admits(no), "{no}");
    }
}

#[test]
fn what_is_no_filter_is_refused_with_a_reason() {
    for (bad, why) in [
        ("", "empty"),
        ("group == 'ops'", "claims.group"),
        ("claims.group ==", "too early"),
        ("claims.group == 'ops", "closing quote"),
        ("claims.group == 'ops' )", "\")\""),
        ("claims.group = 'ops'", "'='"),
        ("1 < 2 < 3", "parentheses"),
        ("claims.a.exists(x, true)", "exists"),
        ("claims.sub.matches(claims.group)", "quotes"),
        ("claims.sub.matches('(')", "pattern"),
        ("claims.sub.matches('(((a{99}){99}){99})')", "too large"),
        ("timestamp(1)", "timestamp"),
        ("has(claims)", "has"),
        ("claims.\"a\"", "dot"),
        ("'\\x'", "escape"),
        ("99999999999999999999 == 1", "number"),
    ] {
        let error = Filter::parse(bad).unwrap_err();
        assert!(error.contains(why), "{bad}: {error}");
    }
    let deep = format!("{}true{}", "(".repeat(17), ")".repeat(17));
    assert!(Filter::parse(&deep).unwrap_err().contains("nests deeper"));
    let long = format!("claims.group == '{}'", "x".repeat(300));
    assert!(Filter::parse(&long).unwrap_err().contains("limited to 300 characters"));
    let negated = format!("{}true", "!".repeat(200));
    assert!(admits(&negated), "an even number of them");
}

#[test]
fn the_claim_of_an_identity_is_read_by_its_path() {
    let of = |path: &str| claim_at(&claims(), path);
    assert_eq!(of("claims.sub").as_deref(), Some("repo:acme/app:ref:refs/heads/main"));
    assert_eq!(of("claims.level").as_deref(), Some("3"));
    for none in ["claims.left", "claims.aud", "claims.admin", "sub", "claims.", "claims.a..b", ""] {
        assert_eq!(of(none), None, "{none}");
    }
}

proptest! {
    /// Whatever is written: it is read or refused, and evaluated, without a panic.
    #[test]
    fn any_text_is_read_or_refused(text in "[claims.()\\[\\]!&|<>=, '\"a-z0-9]{0,60}") {
        if let Ok(filter) = Filter::parse(&text) {
            filter.admits(&claims());
        }
    }
}
