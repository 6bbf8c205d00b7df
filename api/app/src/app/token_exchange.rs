//! Access for workloads: a token that their own identity provider signed, for one of ours.

use std::net::IpAddr;
use std::time::Duration;

use common_errors::{Error, ErrorKind};
use common_seams::uuid_v7;
use common_types::id::Prefix;
use serde_json::{Map, Value};
use tokens::{Filter, SignedToken, TokenError, identity_of};

use super::App;
use crate::audit;
use crate::authz::{Caller, Resource, Thing};
use crate::failures::{from_repo, internal};
use crate::identity::{AccessClaims, new_access_token, read_access_token, terms_of};
use crate::model::{IdentityPool, IdentityProvider, KeyScope};
use crate::ports::SystemWide;

/// Longest life of an access token, and the one it has when nobody says another.
const ACCESS_TOKEN_LIFE_MAX: Duration = Duration::from_secs(900);
/// The one grant that there is (RFC 8693).
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// What is given in return.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const MECHANISM: &str = "TOKEN_EXCHANGE";

/// What a workload asks for, as the form says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExchangeWish {
    /// `urn:ietf:params:oauth:grant-type:token-exchange`
    pub grant_type: Option<String>,
    /// The token of the identity provider.
    pub subject_token: Option<String>,
    /// `urn:ietf:params:oauth:token-type:jwt`
    pub subject_token_type: Option<String>,
    /// `urn:ietf:params:oauth:token-type:access_token`
    pub requested_token_type: Option<String>,
    /// `pool-…`
    pub identity_pool_id: Option<String>,
    /// Seconds, 1 to 900.
    pub expires_in: Option<String>,
}

/// What it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// Shown as `Authorization: Bearer`.
    pub access_token: String,
    /// How long it lets the workload in.
    pub life: Duration,
}

impl App {
    /// Gives a workload an access token for one that its identity provider signed.
    ///
    /// # Errors
    /// A form that is not one of an exchange; a token that is not taken, or not let in by the pool; IP filters; the
    /// store.
    pub async fn exchange_token(
        &self,
        wish: ExchangeWish,
        address: Option<IpAddr>,
    ) -> Result<Exchanged, Error> {
        audit::mechanism(MECHANISM);
        for (name, given, wanted) in [
            ("grant_type", &wish.grant_type, GRANT),
            ("subject_token_type", &wish.subject_token_type, JWT),
            ("requested_token_type", &wish.requested_token_type, ACCESS_TOKEN),
        ] {
            if given.as_deref() != Some(wanted) {
                return Err(bad_form(name, format!("{name} must be {wanted}")));
            }
        }
        let life = life_of(wish.expires_in.as_deref())?;
        let required = |name: &'static str, value: Option<String>| {
            let value = value.filter(|value| !value.is_empty());
            value.ok_or_else(|| bad_form(name, format!("{name} is required")))
        };
        let pool_id = required("identity_pool_id", wish.identity_pool_id)?;
        let token = required("subject_token", wish.subject_token)?;
        audit::note(|draft| draft.is_sign_in = true);
        let (pool, claims) = self.let_in(&pool_id, &token, life).await?;
        self.pool_caller(pool, &claims, address).await?;
        let access_token = new_access_token(&self.parts.peppers, &claims)
            .ok_or_else(|| internal("the access token cannot be made"))?;
        Ok(Exchanged { access_token, life })
    }

    /// Finds out who of this pool shows a token of its provider on the REST API of a cluster.
    ///
    /// # Errors
    /// Unauthenticated when the token is not taken or not let in; not found when the pool may not see the cluster.
    pub async fn authenticate_workload_on(
        &self,
        (pool_id, token): (&str, &str),
        cluster: &str,
        address: Option<IpAddr>,
    ) -> Result<Caller, Error> {
        audit::mechanism("HTTP_BEARER");
        let let_in = self.let_in(pool_id, token, ACCESS_TOKEN_LIFE_MAX).await;
        let (pool, claims) = let_in.map_err(|error| match error.kind {
            ErrorKind::Invalid => {
                Error::new(ErrorKind::Unauthenticated, "user_unauthenticated", error.detail)
            }
            _ => error,
        })?;
        let caller = self.pool_caller(pool, &claims, address).await?;
        self.let_in_cluster(caller, cluster).await
    }

    /// A pool that lets in whoever shows this token, and what an access token would say of them.
    async fn let_in(
        &self,
        pool_id: &str,
        token: &str,
        life: Duration,
    ) -> Result<(IdentityPool, AccessClaims), Error> {
        let (pool, provider) = self.pool_and_provider(pool_id).await?.ok_or_else(|| {
            refused("identity_pool_id", format!("there is no identity pool {pool_id:.32?}"))
        })?;
        about(&pool);
        let claims = self.proven_claims(&provider, token).await?;
        let identity = identity_of(&claims, &pool.identity_claim).map_err(not_taken)?;
        audit::identified(&identity);
        let lets_in = Filter::parse(&pool.filter).is_ok_and(|filter| filter.admits(&claims));
        if !lets_in {
            let detail = format!("the filter of {} does not let this token in", pool.id);
            return Err(refused("subject_token", detail));
        }
        let now_s = self.now_us() / 1_000_000;
        let claims = AccessClaims {
            jti: uuid_v7(&*self.parts.clock, &*self.parts.rng).to_string(),
            sub: pool.id.clone(),
            identity,
            terms: terms_of(&pool, &provider),
            iat: now_s,
            exp: now_s + i64::try_from(life.as_secs()).unwrap_or(0),
        };
        Ok((pool, claims))
    }

    /// Finds out who shows this token: a person in a session, or a workload of a pool. A workload is let in only as
    /// long as its pool would let it in again.
    ///
    /// # Errors
    /// Unauthenticated when the token is over, or another's, or IP filters do not allow the address.
    pub async fn authenticate_bearer(
        &self,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Caller, Error> {
        let Some(claims) = read_access_token(&self.parts.peppers, token) else {
            return self.authenticate_session(token, address).await;
        };
        audit::mechanism("HTTP_BEARER");
        let over = || {
            let detail = "the access token is over, or its identity pool was changed: exchange \
                          a token of your identity provider for a new one";
            Error::new(ErrorKind::Unauthenticated, "user_unauthenticated", detail)
        };
        let claims = claims.ok_or_else(over)?;
        if claims.exp.saturating_mul(1_000_000) <= self.now_us() {
            return Err(over());
        }
        let found = self.pool_and_provider(&claims.sub).await?;
        let found = found.filter(|(pool, provider)| claims.is_on_terms_of(pool, provider));
        let (pool, _) = found.ok_or_else(over)?;
        self.pool_caller(pool, &claims, address).await
    }

    /// The caller that a pool is, with the roles that it has now.
    async fn pool_caller(
        &self,
        pool: IdentityPool,
        claims: &AccessClaims,
        address: Option<IpAddr>,
    ) -> Result<Caller, Error> {
        audit::shown_session(&claims.jti);
        audit::identified(&claims.identity);
        let mut caller =
            self.known(pool.organization_id, pool.id, String::new(), KeyScope::Cloud).await?;
        caller.address = address;
        self.check_address(&caller).await?;
        Ok(caller)
    }

    pub(super) async fn pool_and_provider(
        &self,
        id: &str,
    ) -> Result<Option<(IdentityPool, IdentityProvider)>, Error> {
        let is_id = id.starts_with(Prefix::IdentityPool.as_str())
            && id.len() < 64
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !is_id {
            return Ok(None);
        }
        let found = self.parts.repo.any_identity_pool(SystemWide::Authentication, id.to_owned());
        found.await.map_err(from_repo)
    }

    /// The claims of a token that the provider signed for now.
    async fn proven_claims(
        &self,
        provider: &IdentityProvider,
        token: &str,
    ) -> Result<Map<String, Value>, Error> {
        let token = SignedToken::read(token).and_then(|token| token.of_issuer(&provider.issuer));
        let token = token.map_err(not_taken)?;
        let kid = token.kid().to_owned();
        let key = self.identity_key(provider, &kid).await?.ok_or_else(|| {
            let detail = format!(
                "subject_token: its key (kid) {kid:.64?} is not one of the identity provider's, \
                 or those cannot be read; they are looked at again every 30 seconds at most"
            );
            refused("subject_token", detail)
        })?;
        token.verified(&key, self.now_us() / 1_000_000).map_err(not_taken)
    }
}

fn about(pool: &IdentityPool) {
    let thing = Thing::IdentityPool { provider_id: &pool.provider_id, owner_id: &pool.owner_id };
    audit::note(|draft| draft.event.organization_id.clone_from(&pool.organization_id));
    audit::of_thing(
        Resource { organization_id: &pool.organization_id, thing },
        "identity-pool",
        &pool.id,
    );
}

fn not_taken(error: TokenError) -> Error {
    refused("subject_token", format!("subject_token: {error}"))
}

fn life_of(seconds: Option<&str>) -> Result<Duration, Error> {
    let most = ACCESS_TOKEN_LIFE_MAX.as_secs();
    let Some(text) = seconds.filter(|text| !text.is_empty()) else {
        return Ok(ACCESS_TOKEN_LIFE_MAX);
    };
    let seconds = text.parse::<u64>().ok().filter(|seconds| (1..=most).contains(seconds));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| bad_form("expires_in", format!("expires_in is seconds, 1 to {most}")))
}

fn bad_form(name: &str, detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, "invalid_request", detail).at(name)
}

/// Not let in: 400 and this code, as OAuth has it.
fn refused(name: &str, detail: impl Into<String>) -> Error {
    audit::note(|draft| draft.is_denied = true);
    Error::new(ErrorKind::Invalid, "invalid_grant", detail).at(name)
}
