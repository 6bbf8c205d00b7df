use std::fmt::Write as _;

use common_errors::{Error, ErrorKind};
use common_types::crn;

use super::{App, SignInError};
use crate::audit;
use crate::authz::{Action, Caller};
use crate::factor_seal::{new_codes, open, seal, without_code};
use crate::failures::{from_repo, internal, missing};
use crate::model::{SecondFactor, User};
use crate::ports::{OrgScope, RepoError};
use crate::totp::{SECRET, base32, step_of};

/// The code of the refusal that says: the password is right, now show a code.
pub const SECOND_FACTOR_REQUIRED: &str = "second_factor_required";
/// Longest code that is looked at, in bytes.
const CODE_LENGTH_MAX: usize = 64;

/// What an authenticator has to know. It cannot be read again.
#[derive(Clone)]
pub struct NewFactor {
    /// The secret in base32, to be typed.
    pub secret: String,
    /// The same as `otpauth://…`, to be shown as a picture.
    pub uri: String,
}

/// How far the second factor of a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorState {
    /// Since when it is asked for at sign-in, if it is.
    pub confirmed_us: Option<i64>,
    /// Recovery codes that were not used yet.
    pub recovery_codes: usize,
}

impl App {
    /// Whether the caller has a second factor.
    ///
    /// # Errors
    /// The store.
    pub async fn second_factor(&self, caller: &Caller) -> Result<FactorState, Error> {
        let found = self.factor_of(caller.org(), &caller.principal_id).await?;
        let found = found.filter(|row| row.confirmed_us.is_some());
        Ok(FactorState {
            confirmed_us: found.as_ref().and_then(|row| row.confirmed_us),
            recovery_codes: found.map_or(0, |row| row.recovery.len()),
        })
    }

    /// Begins a second factor: it is asked for once it is confirmed. One that was begun before is forgotten.
    ///
    /// # Errors
    /// Too many failures before; a wrong password; a second factor that is asked for already; the store.
    pub async fn begin_second_factor(
        &self,
        caller: &Caller,
        password: String,
    ) -> Result<NewFactor, SignInError> {
        let user = self.himself(caller, password).await?;
        let mut secret = [0; SECRET];
        self.parts.rng.fill(&mut secret);
        let mut row = SecondFactor {
            person_id: user.id.clone(),
            organization_id: user.organization_id.clone(),
            secret: Vec::new(),
            recovery: Vec::new(),
            pepper_version: 0,
            last_step: 0,
            created_us: self.now_us(),
            confirmed_us: None,
        };
        let sealed = seal(&self.parts.peppers, &*self.parts.rng, &mut row, &secret);
        sealed.ok_or_else(|| internal("the secret cannot be sealed"))?;
        let begun = self.parts.repo.insert_second_factor(caller.org(), row).await;
        if !begun.map_err(from_repo)? {
            let detail = "you have a second factor: remove it first";
            return Err(Error::new(ErrorKind::Conflict, "resource_already_exists", detail).into());
        }
        let secret = base32(&secret);
        let uri = format!("otpauth://totp/Weir:{}?secret={secret}&issuer=Weir", plain(&user.email));
        Ok(NewFactor { secret, uri })
    }

    /// Confirms a second factor with a first code, and answers the recovery codes, which cannot be read again.
    ///
    /// # Errors
    /// Too many failures before; none that was begun; a wrong code; the store.
    pub async fn confirm_second_factor(
        &self,
        caller: &Caller,
        code: &str,
    ) -> Result<Vec<String>, SignInError> {
        let user = self.told(caller).await?;
        self.begin_code(&user.id)?;
        let found = self.factor_of(caller.org(), &user.id).await?;
        let before = found.filter(|row| row.confirmed_us.is_none()).ok_or_else(none_begun)?;
        let step = self.step_shown(&before, code)?.ok_or_else(wrong_code)?;
        let mut row =
            SecondFactor { last_step: step, confirmed_us: Some(self.now_us()), ..before.clone() };
        let secret = self.opened(&before)?;
        let sealed = seal(&self.parts.peppers, &*self.parts.rng, &mut row, &secret);
        sealed.ok_or_else(|| internal("the secret cannot be sealed"))?;
        let codes = new_codes(&self.parts.peppers, &*self.parts.rng, &mut row);
        self.sign_ins.attempts.factor_shown(&user.id);
        let changed = self.parts.repo.update_second_factor(caller.org(), row, before).await;
        if changed.map_err(from_repo)? {
            Ok(codes)
        } else {
            Err(from_repo(RepoError::Stale).into())
        }
    }

    /// Removes a second factor, whether it is asked for or was only begun.
    ///
    /// # Errors
    /// Too many failures before; a wrong password or code; none that is there; the store.
    pub async fn remove_second_factor(
        &self,
        caller: &Caller,
        password: String,
        code: &str,
    ) -> Result<(), SignInError> {
        let user = self.himself(caller, password).await?;
        self.show_code(&user, Some(code)).await?;
        let gone = self.parts.repo.delete_second_factor(caller.org(), user.id).await;
        if gone.map_err(from_repo)? { Ok(()) } else { Err(none_begun().into()) }
    }

    /// Removes the second factor of somebody who lost it, whether there is one or not: for whoever may delete them.
    ///
    /// # Errors
    /// Not found; a missing role; the store.
    pub async fn reset_second_factor(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        let user = self.user_for(caller, Action::Delete, id).await?;
        self.parts.repo.delete_second_factor(caller.org(), user.id).await.map_err(from_repo)?;
        Ok(())
    }

    /// Refuses a person whose second factor is asked for and who does not show it. A code is taken once, however
    /// many show it at the same time.
    pub(crate) async fn show_code(
        &self,
        user: &User,
        code: Option<&str>,
    ) -> Result<(), SignInError> {
        let org = OrgScope::of(&user.organization_id);
        let found = self.factor_of(org.clone(), &user.id).await?;
        let Some(row) = found.filter(|row| row.confirmed_us.is_some()) else { return Ok(()) };
        let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
            let detail = "the password is right; show a code of your second factor as well";
            return Err(Error::new(ErrorKind::Forbidden, SECOND_FACTOR_REQUIRED, detail).into());
        };
        self.begin_code(&user.id)?;
        let after = match self.step_shown(&row, code)? {
            Some(step) => SecondFactor { last_step: step, ..row.clone() },
            None => without_code(&self.parts.peppers, &row, code).ok_or_else(wrong_code)?,
        };
        let taken = self.parts.repo.take_second_factor(org, after, row).await;
        if !taken.map_err(from_repo)? {
            return Err(wrong_code().into());
        }
        self.sign_ins.attempts.factor_shown(&user.id);
        Ok(())
    }

    /// The caller, whose password this is.
    async fn himself(&self, caller: &Caller, password: String) -> Result<User, SignInError> {
        let user = self.told(caller).await?;
        if password.is_empty() {
            return Err(missing("/password").into());
        }
        let now = self.parts.clock.mono();
        let begun = self.sign_ins.attempts.begin(now, &user.email, caller.address);
        begun.map_err(SignInError::Throttled)?;
        if !self.is_password(password, user.password_hash.clone()).await? {
            let detail = "the password is not the one that you have";
            return Err(Error::new(ErrorKind::Forbidden, "sign_in_refused", detail).into());
        }
        self.sign_ins.attempts.succeeded(&user.email, caller.address);
        Ok(user)
    }

    /// The caller, and the audit log is told that it is about them.
    async fn told(&self, caller: &Caller) -> Result<User, Error> {
        audit::note(|draft| draft.is_sign_in = true);
        let (user, _) = self.myself(caller).await?;
        let organization = crn::organization(&user.organization_id);
        audit::about("user", &user.id, || format!("{organization}/user={}", user.id));
        Ok(user)
    }

    fn begin_code(&self, person_id: &str) -> Result<(), SignInError> {
        let now = self.parts.clock.mono();
        self.sign_ins.attempts.begin_factor(now, person_id).map_err(SignInError::Throttled)
    }

    async fn factor_of(&self, org: OrgScope, id: &str) -> Result<Option<SecondFactor>, Error> {
        self.parts.repo.second_factor(org, id.to_owned()).await.map_err(from_repo)
    }

    fn opened(&self, row: &SecondFactor) -> Result<Vec<u8>, Error> {
        let secret = open(&self.parts.peppers, row);
        secret.ok_or_else(|| internal("the secret of a second factor cannot be opened"))
    }

    fn step_shown(&self, row: &SecondFactor, code: &str) -> Result<Option<i64>, Error> {
        if code.len() > CODE_LENGTH_MAX {
            return Ok(None);
        }
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        Ok(step_of(&self.opened(row)?, &digits, self.now_us(), row.last_step))
    }
}

/// An e-mail address as a label in a URI: what is special there is written out.
fn plain(email: &str) -> String {
    let mut text = String::with_capacity(email.len());
    for byte in email.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

fn none_begun() -> Error {
    let detail = "there is no second factor to do this with; begin one first";
    Error::new(ErrorKind::NotFound, "resource_not_found", detail)
}

/// 403, as for a wrong password.
fn wrong_code() -> Error {
    let detail = "the code is wrong, too old, or was used before";
    Error::new(ErrorKind::Forbidden, "second_factor_refused", detail)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn labels_are_safe_in_a_uri() {
        assert_eq!(plain("a.b-c_d@example.com"), "a.b-c_d@example.com");
        assert_eq!(plain("a+b&c@x"), "a%2Bb%26c@x");
    }
}
