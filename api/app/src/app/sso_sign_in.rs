//! People who sign in at an identity provider: OpenID Connect, authorization code with PKCE.

use std::net::IpAddr;
use std::time::Duration;

use common_errors::{Error, ErrorKind};
use common_types::id::Prefix;
use serde_json::{Map, Value};
use tokens::{SignedToken, TokenError};

use super::sign_in::email_of;
use super::sso_providers::SsoProvider;
use super::{App, SignInError, SignedIn};
use crate::audit;
use crate::failures::{from_repo, internal};
use crate::identity::{SsoPerson, authorization_url, id_token_of, person_of, token_request};
use crate::model::{
    AuthType, KeyScope, Organization, PEOPLE_MAX, SsoConnection, SsoLink, User, domain_of,
};
use crate::ports::{KeySetError, OrgScope, RepoError, SystemWide};
use crate::sso_seal::open;
use crate::sso_waiting::{Destination, LIFE};

/// How long whoever begins too often waits.
const PAUSE: Duration = Duration::from_secs(5);
const MECHANISM: &str = "SSO";

/// Where somebody goes who signs in at an identity provider.
#[derive(Clone)]
pub struct SsoLeaving {
    /// Where their browser goes.
    pub url: String,
    /// What their browser keeps and shows when it is back; nobody else may see it.
    pub browser: String,
    /// How long they may be away.
    pub life: Duration,
}

/// Somebody who is back from there.
#[derive(Clone, Default)]
pub struct SsoReturn {
    /// As the provider sent it along.
    pub state: String,
    /// What the provider trades for a token.
    pub code: String,
    /// Who the provider says it is (RFC 9207).
    pub iss: Option<String>,
    /// What their browser kept.
    pub browser: String,
    /// From where.
    pub address: Option<IpAddr>,
}

/// How a person who was signed in there is one here.
enum Joining {
    /// They signed in this way before.
    Known,
    /// They are here, and were never there.
    Linked,
    /// They are new.
    Added,
}

impl App {
    /// Whether whoever has this e-mail address signs in at an identity provider. The domain alone decides, so the
    /// answer does not tell who is known.
    ///
    /// # Errors
    /// The store.
    pub async fn signs_in_by_sso(&self, email: &str) -> Result<bool, Error> {
        Ok(self.sso_connection_of(email).await?.is_some())
    }

    /// Sends somebody to the identity provider of their e-mail address.
    ///
    /// # Errors
    /// There is none for it; it cannot be asked; too many are on their way.
    pub async fn begin_sso(
        &self,
        email: &str,
        address: Option<IpAddr>,
    ) -> Result<SsoLeaving, SignInError> {
        let email = email_of(email)?;
        let connection = self.sso_connection_of(&email).await?.ok_or_else(|| {
            let detail =
                "nobody signs in by single sign-on with this e-mail address: use a password";
            Error::new(ErrorKind::NotFound, "resource_not_found", detail)
        })?;
        let provider = self.sso_provider(&connection.issuer, None).await?;
        let to = Destination {
            organization_id: connection.organization_id.clone(),
            updated_us: connection.updated_us,
        };
        let now = self.parts.clock.mono();
        let leaving = self.away.begin(&*self.parts.rng, now, address, to);
        let leaving = leaving.ok_or(SignInError::Throttled(PAUSE))?;
        let url = authorization_url(
            &provider.metadata,
            &connection.client_id,
            &connection.scopes,
            &self.sso_redirect_uri(),
            &leaving.secrets,
            &email,
        );
        Ok(SsoLeaving { url, browser: leaving.browser, life: LIFE })
    }

    /// Where identity providers send people back to.
    #[must_use]
    pub fn sso_redirect_uri(&self) -> String {
        format!("{}/sso", self.parts.endpoints.api_base_url)
    }

    /// Signs somebody in who is back from their identity provider.
    ///
    /// # Errors
    /// Nobody went away like this, from this browser; the provider does not vouch for them; they are not of the
    /// organisation; too many failures before; IP filters; the store.
    pub async fn end_sso(&self, back: SsoReturn) -> Result<SignedIn, SignInError> {
        audit::note(|draft| draft.is_sign_in = true);
        audit::mechanism(MECHANISM);
        let now = self.parts.clock.mono();
        let (to, secrets) = self.away.end(now, &back.state, &back.browser).ok_or_else(|| {
            refused("the sign-in was over, or was begun in another browser: begin again")
        })?;
        let org = OrgScope::of(&to.organization_id);
        audit::note(|draft| draft.event.organization_id.clone_from(&to.organization_id));
        let connection = self.parts.repo.sso_connection(org.clone()).await.map_err(from_repo)?;
        let connection = connection.filter(|row| row.updated_us == to.updated_us);
        let connection = connection
            .ok_or_else(|| refused("single sign-on was changed meanwhile: begin again"))?;
        let provider = self.sso_provider(&connection.issuer, None).await?;
        if !provider.metadata.answered_as(back.iss.as_deref()) {
            return Err(refused("the answer is not of the identity provider (iss)").into());
        }
        let begun = self.sign_ins.attempts.begin(now, &connection.issuer, back.address);
        begun.map_err(SignInError::Throttled)?;
        let shown = (back.code.as_str(), secrets.verifier.as_str());
        let token = self.id_token(&connection, &provider, shown).await?;
        let claims = self.proven_sso(&connection, &token).await?;
        let wanted =
            (connection.issuer.as_str(), connection.client_id.as_str(), secrets.nonce.as_str());
        let person = person_of(&claims, wanted).map_err(not_taken)?;
        self.sign_ins.attempts.succeeded(&connection.issuer, back.address);
        if !connection.covers(&person.email) {
            return Err(refused("the identity provider does not speak for this domain").into());
        }
        let organization = self.parts.repo.organization(org).await.map_err(from_repo)?;
        let organization = organization.ok_or_else(|| refused("the organization is gone"))?;
        Ok(self.enter(&connection, organization, person, back.address).await?)
    }

    /// Begins a session of a person whom the provider signed in.
    async fn enter(
        &self,
        connection: &SsoConnection,
        organization: Organization,
        person: SsoPerson,
        address: Option<IpAddr>,
    ) -> Result<SignedIn, Error> {
        let org = OrgScope::of(&organization.id);
        let (user, joining) = self.joining(connection, &organization, &person).await?;
        let crn = common_types::crn::organization(&organization.id);
        audit::about("user", &user.id, || format!("{crn}/user={}", user.id));
        audit::identified(&person.subject);
        let (id, nothing) = (user.id.clone(), String::new());
        let mut caller = self.known(organization.id.clone(), id, nothing, KeyScope::Cloud).await?;
        caller.address = address;
        self.check_address(&caller).await?;
        let link = SsoLink {
            organization_id: organization.id.clone(),
            issuer: connection.issuer.clone(),
            subject: person.subject,
            person_id: user.id.clone(),
            created_us: self.now_us(),
        };
        let repo = &self.parts.repo;
        let joined = match joining {
            Joining::Known => Ok(true),
            Joining::Linked => repo.link_person(org, link).await,
            Joining::Added => repo.insert_sso_person(org, user.clone(), link, PEOPLE_MAX).await,
        };
        match joined {
            Ok(true) => {}
            Ok(false) => return Err(refused("the organization has as many people as it may have")),
            // The address was somebody else's at the provider before, or came to be somebody's here.
            Err(RepoError::Taken { .. }) => return Err(not_of_us()),
            Err(error) => return Err(from_repo(error)),
        }
        let token = self.begin_session_as(&caller, person.claims).await?;
        Ok(SignedIn { token, user, organization })
    }

    /// Who that is here. An e-mail address finds nobody but those of the connection's own organisation.
    async fn joining(
        &self,
        connection: &SsoConnection,
        organization: &Organization,
        person: &SsoPerson,
    ) -> Result<(User, Joining), Error> {
        let (repo, org) = (&self.parts.repo, OrgScope::of(&organization.id));
        let linked =
            repo.linked_person(org.clone(), connection.issuer.clone(), person.subject.clone());
        if let Some(user) = linked.await.map_err(from_repo)? {
            return Ok((user, Joining::Known));
        }
        let found = repo.any_person(SystemWide::Authentication, person.email.clone()).await;
        match found.map_err(from_repo)? {
            Some(user) if user.organization_id != organization.id => Err(not_of_us()),
            Some(user) => {
                let factor = repo.second_factor(org, user.id.clone()).await.map_err(from_repo)?;
                // Else the provider alone would open what a code was asked for until now.
                if factor.is_some_and(|row| row.confirmed_us.is_some()) {
                    return Err(refused(
                        "you have a second factor here, which single sign-on does not ask for: sign \
                         in with your password, remove it, and begin again",
                    ));
                }
                Ok((user, Joining::Linked))
            }
            None if organization.jit_enabled => {
                let now = self.now_us();
                let user = User {
                    id: self.new_id(Prefix::User),
                    organization_id: organization.id.clone(),
                    email: person.email.clone(),
                    full_name: person.full_name.clone(),
                    auth_type: AuthType::Sso,
                    password_hash: None,
                    created_us: now,
                    updated_us: now,
                };
                Ok((user, Joining::Added))
            }
            None => Err(not_of_us()),
        }
    }

    /// Trades a code for an ID token.
    async fn id_token(
        &self,
        connection: &SsoConnection,
        provider: &SsoProvider,
        (code, verifier): (&str, &str),
    ) -> Result<String, Error> {
        let secret = open(&self.parts.peppers, connection);
        let secret = secret.ok_or_else(|| internal("the client secret cannot be opened"))?;
        let (form, basic) = token_request(
            &provider.metadata,
            (&connection.client_id, &secret),
            (code, verifier, &self.sso_redirect_uri()),
        );
        let answer = self.parts.key_sets.post(&provider.metadata.token_endpoint, form, basic).await;
        let answer = answer.map_err(|error: KeySetError| {
            tracing::warn!(issuer = %connection.issuer, %error, "a code was not traded for a token");
            refused(format!("the identity provider does not take the code: {error}"))
        })?;
        id_token_of(&answer).map_err(not_taken)
    }

    /// The claims of an ID token that the provider signed for now.
    async fn proven_sso(
        &self,
        connection: &SsoConnection,
        token: &str,
    ) -> Result<Map<String, Value>, Error> {
        let token = SignedToken::read(token).map_err(not_taken)?;
        let provider = self.sso_provider(&connection.issuer, Some(token.kid())).await?;
        let key = provider.key(token.kid()).ok_or_else(|| {
            refused("the token's key (kid) is not one of the identity provider's")
        })?;
        token.verified(key, self.now_us() / 1_000_000).map_err(not_taken)
    }

    async fn sso_connection_of(&self, email: &str) -> Result<Option<SsoConnection>, Error> {
        let email = email.trim().to_lowercase();
        let Some(domain) = domain_of(&email) else { return Ok(None) };
        let found =
            self.parts.repo.any_sso_connection(SystemWide::Authentication, domain.to_owned());
        found.await.map_err(from_repo)
    }
}

fn not_taken(error: TokenError) -> Error {
    refused(format!("the identity provider's token is not taken: {error}"))
}

/// The same for whoever is nobody here and for whoever belongs to another organisation.
fn not_of_us() -> Error {
    refused("nobody with this e-mail address was invited: ask an administrator for an invitation")
}

/// 403, as for a wrong password.
fn refused(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Forbidden, "sso_refused", detail)
}
