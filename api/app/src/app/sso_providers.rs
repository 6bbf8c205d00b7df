//! What OpenID Connect providers say of themselves, and their keys: asked for when somebody signs in, and kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use common_errors::{Error, ErrorKind};
use parking_lot::Mutex;
use tokens::read_key_set;

use super::App;
use crate::identity::{Metadata, metadata_uri};
use crate::model::IdentityKey;
use crate::ports::KeySetError;

/// What was read longer ago is read again before it is used.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// What could not be read again for so long is believed no more.
const LIFE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// How often strangers, who may begin to sign in, make us ask a provider at most.
const PAUSE: Duration = Duration::from_secs(30);
/// Providers that are remembered before those that nobody waits for are forgotten.
const PROVIDERS_MAX: usize = 1024;

/// What is known of providers, by issuer. One question at a time of each.
#[derive(Debug, Default)]
pub(crate) struct SsoProviders(Mutex<HashMap<String, Known>>);

type Known = Arc<tokio::sync::Mutex<State>>;

#[derive(Debug, Default)]
struct State {
    asked: Option<Duration>,
    read: Option<(Duration, Arc<SsoProvider>)>,
    failure: Option<KeySetError>,
}

/// A provider as it was read.
#[derive(Debug)]
pub(super) struct SsoProvider {
    pub(super) metadata: Metadata,
    pub(super) keys: Vec<IdentityKey>,
}

impl SsoProvider {
    pub(super) fn key(&self, kid: &str) -> Option<&IdentityKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}

impl SsoProviders {
    fn of(&self, issuer: &str) -> Known {
        let mut all = self.0.lock();
        if all.len() >= PROVIDERS_MAX && !all.contains_key(issuer) {
            all.retain(|_, known| Arc::strong_count(known) > 1);
        }
        Arc::clone(all.entry(issuer.to_owned()).or_default())
    }
}

impl App {
    /// The provider with this issuer, read when it was not for long, or when nobody knows the key `kid`.
    ///
    /// # Errors
    /// It cannot be asked, or does not answer as a provider does.
    pub(super) async fn sso_provider(
        &self,
        issuer: &str,
        kid: Option<&str>,
    ) -> Result<Arc<SsoProvider>, Error> {
        let known = self.sso_providers.of(issuer);
        let mut state = known.lock().await;
        let now = self.parts.clock.mono();
        let age = |at: Duration| now.saturating_sub(at);
        if let Some((at, provider)) = &state.read
            && age(*at) < FRESH
            && kid.is_none_or(|kid| provider.key(kid).is_some())
        {
            return Ok(provider.clone());
        }
        if state.asked.is_none_or(|at| age(at) >= PAUSE) {
            state.asked = Some(now);
            match self.read_sso_provider(issuer).await {
                Ok(provider) => {
                    (state.read, state.failure) = (Some((now, Arc::new(provider))), None)
                }
                Err(error) => {
                    tracing::warn!(issuer, %error, "an identity provider of people cannot be read");
                    state.failure = Some(error);
                }
            }
        }
        match &state.read {
            Some((at, provider)) if age(*at) < LIFE_MAX => Ok(provider.clone()),
            _ => Err(unreachable(state.failure.as_ref())),
        }
    }

    async fn read_sso_provider(&self, issuer: &str) -> Result<SsoProvider, KeySetError> {
        let bad = |why: &str| KeySetError::Unreachable(why.to_owned());
        let key_sets = &self.parts.key_sets;
        let document = key_sets.read(&metadata_uri(issuer)).await?;
        let metadata = Metadata::read(&document, issuer).map_err(bad)?;
        // A browser is sent to one and a secret to the other: both only where the operator lets us ask.
        key_sets.check(&metadata.authorization_endpoint)?;
        key_sets.check(&metadata.token_endpoint)?;
        let keys = key_sets.read(&metadata.jwks_uri).await?;
        Ok(SsoProvider { metadata, keys: read_key_set(&keys).map_err(bad)? })
    }
}

fn unreachable(failure: Option<&KeySetError>) -> Error {
    let why = failure.map_or_else(String::new, |failure| format!(": {failure}"));
    let detail = format!("the identity provider cannot be asked{why}; it is tried again in 30 s");
    Error::new(ErrorKind::Unavailable, "identity_provider_unavailable", detail)
}
