//! The first message of SASL/OAUTHBEARER (RFC 7628), with the extensions of KIP-342:
//! `n,,` `^A` `auth=Bearer …` `^A` `logicalCluster=lkc-…` `^A` `identityPoolId=pool-…` `^A` `^A`.

use tokens::TOKEN_LENGTH_MAX;

use crate::cell::Bearer;

const SEPARATOR: char = '\u{1}';
/// Bytes of a message: a token and a few short extensions.
const MESSAGE_LENGTH_MAX: usize = TOKEN_LENGTH_MAX + 8 * 1024;
/// Pairs of a message. Clients send what their users configured, of which only some is for us.
const PAIRS_MAX: usize = 16;
/// What answers a token that is not taken; the client says `^A` to it, and is told why.
pub(super) const INVALID_TOKEN: &[u8] = br#"{"status":"invalid_token"}"#;

/// Reads it. Extensions that nobody here knows are left out.
///
/// # Errors
/// What is wrong with it, without what it says.
pub(super) fn read(message: &[u8]) -> Result<Bearer<'_>, &'static str> {
    if message.len() > MESSAGE_LENGTH_MAX {
        return Err("it is too long");
    }
    let text = std::str::from_utf8(message).map_err(|_| "it is no text")?;
    let pairs = match text.strip_prefix("n,,") {
        Some(pairs) => pairs,
        None if text.starts_with("n,a=") => return Err("an authorization identity is not taken"),
        None => return Err("it does not begin with n,,"),
    };
    let pairs = pairs.strip_prefix(SEPARATOR).and_then(|it| it.strip_suffix("\u{1}\u{1}"));
    let mut bearer = Bearer::default();
    let mut auth = None;
    for (count, pair) in pairs.ok_or("its pairs have no end")?.split(SEPARATOR).enumerate() {
        if count == PAIRS_MAX {
            return Err("it has too many extensions");
        }
        let (name, value) = pair.split_once('=').ok_or("a pair has no value")?;
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic());
        let is_value = value.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n'));
        if !is_name || !is_value {
            return Err("a pair has letters that none may have");
        }
        let place = match name {
            "auth" => &mut auth,
            "logicalCluster" => &mut bearer.cluster,
            "identityPoolId" => &mut bearer.pool,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return Err("a pair is there twice");
        }
    }
    let (scheme, token) = auth.and_then(|auth| auth.split_once(' ')).ok_or("it has no token")?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err("it has no bearer token");
    }
    bearer.token = token.trim();
    Ok(bearer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(pairs: &[&str]) -> String {
        let pairs: String = pairs.iter().map(|pair| format!("{pair}\u{1}")).collect();
        format!("n,,\u{1}{pairs}\u{1}")
    }

    #[test]
    fn messages_of_clients_are_read() {
        let bearer = |token, cluster, pool| Bearer { token, cluster, pool };
        let all = message(&["auth=Bearer a.b.c", "logicalCluster=lkc-1", "identityPoolId=pool-1"]);
        let wanted = bearer("a.b.c", Some("lkc-1"), Some("pool-1"));
        assert_eq!(read(all.as_bytes()), Ok(wanted));
        // Java sends extensions in any order, others that nobody knows too.
        let other = message(&["traceId=a=b c", "auth=bearer t", "identityPoolId=pool-1"]);
        assert_eq!(read(other.as_bytes()), Ok(bearer("t", None, Some("pool-1"))));
    }

    #[test]
    fn other_messages_are_refused() {
        let good = message(&["auth=Bearer t"]);
        assert!(read(good.as_bytes()).is_ok());
        for (bad, why) in [
            (String::new(), "begin"),
            ("\u{1}".to_owned(), "begin"),
            ("n,,".to_owned(), "end"),
            ("n,,\u{1}\u{1}".to_owned(), "end"),
            ("n,,\u{1}\u{1}\u{1}".to_owned(), "value"),
            (good.replace("n,,", "p=tls-unique,,"), "begin"),
            (good.replace("n,,", "n,a=pool-1,"), "authorization"),
            (good.trim_end_matches('\u{1}').to_owned(), "end"),
            (format!("{good}x"), "end"),
            (message(&["logicalCluster=lkc-1"]), "no token"),
            (message(&["auth=Bearer"]), "no token"),
            (message(&["auth=Bearer  "]), "no bearer"),
            (message(&["auth=Basic t"]), "no bearer"),
            (message(&["auth=Bearer t", "auth=Bearer u"]), "twice"),
            (message(&["auth=Bearer t", "logicalCluster=a", "logicalCluster=a"]), "twice"),
            (message(&["auth=Bearer t", "logical-Cluster=a"]), "letters"),
            (message(&["auth=Bearer t", "a=\0"]), "letters"),
            (message(&["auth=Bearer t", "=a"]), "letters"),
            (message(&["auth=Bearer ä"]), "letters"),
            (message(&["a=b"; 17]), "too many"),
            (message(&[&format!("auth=Bearer {}", "t".repeat(MESSAGE_LENGTH_MAX))]), "too long"),
        ] {
            let error = read(bad.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{:.60}: {error}", bad.escape_debug().to_string());
        }
        assert!(read(b"n,,\x01auth=Bearer \xff\x01\x01").is_err());
    }

    proptest! {
        /// Whatever comes: it is read or refused, and what is read is a part of it.
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, at in 0_usize..80) {
            let _ = read(&bytes);
            let mut near = message(&["auth=Bearer a.b.c", "logicalCluster=lkc-1"]).into_bytes();
            for (offset, byte) in bytes.iter().take(4).enumerate() {
                let place = (at + offset) % near.len();
                near[place] = *byte;
            }
            if let Ok(bearer) = read(&near) {
                prop_assert!(!bearer.token.is_empty() && bearer.token.len() < near.len());
                prop_assert!(bearer.token.bytes().all(|byte| byte >= b' ' || byte.is_ascii_whitespace()));
            }
        }

        #[test]
        fn what_was_written_is_read(
            token in "[A-Za-z0-9._~+/=-]{1,200}",
            cluster in proptest::option::of("[!-~]{0,40}"),
            pool in proptest::option::of("[!-~]{0,40}"),
        ) {
            let mut pairs = vec![format!("auth=Bearer {token}")];
            pairs.extend(cluster.iter().map(|it| format!("logicalCluster={it}")));
            pairs.extend(pool.iter().map(|it| format!("identityPoolId={it}")));
            let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
            let text = message(&pairs);
            let wanted =
                Bearer { token: &token, cluster: cluster.as_deref(), pool: pool.as_deref() };
            prop_assert_eq!(read(text.as_bytes()), Ok(wanted));
        }
    }
}
