use std::time::Duration;

use common_errors::{Error, ErrorKind};

use super::{App, SignInError};
use crate::audit;
use crate::authz::Caller;
use crate::failures::{from_repo, invalid, missing};
use crate::password;
use crate::ports::RepoError;
use crate::session_token::session_of;

/// Shortest password that somebody can choose, in characters.
const LENGTH_MIN: usize = 12;
/// Longest password, in bytes: hashing one costs more the longer it is.
pub(crate) const PASSWORD_LENGTH_MAX: usize = 1024;
/// How long somebody waits for their turn to be hashed.
const TURN_MAX: Duration = Duration::from_secs(10);

/// A person who wants another password.
#[derive(Clone)]
pub struct PasswordWish {
    /// The one that they have.
    pub old: String,
    /// The one that they want.
    pub new: String,
    /// The token of the session that goes on. Every other one ends.
    pub token: String,
}

impl App {
    /// Changes the password of whoever asks.
    ///
    /// # Errors
    /// Too many failures before; a wrong old password; a bad new one; the store.
    pub async fn change_password(
        &self,
        caller: &Caller,
        wish: PasswordWish,
    ) -> Result<(), SignInError> {
        audit::note(|draft| draft.is_sign_in = true);
        let (mut user, _) = self.myself(caller).await?;
        let organization = common_types::crn::organization(&user.organization_id);
        audit::about("user", &user.id, || format!("{organization}/user={}", user.id));
        if wish.old.is_empty() {
            return Err(missing("/old_password").into());
        }
        let new = new_password_of(&user.email, wish.new, "/new_password")?;
        let now = self.parts.clock.mono();
        let begun = self.sign_ins.attempts.begin(now, &user.email, caller.address);
        begun.map_err(SignInError::Throttled)?;
        let before = user.password_hash.take();
        if !self.is_password(wish.old, before.clone()).await? {
            let detail = "the old password is not the one that you have";
            return Err(Error::new(ErrorKind::Forbidden, "sign_in_refused", detail).into());
        }
        self.sign_ins.attempts.succeeded(&user.email, caller.address);
        user.password_hash = Some(self.hashed(new).await?);
        user.updated_us = self.now_us().max(user.updated_us + 1);
        let session = session_of(&wish.token).unwrap_or_default();
        let before = before.unwrap_or_default();
        let changed = self.parts.repo.update_password(caller.org(), user, before, session).await;
        if changed.map_err(from_repo)? { Ok(()) } else { Err(from_repo(RepoError::Stale).into()) }
    }

    /// Whether a password made a hash, when it is its turn to be looked at.
    pub(crate) async fn is_password(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Error> {
        let turn = tokio::time::timeout(TURN_MAX, self.sign_ins.hashing.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(busy()) };
        password::verify(password, hash).await
    }

    /// Hashes a password when it is its turn.
    pub(crate) async fn hashed(&self, password: String) -> Result<String, Error> {
        let turn = tokio::time::timeout(TURN_MAX, self.sign_ins.hashing.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(busy()) };
        password::hash(&*self.parts.rng, password).await
    }
}

fn busy() -> Error {
    let detail = "too many people sign in at this moment; try again";
    Error::new(ErrorKind::Unavailable, "sign_in_busy", detail)
}

/// A password that somebody chose: long enough, not too long, and not their e-mail address.
pub(crate) fn new_password_of(
    email: &str,
    password: String,
    pointer: &str,
) -> Result<String, Error> {
    if password.is_empty() {
        return Err(missing(pointer));
    }
    if password.chars().count() < LENGTH_MIN {
        return Err(invalid(pointer, format!("a password has at least {LENGTH_MIN} characters")));
    }
    if password.len() > PASSWORD_LENGTH_MAX {
        return Err(invalid(pointer, format!("longer than {PASSWORD_LENGTH_MAX} bytes")));
    }
    if password.trim().eq_ignore_ascii_case(email) {
        return Err(invalid(pointer, "the e-mail address is no password"));
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_passwords_are_long_and_no_address() {
        let is_good =
            |text: &str| new_password_of("me@example.com", text.to_owned(), "/password").is_ok();
        assert!(is_good("a dozen chars"));
        assert!(is_good(&"x".repeat(PASSWORD_LENGTH_MAX)));
        for bad in ["", "too short", "ME@example.com", &"x".repeat(PASSWORD_LENGTH_MAX + 1)] {
            assert!(!is_good(bad), "{bad}");
        }
    }
}
