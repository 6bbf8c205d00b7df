use common_errors::Error;

use super::core::allow;
use super::environments::STALE_RETRIES;
use super::{App, Change};
use crate::authz::{Action, Caller, Thing};
use crate::failures::{from_repo, internal, invalid, missing, not_found, taken};
use crate::identity::metadata_uri;
use crate::model::SsoConnection;
use crate::ports::RepoError;
use crate::rules::display_name;
use crate::sso_seal::{open, seal};

const URL_LENGTH_MAX: usize = 512;
const CLIENT_LENGTH_MAX: usize = 256;
const SECRET_LENGTH_MAX: usize = 1024;
/// Domains of a connection.
const DOMAINS_MAX: usize = 50;
/// Longest name in the domain name system.
const DOMAIN_LENGTH_MAX: usize = 253;
const SCOPES_MAX: usize = 20;
const SCOPE_LENGTH_MAX: usize = 128;
const KIND: &str = "sso connection";

/// What is wanted of the connection of an organisation; absent members are left as they are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SsoConnectionWish {
    /// What `iss` says in the provider's tokens; required at first.
    pub issuer: Option<String>,
    /// Who we are there; required at first.
    pub client_id: Option<String>,
    /// How we prove it; empty for a client without a secret.
    pub client_secret: Option<String>,
    /// Domains of e-mail addresses that the provider speaks for; required at first.
    pub domains: Option<Vec<String>>,
    /// What is asked for beside `openid`, `email` and `profile`.
    pub scopes: Option<Vec<String>>,
}

impl App {
    /// Where people of the caller's organisation sign in.
    ///
    /// # Errors
    /// Not found when there is none, or when the caller may not see it; the store.
    pub async fn sso_connection(&self, caller: &Caller) -> Result<SsoConnection, Error> {
        self.sso_connection_for(caller, Action::Read)
            .await?
            .ok_or_else(|| not_found(KIND, &caller.organization_id))
    }

    /// Changes where people of the caller's organisation sign in; makes it where there was nothing. Sessions that
    /// began there end when it is another provider, or speaks for fewer domains.
    ///
    /// # Errors
    /// A bad value; a domain of somebody else; a missing role; the store.
    pub async fn update_sso_connection(
        &self,
        caller: &Caller,
        wish: &SsoConnectionWish,
        change: &Change,
    ) -> Result<SsoConnection, Error> {
        for _ in 0..STALE_RETRIES {
            let before = self.sso_connection_for(caller, Action::Update).await?;
            if let Some(row) = &before {
                change.check(row)?;
            }
            let now = self.now_us();
            let mut row = match &before {
                Some(row) => row.clone(),
                None => new_row(caller, wish, now)?,
            };
            self.apply_sso(wish, &mut row)?;
            let before_us = before.as_ref().map_or(0, |row| row.updated_us);
            row.updated_us = now.max(before_us + 1);
            let out = before.is_some_and(|before| is_narrower(&before, &row));
            let repo = &self.parts.repo;
            let stored =
                repo.put_sso_connection(caller.org(), row.clone(), before_us, out, change.dry_run);
            match stored.await {
                Ok(true) => return Ok(row),
                Ok(false) => {}
                Err(RepoError::Taken { existing_id }) => {
                    let detail = format!(
                        "the domain {existing_id} belongs to people of another organization, or to \
                         its sso connection"
                    );
                    return Err(taken(detail).at("/domains"));
                }
                Err(error) => return Err(from_repo(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes it: sessions that began there end. The people stay, and who has a password goes on with it.
    ///
    /// # Errors
    /// Not found; a missing role; the store.
    pub async fn delete_sso_connection(
        &self,
        caller: &Caller,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.sso_connection_for(caller, Action::Delete).await?;
            let row = row.ok_or_else(|| not_found(KIND, &caller.organization_id))?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let repo = &self.parts.repo;
            let gone = repo.delete_sso_connection(caller.org(), row.updated_us).await;
            if gone.map_err(from_repo)? {
                return Ok(());
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    async fn sso_connection_for(
        &self,
        caller: &Caller,
        action: Action,
    ) -> Result<Option<SsoConnection>, Error> {
        // Whoever says who signs in may say whose tokens are taken, and the other way round.
        allow(caller, action, caller.own(Thing::IdentityProvider), KIND, &caller.organization_id)?;
        self.parts.repo.sso_connection(caller.org()).await.map_err(from_repo)
    }

    /// Puts a wish into a row, after a look at each of its values.
    fn apply_sso(&self, wish: &SsoConnectionWish, row: &mut SsoConnection) -> Result<(), Error> {
        let secret = open(&self.parts.peppers, row);
        let mut secret = secret.ok_or_else(|| internal("the secret cannot be opened"))?;
        let before = (row.issuer.clone(), row.client_id.clone());
        if let Some(issuer) = &wish.issuer {
            let issuer = display_name(issuer.clone(), "/issuer", URL_LENGTH_MAX)?;
            if issuer.contains(['?', '#']) {
                return Err(invalid("/issuer", "issuer must have no query and no fragment"));
            }
            let allowed = self.parts.key_sets.check(&metadata_uri(&issuer));
            allowed.map_err(|error| invalid("/issuer", format!("issuer {error}")))?;
            row.issuer = issuer;
        }
        if let Some(id) = &wish.client_id {
            row.client_id = display_name(id.clone(), "/client_id", CLIENT_LENGTH_MAX)?;
        }
        match &wish.client_secret {
            Some(text) => secret = secret_of(text)?,
            None if !secret.is_empty() && before != (row.issuer.clone(), row.client_id.clone()) => {
                let detail = "another issuer or client_id needs its own client_secret: the one \
                              that is kept is shown to nobody else";
                return Err(invalid("/client_secret", detail));
            }
            None => {}
        }
        if let Some(domains) = &wish.domains {
            row.domains = domains_of(domains)?;
        }
        if let Some(scopes) = &wish.scopes {
            row.scopes = scopes_of(scopes)?;
        }
        seal(&self.parts.peppers, &*self.parts.rng, row, &secret)
            .ok_or_else(|| internal("the secret cannot be sealed"))
    }
}

fn new_row(caller: &Caller, wish: &SsoConnectionWish, now: i64) -> Result<SsoConnection, Error> {
    for (absent, pointer) in [
        (wish.issuer.is_none(), "/issuer"),
        (wish.client_id.is_none(), "/client_id"),
        (wish.domains.is_none(), "/domains"),
    ] {
        if absent {
            return Err(missing(pointer));
        }
    }
    Ok(SsoConnection {
        organization_id: caller.organization_id.clone(),
        issuer: String::new(),
        client_id: String::new(),
        secret: Vec::new(),
        pepper_version: 0,
        domains: Vec::new(),
        scopes: Vec::new(),
        created_us: now,
        updated_us: now,
    })
}

/// Whether somebody whom `before` let in might not be let in any more.
fn is_narrower(before: &SsoConnection, after: &SsoConnection) -> bool {
    let is_other = (&before.issuer, &before.client_id) != (&after.issuer, &after.client_id);
    is_other || before.domains.iter().any(|domain| !after.domains.contains(domain))
}

fn secret_of(text: &str) -> Result<String, Error> {
    if text.len() > SECRET_LENGTH_MAX || text.chars().any(char::is_control) {
        let detail = format!("client_secret is a text of at most {SECRET_LENGTH_MAX} bytes");
        return Err(invalid("/client_secret", detail));
    }
    Ok(text.to_owned())
}

fn domains_of(domains: &[String]) -> Result<Vec<String>, Error> {
    if domains.is_empty() || domains.len() > DOMAINS_MAX {
        return Err(invalid("/domains", format!("domains are 1 to {DOMAINS_MAX}")));
    }
    let mut read = Vec::new();
    for domain in domains {
        let domain = domain.trim().to_lowercase();
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if domain.len() > DOMAIN_LENGTH_MAX || !domain.split('.').all(is_label) {
            let detail = format!("{domain:.64?} is no domain, such as example.com");
            return Err(invalid("/domains", detail));
        }
        read.push(domain);
    }
    read.sort();
    read.dedup();
    Ok(read)
}

fn scopes_of(scopes: &[String]) -> Result<Vec<String>, Error> {
    // RFC 6749 3.3.
    let is_scope = |scope: &String| {
        (1..=SCOPE_LENGTH_MAX).contains(&scope.len())
            && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
    };
    if scopes.len() > SCOPES_MAX || !scopes.iter().all(is_scope) {
        let detail = format!("scopes are at most {SCOPES_MAX} words without blanks");
        return Err(invalid("/scopes", detail));
    }
    Ok(scopes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::domains_of;

    #[test]
    fn domains_are_plain_names_in_lower_case() {
        let read = |text: &str| domains_of(&[text.to_owned()]).ok().map(|all| all[0].clone());
        assert_eq!(read(" Example.COM").as_deref(), Some("example.com"));
        for bad in ["", ".", "a..b", "a_b", "%", "*.example.com", "-a.com", "a@b.com", "a b"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert!(domains_of(&[]).is_err());
    }
}
