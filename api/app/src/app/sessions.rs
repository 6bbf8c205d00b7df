use std::net::IpAddr;
use std::time::Duration;

use common_errors::{Error, ErrorKind};
use common_types::id::Prefix;
use common_types::identity::pool_key;

use super::App;
use super::core::allow;
use crate::audit;
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{from_repo, not_found};
use crate::model::{KeyScope, Organization, Session, User, micros};
use crate::ports::{KeyFilter, Slice, SystemWide};
use crate::session_token::session_of;

/// A session is noted as used once in this time, so that not every request writes.
const TOUCH_PAUSE: Duration = Duration::from_secs(60);

impl App {
    /// Finds out who shows this token. A session that was ended opens nothing from then on.
    ///
    /// # Errors
    /// Unauthenticated when there is no such session, when it is over, or when IP filters do not allow the
    /// address.
    pub async fn authenticate_session(
        &self,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Caller, Error> {
        let session = self.session(token).await?;
        let (organization_id, person_id) = (session.organization_id, session.person_id);
        let mut caller =
            self.known(organization_id, person_id, String::new(), KeyScope::Cloud).await?;
        if !session.claims.is_empty() {
            self.join_groups(&mut caller, &session.claims).await?;
        }
        caller.address = address;
        self.check_address(&caller).await?;
        let now_us = self.now_us();
        if now_us.saturating_sub(session.used_us) >= micros(TOUCH_PAUSE) {
            let noted = self.parts.repo.touch_session(caller.org(), session.id, now_us).await;
            noted.map_err(from_repo)?;
        }
        Ok(caller)
    }

    /// Finds out who shows this token on the REST API of a cluster: only those who may see the cluster.
    ///
    /// # Errors
    /// As above; not found.
    pub async fn authenticate_session_on(
        &self,
        token: &str,
        cluster: &str,
        address: Option<IpAddr>,
    ) -> Result<Caller, Error> {
        let caller = self.authenticate_bearer(token, address).await?;
        self.let_in_cluster(caller, cluster).await
    }

    /// Whoever may see the cluster may go on.
    pub(crate) async fn let_in_cluster(
        &self,
        caller: Caller,
        cluster: &str,
    ) -> Result<Caller, Error> {
        let row = self.kafka_cluster(&caller, cluster).await?;
        let thing = Thing::Cluster { environment_id: &row.environment_id, cluster_id: &row.id };
        let resource = Resource { organization_id: &row.organization_id, thing };
        allow(&caller, Action::Read, resource, "cluster", cluster)?;
        Ok(caller)
    }

    async fn session(&self, token: &str) -> Result<Session, Error> {
        audit::mechanism("HTTP_BEARER");
        let id = session_of(token).ok_or_else(over)?;
        audit::shown_session(&id);
        let found = self.parts.repo.any_session(SystemWide::Authentication, id).await;
        let found = found.map_err(from_repo)?.ok_or_else(over)?;
        audit::note(|draft| draft.event.organization_id.clone_from(&found.organization_id));
        if !self.parts.peppers.matches(found.pepper_version, &found.verifier, token) {
            return Err(over());
        }
        Some(found).filter(|session| session.is_open(self.now_us())).ok_or_else(over)
    }

    /// Ends the session of this token.
    ///
    /// # Errors
    /// The store.
    pub async fn sign_out(&self, caller: &Caller, token: &str) -> Result<(), Error> {
        let id = session_of(token).ok_or_else(over)?;
        // One that was ended at the same time is ended.
        self.parts.repo.delete_session(caller.org(), id).await.map_err(from_repo)?;
        Ok(())
    }

    /// The person who asks, and where they belong.
    ///
    /// # Errors
    /// Not found when the person is gone; the store.
    pub async fn myself(&self, caller: &Caller) -> Result<(User, Organization), Error> {
        let id = &caller.principal_id;
        let user = self.parts.repo.user(caller.org(), id.clone()).await.map_err(from_repo)?;
        let user = user.ok_or_else(|| not_found("user", id))?;
        let organization = self.parts.repo.organization(caller.org()).await.map_err(from_repo)?;
        let organization =
            organization.ok_or_else(|| not_found("organization", &caller.organization_id))?;
        Ok((user, organization))
    }

    /// The key that brokers know the caller by: the one that was shown, or, in a session, one of the caller's
    /// own for this cluster.
    pub(crate) async fn broker_key(&self, caller: &Caller, cluster: &str) -> Result<String, Error> {
        if !caller.key_id.is_empty() {
            return Ok(caller.key_id.clone());
        }
        if caller.principal_id.starts_with(Prefix::IdentityPool.as_str()) {
            return Ok(pool_key(&caller.principal_id, cluster));
        }
        let own = KeyFilter {
            owner_id: Some(caller.principal_id.clone()),
            resource_id: Some(cluster.to_owned()),
        };
        let one = Slice { after: None, limit: 1 };
        let found = self.parts.repo.api_keys(caller.org(), own, one).await.map_err(from_repo)?;
        found.into_iter().next().map(|key| key.id).ok_or_else(|| {
            let detail = format!(
                "brokers know people by their keys, and you have none of {cluster}: make one with \
                 resource {cluster}"
            );
            Error::new(ErrorKind::Forbidden, "no_cluster_key", detail)
        })
    }
}

fn over() -> Error {
    let detail = "the session is over, or there was none: sign in again";
    Error::new(ErrorKind::Unauthenticated, "user_unauthenticated", detail)
}
