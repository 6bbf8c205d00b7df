use common_errors::Error;

use super::App;
use super::clusters::required_environment;
use crate::authz::{Action, Caller};
use crate::failures::{from_repo, not_found};
use crate::model::{Environment, Registry};

impl App {
    /// The registries of an environment: at most one, with the environment that says its package.
    ///
    /// # Errors
    /// No environment named; an environment that the caller may not see; the store.
    pub async fn registries(
        &self,
        caller: &Caller,
        environment_id: Option<&str>,
    ) -> Result<(Environment, Option<Registry>), Error> {
        let environment_id = required_environment(environment_id)?;
        let environment = self.environment_for(caller, Action::Read, environment_id).await?;
        let registry = self
            .parts
            .repo
            .registry(caller.org(), environment_id.to_owned())
            .await
            .map_err(from_repo)?;
        Ok((environment, registry))
    }

    /// One registry.
    ///
    /// # Errors
    /// Not found, also in another environment.
    pub async fn registry(
        &self,
        caller: &Caller,
        environment_id: Option<&str>,
        id: &str,
    ) -> Result<(Environment, Registry), Error> {
        let (environment, registry) = self.registries(caller, environment_id).await?;
        let registry = registry
            .filter(|registry| registry.id == id)
            .ok_or_else(|| not_found("schema registry", id))?;
        Ok((environment, registry))
    }
}
