//! Tokens of identity providers in place of keys: who shows one is let in by a pool, as far as the pool's roles
//! go. What it takes is in the snapshot, so that nobody has to be asked.

use std::sync::Arc;
use std::time::Duration;

use common_types::TenantId;
use common_types::identity::{TokenIssuer, TokenPool, pool_key};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokens::{Filter, SignedToken, TokenError, end_of, identity_of};

use super::{Cell, Session};
use crate::access::AccessBook;

/// A token that is taken although it just ended, because clocks may be apart, is good for so long.
const LIFE_MIN: Duration = Duration::from_secs(1);
/// Nobody is told a longer life, so that no clock of a client runs over.
const LIFE_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Characters of what a client said that it is told again.
const SHOWN_MAX: usize = 40;

/// What a client shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bearer<'a> {
    /// The token, as its provider made it.
    pub token: &'a str,
    /// `lkc-…`
    pub cluster: Option<&'a str>,
    /// `pool-…`
    pub pool: Option<&'a str>,
}

/// Who was let in, or shows a token that is not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUse {
    /// `pool-…`; empty when there is none such in that cluster.
    pub pool: String,
    /// Who of the pool, as the token says; empty where it was not believed so far.
    pub identity: String,
    /// The token names a key that this broker does not know.
    pub key_is_missing: bool,
    /// On which terms of the pool somebody was let in.
    #[serde(skip)]
    pub(super) terms: String,
}

/// Who was let in, and for how long.
#[derive(Debug)]
pub struct TokenSession {
    /// Who and where.
    pub session: Session,
    /// Until the token ends.
    pub life: Duration,
}

/// Why a token does not let its owner in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("authentication failed: {why}")]
pub struct TokenRefused {
    /// As the owner is told.
    why: String,
    /// Whose cluster it is, where the pool has a role.
    pub(super) tenant: Option<TenantId>,
    /// Whose token it is.
    pub(super) shown: Box<TokenUse>,
}

impl TokenRefused {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), tenant: None, shown: Box::default() }
    }
}

impl Cell {
    /// Checks a token; `expected` is the tenant that the server name asks for, if it names one.
    ///
    /// # Errors
    /// The pool has no role in the cluster; the token is not taken, or the pool does not let it in.
    pub fn authenticate_token(
        &self,
        shown: &Bearer<'_>,
        expected: Option<TenantId>,
    ) -> Result<TokenSession, TokenRefused> {
        check(&self.access.load(), shown, expected, self.clock.wall_us())
    }
}

fn check(
    access: &AccessBook,
    shown: &Bearer<'_>,
    expected: Option<TenantId>,
    now_us: i64,
) -> Result<TokenSession, TokenRefused> {
    let tenant = tenant_of(shown, expected)?;
    let pool_id = shown.pool.ok_or_else(|| {
        TokenRefused::new("the SASL extension identityPoolId=pool-... is missing")
    })?;
    let unknown = || {
        let pool: String = pool_id.chars().take(SHOWN_MAX).collect();
        TokenRefused::new(format!("there is no identity pool {pool} with a role in {tenant}"))
    };
    let key = pool_key(pool_id, tenant.as_str());
    let entry = access.key(&key).ok_or_else(unknown)?;
    let (pool, issuer) = pool_of(access, pool_id).ok_or_else(unknown)?;
    let mut user = TokenUse { pool: pool_id.to_owned(), ..TokenUse::default() };
    let let_in = let_in(shown.token, pool, issuer, now_us / 1_000_000, &mut user);
    let claims = let_in.map_err(|TokenError(why)| TokenRefused {
        why,
        tenant: Some(tenant),
        shown: Box::new(user.clone()),
    })?;
    user.terms.clone_from(&pool.terms);
    let session = Session::new(&key, entry, access.revision).with_token(Arc::new(user));
    Ok(TokenSession { session, life: life_of(&claims, now_us) })
}

/// The cluster that a client asks for. The server name and the extension say the same, or one of them nothing.
fn tenant_of(shown: &Bearer<'_>, expected: Option<TenantId>) -> Result<TenantId, TokenRefused> {
    let said = match shown.cluster {
        Some(text) => Some(
            text.parse().map_err(|_| TokenRefused::new("logicalCluster is no id of a cluster"))?,
        ),
        None => None,
    };
    match (said, expected) {
        (Some(said), Some(expected)) if said != expected => {
            Err(TokenRefused::new("logicalCluster is another cluster than the host name"))
        }
        (said, expected) => said.or(expected).ok_or_else(|| {
            TokenRefused::new("the SASL extension logicalCluster=lkc-... is missing")
        }),
    }
}

fn pool_of<'a>(access: &'a AccessBook, pool_id: &str) -> Option<(&'a TokenPool, &'a TokenIssuer)> {
    let pool = access.workloads.pools.get(pool_id)?;
    Some((pool, access.workloads.providers.get(&pool.provider)?))
}

/// The claims of a token that the pool lets in now. Notes in `user` how far it came.
fn let_in(
    token: &str,
    pool: &TokenPool,
    issuer: &TokenIssuer,
    now_s: i64,
    user: &mut TokenUse,
) -> Result<Map<String, Value>, TokenError> {
    let token = SignedToken::read(token)?.of_issuer(&issuer.issuer)?;
    let Some(key) = issuer.keys.iter().find(|key| key.kid == token.kid()) else {
        user.key_is_missing = true;
        let why =
            "its key (kid) is not one of the identity provider's, which are looked at again now";
        return Err(TokenError(why.to_owned()));
    };
    let claims = token.verified(key, now_s)?;
    user.identity = identity_of(&claims, &pool.identity_claim)?;
    if !Filter::parse(&pool.filter).is_ok_and(|filter| filter.admits(&claims)) {
        return Err(TokenError("the filter of the identity pool does not let it in".to_owned()));
    }
    Ok(claims)
}

fn life_of(claims: &Map<String, Value>, now_us: i64) -> Duration {
    let end_us = end_of(claims).unwrap_or(0).saturating_mul(1_000_000);
    let left = u64::try_from(end_us.saturating_sub(now_us)).unwrap_or(0);
    Duration::from_micros(left).clamp(LIFE_MIN, LIFE_MAX)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use common_types::access::{AccessSnapshot, KeyEntry};
    use common_types::identity::IdentityKey;
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;
    use crate::cell::access::administers;

    const NOW_S: i64 = 1_700_000_000;

    struct World {
        signer: Ed25519KeyPair,
        snapshot: AccessSnapshot,
    }

    fn tenant(name: &str) -> TenantId {
        name.parse().unwrap()
    }

    impl World {
        /// Pool `pool-1` has a role in `lkc-000001`; in `lkc-000002` somebody else has.
        fn new() -> Self {
            let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
            let signer = Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap();
            let key = IdentityKey {
                kid: "k".to_owned(),
                kty: "OKP".to_owned(),
                crv: "Ed25519".to_owned(),
                x: URL_SAFE_NO_PAD.encode(signer.public_key().as_ref()),
                ..IdentityKey::default()
            };
            let mut snapshot = AccessSnapshot { revision: 1, ..AccessSnapshot::default() };
            let issuer = TokenIssuer { issuer: "https://i".to_owned(), keys: vec![key] };
            snapshot.workloads.providers.insert("op-1".to_owned(), issuer);
            for (number, pool) in [(1, "pool-1"), (2, "pool-2"), (2, "audit-log")] {
                let tenant = tenant(&format!("lkc-00000{number}"));
                snapshot.tenants.insert(tenant);
                let entry = KeyEntry {
                    verifier: [0; 32],
                    pepper_version: 0,
                    principal: pool.to_owned(),
                    tenant,
                    cluster_admin: false,
                };
                snapshot.keys.insert(pool_key(pool, tenant.as_str()), entry);
            }
            let pool = TokenPool {
                provider: "op-1".to_owned(),
                filter: "claims.aud == 'weir'".to_owned(),
                identity_claim: "claims.sub".to_owned(),
                terms: "first".to_owned(),
            };
            let of_nobody = TokenPool { provider: "op-2".to_owned(), ..pool.clone() };
            snapshot.workloads.pools.insert("pool-1".to_owned(), pool);
            snapshot.workloads.pools.insert("pool-2".to_owned(), of_nobody);
            Self { signer, snapshot }
        }

        fn book(&self) -> AccessBook {
            AccessBook::default().replaced(self.snapshot.clone())
        }

        fn token(&self, kid: &str, change: Value) -> String {
            let mut claims =
                json!({"iss": "https://i", "aud": "weir", "sub": "me", "exp": NOW_S + 60});
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", part(json!({"alg": "EdDSA", "kid": kid})), part(claims));
            let signature = URL_SAFE_NO_PAD.encode(self.signer.sign(signed.as_bytes()).as_ref());
            format!("{signed}.{signature}")
        }

        fn show(
            &self,
            token: &str,
            cluster: Option<&str>,
            pool: Option<&str>,
            expected: Option<TenantId>,
        ) -> Result<TokenSession, TokenRefused> {
            check(&self.book(), &Bearer { token, cluster, pool }, expected, NOW_S * 1_000_000)
        }
    }

    #[test]
    fn a_token_opens_the_cluster_of_its_pool_until_it_ends() {
        let world = World::new();
        let token = world.token("k", json!({}));
        for (said, expected) in [
            (Some("lkc-000001"), None),
            (None, Some(tenant("lkc-000001"))),
            (Some("lkc-000001"), Some(tenant("lkc-000001"))),
        ] {
            let let_in = world.show(&token, said, Some("pool-1"), expected).unwrap();
            assert_eq!(let_in.life, Duration::from_secs(60));
            assert_eq!(let_in.session.principal, "User:pool-1");
            assert_eq!(let_in.session.tenant, tenant("lkc-000001"));
            assert_eq!(let_in.session.token.as_ref().unwrap().identity, "me");
            assert_eq!(let_in.session.shown_key(), "");
        }
        let life = |end: i64| {
            let token = world.token("k", json!({"exp": end}));
            world.show(&token, Some("lkc-000001"), Some("pool-1"), None).unwrap().life
        };
        assert_eq!(life(NOW_S - 30), LIFE_MIN, "within what clocks may differ");
        assert_eq!(life(i64::MAX), LIFE_MAX);
    }

    #[test]
    fn nobody_else_gets_in() {
        let world = World::new();
        let good = world.token("k", json!({}));
        let (one, two) = (Some("lkc-000001"), Some("lkc-000002"));
        let (pool, other) = (Some("pool-1"), Some(tenant("lkc-000002")));
        for (token, cluster, pool, expected, why) in [
            (good.as_str(), one, pool, other, "another cluster"),
            (&good, None, pool, other, "no identity pool"),
            (&good, two, pool, None, "no identity pool"),
            (&good, None, pool, None, "logicalCluster=lkc-... is missing"),
            (&good, Some("lkc-0000000000000001"), pool, None, "no id of a cluster"),
            (&good, one, None, None, "identityPoolId=pool-... is missing"),
            (&good, one, Some("pool-1/lkc-000001"), None, "no identity pool"),
            (&good, one, Some(""), None, "no identity pool"),
            // The key of a pool whose provider is not known, and one that is of no pool.
            (&good, two, Some("pool-2"), None, "no identity pool"),
            (&good, two, Some("audit-log"), None, "no identity pool"),
            (&world.token("k", json!({"aud": "x"})), one, pool, None, "filter"),
            (&world.token("k", json!({"iss": "https://j"})), one, pool, None, "issuer"),
            (&world.token("k", json!({"sub": null})), one, pool, None, "claims.sub"),
            (&world.token("k", json!({"exp": NOW_S - 60})), one, pool, None, "expired"),
            (&World::new().token("k", json!({})), one, pool, None, "signature"),
        ] {
            let refused = world.show(token, cluster, pool, expected).unwrap_err();
            assert!(refused.to_string().contains(why), "{why}: {refused}");
            assert!(!refused.shown.key_is_missing);
        }
        let refused = world.show(&world.token("l", json!({})), one, pool, None).unwrap_err();
        assert!(refused.shown.key_is_missing, "{refused}");
        assert_eq!(refused.tenant, Some(tenant("lkc-000001")));
    }

    #[test]
    fn a_session_ends_with_what_let_it_in() {
        let mut world = World::new();
        let token = world.token("k", json!({}));
        let let_in = world.show(&token, Some("lkc-000001"), Some("pool-1"), None).unwrap();
        let is_in = |world: &World| administers(&world.book(), &let_in.session).is_some();
        world.snapshot.revision = 2;
        assert!(is_in(&world));
        world.snapshot.workloads.providers.clear();
        assert!(is_in(&world), "keys that are not believed any more end no session");
        world.snapshot.workloads.pools.get_mut("pool-1").unwrap().terms = "second".to_owned();
        assert!(!is_in(&world));
        world.snapshot.workloads.pools.clear();
        assert!(!is_in(&world));
        let mut world = World::new();
        world.snapshot.revision = 2;
        world.snapshot.keys.clear();
        assert!(!is_in(&world), "no role");
    }
}
