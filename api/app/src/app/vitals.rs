use common_errors::Error;

use super::App;
use crate::failures::from_repo;
use crate::model::StoreVitals;
use crate::ports::SystemWide;

/// How the control plane is, for whoever runs Weir. It names no organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Whether brokers may have other keys and rights in force than the store has.
    pub access_lags: bool,
    /// What the store says.
    pub store: StoreVitals,
}

impl App {
    /// Looks how the control plane is.
    ///
    /// # Errors
    /// The store.
    pub async fn vitals(&self) -> Result<Vitals, Error> {
        let store = self.parts.repo.vitals(SystemWide::Vitals, self.now_us()).await;
        Ok(Vitals { access_lags: self.publishing.lags(), store: store.map_err(from_repo)? })
    }
}
