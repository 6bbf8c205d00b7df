use std::sync::Arc;

use api_app::App;
use common_seams::{Clock, Rng};
use common_types::limits::{EVENT_STREAMS_MAX, REST_BODY_MAX};
use tokio::sync::Semaphore;

use crate::Home;
use crate::http::HttpCounts;
use crate::rates::{RateBook, RequestRates};

/// How the HTTP edge behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpSettings {
    /// Whether a Host header must name this machine. On for loopback listeners, so that a web page
    /// cannot reach them through a name that it controls.
    pub check_host: bool,
    /// Largest body of a request.
    pub body_max: usize,
    /// How often one principal may ask.
    pub rates: RequestRates,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { check_host: true, body_max: REST_BODY_MAX, rates: RequestRates::default() }
    }
}

/// What handlers share.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) app: Arc<App>,
    pub(crate) home: Arc<Home>,
    pub(crate) settings: HttpSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) rates: Arc<RateBook>,
    pub(crate) counts: HttpCounts,
    /// Event streams that may still be opened.
    pub(crate) streams: Arc<Semaphore>,
}

impl ApiState {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        app: Arc<App>,
        home: Home,
        settings: HttpSettings,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        let streams = Arc::new(Semaphore::new(EVENT_STREAMS_MAX));
        let (home, rates, counts) = (Arc::new(home), Arc::default(), HttpCounts::default());
        Self { app, home, settings, clock, rng, rates, counts, streams }
    }

    /// What is counted of requests, for whoever runs Weir.
    #[must_use]
    pub fn counts(&self) -> HttpCounts {
        self.counts.clone()
    }
}
