use std::net::IpAddr;

use common_errors::{Error, ErrorKind};
use common_types::crn;
use common_types::id::Prefix;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::identities::NAME_LENGTH_MAX;
use super::passwords::new_password_of;
use super::sign_in::email_of;
use super::{App, Asked, Change, SignInError, SignedIn};
use crate::audit;
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{bad_filter, forbidden, from_repo, invalid, missing, not_found, taken};
use crate::invitation_token::{invitation_of, link_of, new_token, token_in};
use crate::model::{
    AuthType, INVITATION_LIFE, Invitation, InvitationStatus, KeyScope, PEOPLE_MAX, User, micros,
};
use crate::page::{Page, PageRequest, page};
use crate::ports::{InvitationFilter, OrgScope, RepoError, SystemWide};
use crate::rules::display_name;

/// Who is to be invited, as the client said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvitationWish {
    /// Required.
    pub email: Option<String>,
    /// `AUTH_TYPE_LOCAL`, which is what it is when it is absent, or `AUTH_TYPE_SSO`.
    pub auth_type: Option<String>,
}

/// Which invitations to list, as the client said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvitationQuery {
    /// Only to this e-mail address.
    pub email: Option<String>,
    /// Only with this status.
    pub status: Option<String>,
    /// Only of this person.
    pub user: Option<String>,
    /// Only by this one.
    pub creator: Option<String>,
}

/// An invitation that was just made.
#[derive(Clone)]
pub struct NewInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// What the person has to open. It cannot be read again.
    pub link: String,
}

/// Somebody who accepts an invitation.
#[derive(Clone)]
pub struct AcceptWish {
    /// The token, or the link that ends with it.
    pub token: String,
    /// The password to sign in with from now on.
    pub password: String,
    /// The name that people read.
    pub full_name: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
}

impl App {
    /// One page of the invitations that the caller may see.
    ///
    /// # Errors
    /// A bad page token or filter; the store.
    pub async fn invitations(
        &self,
        caller: &Caller,
        query: InvitationQuery,
        request: &PageRequest,
    ) -> Result<Page<Invitation>, Error> {
        let status = query.status.map(|text| {
            let read = text.parse::<InvitationStatus>();
            read.map_err(|error| bad_filter("status", format!("status: {error}")))
        });
        let now_us = self.now_us();
        let filter = InvitationFilter {
            email: query.email.map(|text| text.trim().to_lowercase()),
            person_id: query.user,
            creator_id: query.creator,
            status: status.transpose()?.map(|status| (status, now_us)),
        };
        page(
            request,
            |slice| self.parts.repo.invitations(caller.org(), filter.clone(), slice),
            |row: &Invitation| sees(caller, resource(row)),
        )
        .await
    }

    /// One invitation.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn invitation(&self, caller: &Caller, id: &str) -> Result<Invitation, Error> {
        self.invitation_for(caller, Action::Read, id).await
    }

    /// Invites somebody, who is a person of the organisation from then on: roles can be bound to them before
    /// they accept.
    ///
    /// # Errors
    /// A bad value; a person with this e-mail address; a missing role; too many people.
    pub async fn create_invitation(
        &self,
        caller: &Caller,
        wish: InvitationWish,
        asked: Asked<'_, NewInvitation>,
    ) -> Result<NewInvitation, Error> {
        let id = self.new_id(Prefix::Invitation);
        let new = caller.own(Thing::Identity(&id));
        if allow(caller, Action::Create, new, "invitation", &id).is_err() {
            return Err(forbidden("invite people"));
        }
        let (invitation, person, token) = self.invited(caller, id, wish).await?;
        let link = link_of(&self.parts.endpoints.api_base_url, &token);
        let made = NewInvitation { invitation, link };
        let terms = self.terms(caller, &asked, &made)?;
        let row = made.invitation.clone();
        let stored =
            self.parts.repo.insert_invitation(caller.org(), row, person, PEOPLE_MAX, terms).await;
        let is_stored = stored.map_err(|error| match error {
            RepoError::Taken { .. } => taken("a person with this e-mail address is there already"),
            other => from_repo(other),
        })?;
        if !is_stored {
            let detail = format!("an organization has at most {PEOPLE_MAX} people");
            return Err(Error::new(ErrorKind::Limit, "people_limit", detail));
        }
        self.forget_receipts(&asked).await;
        Ok(made)
    }

    /// The rows of an invitation, and its token.
    async fn invited(
        &self,
        caller: &Caller,
        id: String,
        wish: InvitationWish,
    ) -> Result<(Invitation, User, String), Error> {
        let email = email_of(&wish.email.ok_or_else(|| missing("/email"))?)?;
        if !is_address(&email) {
            return Err(invalid("/email", "email must be an e-mail address"));
        }
        let auth_type = match wish.auth_type.as_deref() {
            None | Some("") => AuthType::Local,
            Some(text) => text
                .parse()
                .map_err(|error| invalid("/auth_type", format!("auth_type: {error}")))?,
        };
        if auth_type == AuthType::Sso {
            let connection =
                self.parts.repo.sso_connection(caller.org()).await.map_err(from_repo)?;
            if !connection.is_some_and(|row| row.covers(&email)) {
                let detail = "no sso connection of the organization speaks for this domain";
                return Err(invalid("/auth_type", detail));
            }
        }
        let now = self.now_us();
        let person = User {
            id: self.new_id(Prefix::User),
            organization_id: caller.organization_id.clone(),
            email: email.clone(),
            full_name: String::new(),
            auth_type,
            password_hash: None,
            created_us: now,
            updated_us: now,
        };
        let token = new_token(&*self.parts.rng, &id);
        let (verifier, pepper_version) = self.parts.peppers.seal(&token);
        let invitation = Invitation {
            id,
            organization_id: caller.organization_id.clone(),
            email,
            auth_type,
            person_id: person.id.clone(),
            creator_id: caller.principal_id.clone(),
            verifier,
            pepper_version,
            expires_us: now.saturating_add(micros(INVITATION_LIFE)),
            accepted_us: None,
            created_us: now,
            updated_us: now,
        };
        Ok((invitation, person, token))
    }

    /// Gives an invitation another link, for 72 hours from now. The one before opens nothing any more.
    ///
    /// # Errors
    /// Not found; accepted before; a missing role; the store.
    pub async fn renew_invitation(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<NewInvitation, Error> {
        for _ in 0..STALE_RETRIES {
            let mut row = self.invitation_for(caller, Action::Update, id).await?;
            if row.accepted_us.is_some() {
                let detail = "the invitation was accepted: there is nothing left to open";
                return Err(Error::new(ErrorKind::Conflict, "invitation_accepted", detail));
            }
            let before_us = row.updated_us;
            let token = new_token(&*self.parts.rng, id);
            (row.verifier, row.pepper_version) = self.parts.peppers.seal(&token);
            let now_us = self.now_us();
            row.expires_us = now_us.saturating_add(micros(INVITATION_LIFE));
            row.updated_us = now_us.max(before_us + 1);
            let renewed =
                self.parts.repo.renew_invitation(caller.org(), row.clone(), before_us).await;
            if renewed.map_err(from_repo)? {
                let link = link_of(&self.parts.endpoints.api_base_url, &token);
                return Ok(NewInvitation { invitation: row, link });
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Makes the person of an invitation one who can sign in, and signs them in.
    ///
    /// # Errors
    /// Too many failures before; a token that opens nothing, or nothing any more; a bad password or name; IP
    /// filters; the store.
    pub async fn accept_invitation(&self, wish: AcceptWish) -> Result<SignedIn, SignInError> {
        audit::note(|draft| draft.is_sign_in = true);
        audit::mechanism("INVITATION");
        let now = self.parts.clock.mono();
        let (token, address) = (token_in(&wish.token).to_owned(), wish.address);
        let named = invitation_of(&token).unwrap_or_default();
        let begun = self.sign_ins.attempts.begin(now, named, address);
        begun.map_err(SignInError::Throttled)?;
        let mut row = self.shown_invitation(&token).await?;
        let org = OrgScope::of(&row.organization_id);
        let found = self.parts.repo.user(org.clone(), row.person_id.clone()).await;
        let mut user = found.map_err(from_repo)?.ok_or_else(refused)?;
        self.sign_ins.attempts.succeeded(&row.id, address);
        if user.auth_type == AuthType::Sso {
            let detail =
                "you are invited to sign in by single sign-on: no password is made for you";
            return Err(Error::new(ErrorKind::Forbidden, "sso_required", detail).into());
        }
        let password = new_password_of(&user.email, wish.password, "/password")?;
        if let Some(name) = wish.full_name {
            user.full_name = display_name(name, "/full_name", NAME_LENGTH_MAX)?;
        }
        let organization = self.parts.repo.organization(org.clone()).await.map_err(from_repo)?;
        let organization = organization.ok_or_else(refused)?;
        let (id, nothing) = (user.id.clone(), String::new());
        let mut caller =
            self.known(user.organization_id.clone(), id, nothing, KeyScope::Cloud).await?;
        caller.address = address;
        self.check_address(&caller).await?;
        user.password_hash = Some(self.hashed(password).await?);
        let now_us = self.now_us();
        row.updated_us = now_us.max(row.updated_us + 1);
        user.updated_us = now_us.max(user.updated_us + 1);
        row.accepted_us = Some(now_us);
        let joined = self.parts.repo.accept_invitation(org, row, user.clone()).await;
        if !joined.map_err(from_repo)? {
            return Err(refused().into());
        }
        let token = self.begin_session(&caller).await?;
        Ok(SignedIn { token, user, organization })
    }

    /// The invitation whose token this is, if it can still be accepted.
    async fn shown_invitation(&self, token: &str) -> Result<Invitation, Error> {
        let id = invitation_of(token).ok_or_else(refused)?;
        let found = self.parts.repo.any_invitation(SystemWide::Authentication, id.to_owned()).await;
        let found = found.map_err(from_repo)?.ok_or_else(refused)?;
        let organization = crn::organization(&found.organization_id);
        audit::note(|draft| draft.event.organization_id.clone_from(&found.organization_id));
        audit::about("invitation", &found.id, || format!("{organization}/invitation={}", found.id));
        if !self.parts.peppers.matches(found.pepper_version, &found.verifier, token) {
            return Err(refused());
        }
        match found.status(self.now_us()) {
            InvitationStatus::Sent => Ok(found),
            _ => Err(refused()),
        }
    }

    /// Takes an invitation back. Whoever did not accept it yet is no person of the organisation any more;
    /// whoever did stays.
    ///
    /// # Errors
    /// Not found; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_invitation(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.invitation_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let at_us = row.updated_us;
            let gone = self.parts.repo.delete_invitation(caller.org(), row.id, at_us).await;
            if gone.map_err(from_repo)? {
                return self.publish_access().await;
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    async fn invitation_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<Invitation, Error> {
        let row = self.parts.repo.invitation(caller.org(), id.to_owned()).await;
        let row = row.map_err(from_repo)?.ok_or_else(|| not_found("invitation", id))?;
        allow(caller, action, resource(&row), "invitation", id)?;
        Ok(row)
    }
}

fn resource(row: &Invitation) -> Resource<'_> {
    Resource { organization_id: &row.organization_id, thing: Thing::Identity(&row.id) }
}

/// Whether it can be one: whether it is one only a letter to it would tell.
fn is_address(text: &str) -> bool {
    let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    plain
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// The same for all that is wrong, so that nobody learns which invitations there are.
fn refused() -> Error {
    let detail =
        "the invitation is over, was accepted before, or there was none: ask for a new one";
    Error::new(ErrorKind::Forbidden, "invitation_refused", detail)
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_have_a_name_and_a_host() {
        assert!(is_address("a@b") && is_address("first.last+tag@example.com"));
        for text in ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\n"] {
            assert!(!is_address(text), "{text:?}");
        }
    }
}
