use std::net::IpAddr;
use std::time::Duration;

use common_errors::{Error, ErrorKind};
use common_seams::uuid_v7;
use tokio::sync::Semaphore;

use super::App;
use super::passwords::PASSWORD_LENGTH_MAX;
use super::second_factor::SECOND_FACTOR_REQUIRED;
use crate::attempts::Attempts;
use crate::audit;
use crate::authz::Caller;
use crate::failures::{from_repo, invalid, missing};
use crate::model::{KeyScope, Organization, SESSION_LIFE_MAX, Session, User, micros};
use crate::ports::{OrgScope, SystemWide};
use crate::session_token::new_token;

/// Passwords that are hashed at a time: each takes 19 MiB and a processor.
const HASHES_AT_ONCE: usize = 2;
/// Longest e-mail address that can be.
const EMAIL_LENGTH_MAX: usize = 254;

/// What keeps strangers from trying passwords for long.
#[derive(Debug)]
pub(crate) struct SignInGuard {
    pub(crate) attempts: Attempts,
    pub(crate) hashing: Semaphore,
}

impl Default for SignInGuard {
    fn default() -> Self {
        Self { attempts: Attempts::default(), hashing: Semaphore::new(HASHES_AT_ONCE) }
    }
}

/// Somebody who wants to sign in.
#[derive(Clone)]
pub struct SignIn {
    /// Who they say they are.
    pub email: String,
    /// How they prove it.
    pub password: String,
    /// A code of their second factor, where they have one, or a recovery code.
    pub code: Option<String>,
    /// Only into this organisation.
    pub organization_id: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
}

/// Somebody who is signed in now.
#[derive(Clone)]
pub struct SignedIn {
    /// What they show from now on. It cannot be read again.
    pub token: String,
    /// Who they are.
    pub user: User,
    /// Where they belong.
    pub organization: Organization,
}

/// Why somebody is not signed in.
#[derive(Debug)]
pub enum SignInError {
    /// There were too many failures: wait this long.
    Throttled(Duration),
    /// Anything else.
    Refused(Error),
}

impl From<Error> for SignInError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl App {
    /// Signs a person in with a password. Neither the answer nor the time it takes tells whether the person is
    /// known.
    ///
    /// # Errors
    /// Too many failures before; a wrong e-mail address or password; IP filters; the store.
    pub async fn sign_in(&self, asked: SignIn) -> Result<SignedIn, SignInError> {
        audit::note(|draft| draft.is_sign_in = true);
        audit::mechanism("PASSWORD");
        let email = email_of(&asked.email)?;
        if asked.password.is_empty() {
            return Err(missing("/password").into());
        }
        if asked.password.len() > PASSWORD_LENGTH_MAX {
            let detail = format!("longer than {PASSWORD_LENGTH_MAX} bytes");
            return Err(invalid("/password", detail).into());
        }
        let now = self.parts.clock.mono();
        let begun = self.sign_ins.attempts.begin(now, &email, asked.address);
        begun.map_err(SignInError::Throttled)?;
        let user = self.proven(&email, asked.password.clone()).await?;
        let elsewhere = |id: &String| *id != user.organization_id;
        if asked.organization_id.as_ref().is_some_and(elsewhere) {
            return Err(refused().into());
        }
        let org = OrgScope::of(&user.organization_id);
        let organization = self.parts.repo.organization(org).await.map_err(from_repo)?;
        let organization = organization.ok_or_else(refused)?;
        self.prove_more(&email, &user, &asked).await?;
        self.sign_ins.attempts.succeeded(&email, asked.address);
        let (id, nothing) = (user.id.clone(), String::new());
        let mut caller =
            self.known(user.organization_id.clone(), id, nothing, KeyScope::Cloud).await?;
        caller.address = asked.address;
        self.check_address(&caller).await?;
        let token = self.begin_session(&caller).await?;
        Ok(SignedIn { token, user, organization })
    }

    /// The second factor of somebody whose password is right.
    async fn prove_more(
        &self,
        email: &str,
        user: &User,
        asked: &SignIn,
    ) -> Result<(), SignInError> {
        let shown = self.show_code(user, asked.code.as_deref()).await;
        if let Err(SignInError::Refused(error)) = &shown
            && error.code == SECOND_FACTOR_REQUIRED
        {
            // That no code came is no failure, but it takes none back: else asking without one
            // between two tries would make them free.
            self.sign_ins.attempts.undone(email, asked.address);
        }
        shown
    }

    /// The person with this e-mail address, if the password is theirs.
    async fn proven(&self, email: &str, password: String) -> Result<User, Error> {
        let found = self.parts.repo.any_person(SystemWide::Authentication, email.to_owned()).await;
        let found = found.map_err(from_repo)?;
        if let Some(user) = &found {
            let crn = common_types::crn::organization(&user.organization_id);
            audit::note(|draft| draft.event.organization_id.clone_from(&user.organization_id));
            audit::about("user", &user.id, || format!("{crn}/user={}", user.id));
        }
        let hash = found.as_ref().and_then(|user| user.password_hash.clone());
        let is_theirs = self.is_password(password, hash).await?;
        found.filter(|_| is_theirs).ok_or_else(refused)
    }

    pub(crate) async fn begin_session(&self, caller: &Caller) -> Result<String, Error> {
        self.begin_session_as(caller, String::new()).await
    }

    /// The same for somebody of whom an identity provider said this.
    pub(crate) async fn begin_session_as(
        &self,
        caller: &Caller,
        claims: String,
    ) -> Result<String, Error> {
        let now_us = self.now_us();
        let mut session = Session {
            id: uuid_v7(&*self.parts.clock, &*self.parts.rng).to_string(),
            organization_id: caller.organization_id.clone(),
            person_id: caller.principal_id.clone(),
            verifier: [0; 32],
            pepper_version: 0,
            created_us: now_us,
            expires_us: now_us.saturating_add(micros(SESSION_LIFE_MAX)),
            used_us: now_us,
            claims,
        };
        let token = new_token(&*self.parts.rng, &session);
        (session.verifier, session.pepper_version) = self.parts.peppers.seal(&token);
        audit::shown_session(&session.id);
        self.parts.repo.insert_session(caller.org(), session).await.map_err(from_repo)?;
        let oldest = Session::forgotten_us(now_us);
        let forgotten = self.parts.repo.forget_sessions(SystemWide::Housekeeping, oldest).await;
        if let Err(error) = forgotten {
            // They open nothing: they cost only space, so a failure waits for the next.
            tracing::warn!(%error, "sessions that are over stay for now");
        }
        Ok(token)
    }
}

/// An e-mail address as it is stored.
pub(crate) fn email_of(text: &str) -> Result<String, Error> {
    let email = text.trim().to_lowercase();
    if email.is_empty() {
        return Err(missing("/email"));
    }
    if email.len() > EMAIL_LENGTH_MAX {
        return Err(invalid("/email", format!("longer than {EMAIL_LENGTH_MAX} bytes")));
    }
    Ok(email)
}

/// 403, because command lines take that for a mistake in typing.
fn refused() -> Error {
    Error::new(ErrorKind::Forbidden, "sign_in_refused", "incorrect e-mail address or password")
}
