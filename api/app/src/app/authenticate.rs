use std::net::IpAddr;

use common_errors::{Error, ErrorKind};

use super::App;
use crate::audit;
use crate::authz::{Caller, grants_of};
use crate::failures::from_repo;
use crate::model::KeyScope;
use crate::ports::{OrgScope, SystemWide};

impl App {
    /// Finds out who shows this key on the control plane.
    ///
    /// # Errors
    /// Unauthenticated when the key is unknown, the secret is wrong, the key opens a cluster, or IP filters
    /// do not allow the address.
    pub async fn authenticate_cloud(
        &self,
        key: &str,
        secret: &str,
        address: Option<IpAddr>,
    ) -> Result<Caller, Error> {
        let mut caller = self.authenticate(key, secret).await?;
        caller.address = address;
        match &caller.key_scope {
            KeyScope::Cloud => {
                self.check_address(&caller).await?;
                Ok(caller)
            }
            KeyScope::Cluster { cluster_id, .. } => Err(unauthenticated(format!(
                "invalid API key: {key} opens cluster {cluster_id} only; use a Cloud API key here"
            ))),
        }
    }

    /// Finds out who shows this key on the REST API of a cluster.
    ///
    /// # Errors
    /// Unauthenticated when the key is unknown, the secret is wrong, or the key opens something else.
    pub async fn authenticate_cluster(
        &self,
        key: &str,
        secret: &str,
        cluster: &str,
    ) -> Result<Caller, Error> {
        let caller = self.authenticate(key, secret).await?;
        match &caller.key_scope {
            KeyScope::Cluster { cluster_id, .. } if cluster_id == cluster => Ok(caller),
            KeyScope::Cluster { .. } | KeyScope::Cloud => Err(unauthenticated(format!(
                "invalid API key: {key} does not open this cluster; make a key with \
                 resource {cluster}"
            ))),
        }
    }

    async fn authenticate(&self, key: &str, secret: &str) -> Result<Caller, Error> {
        audit::shown_key(key);
        let row = self.parts.repo.any_api_key(SystemWide::Authentication, key.to_owned()).await;
        let Some(row) = row.map_err(from_repo)? else {
            // The same work as for a known key, so that time does not tell which keys exist.
            self.parts.peppers.matches(0, &[0; 32], secret);
            return Err(wrong_key());
        };
        audit::note(|draft| draft.event.organization_id.clone_from(&row.organization_id));
        if !self.parts.peppers.matches(row.pepper_version, &row.verifier, secret) {
            return Err(wrong_key());
        }
        // Only who has the secret is told.
        if row.is_expired(self.now_us()) {
            return Err(unauthenticated(format!("invalid API key: {key} has expired")));
        }
        self.known(row.organization_id, row.owner_id, row.id, row.scope).await
    }

    /// A caller whose credentials were found to be right, with the roles that they have now.
    pub(crate) async fn known(
        &self,
        organization_id: String,
        principal_id: String,
        key_id: String,
        key_scope: KeyScope,
    ) -> Result<Caller, Error> {
        let principal = format!("User:{principal_id}");
        let org = OrgScope::of(&organization_id);
        let bindings = self.parts.repo.role_bindings_of(org, principal).await.map_err(from_repo)?;
        let caller = Caller {
            grants: grants_of(&bindings, &organization_id),
            principal_id,
            organization_id,
            key_id,
            key_scope,
            address: None,
        };
        audit::signed_in(&caller);
        Ok(caller)
    }
}

fn wrong_key() -> Error {
    unauthenticated("invalid API key: the key is not there or the secret is wrong")
}

fn unauthenticated(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, "user_unauthenticated", detail)
}
