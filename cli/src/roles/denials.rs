//! What brokers deny, on its way to the audit log.

use std::sync::{Arc, Weak};
use std::time::Duration;

use api_app::{App, BrokerDenial};
use broker::cell::{Cell, Denial};
use broker::member::Member;
use kafka_protocol::messages::ApiKey;
use tokio_util::sync::CancellationToken;

/// How often brokers are asked.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes denials from the brokers of a cell.
pub(super) struct Denials {
    cell: Arc<Cell>,
    member: Option<Arc<Member>>,
    /// Weak, because the control plane holds the cell that holds this.
    app: Weak<App>,
}

impl Denials {
    pub(super) fn new(cell: Arc<Cell>, member: Option<Arc<Member>>, app: &Arc<App>) -> Self {
        Self { cell, member, app: Arc::downgrade(app) }
    }

    /// Until `stop`; what came before it is told.
    pub(super) async fn run(self, stop: CancellationToken) {
        loop {
            let stopped = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none();
            let Some(app) = self.app.upgrade() else { return };
            let mut some = self.cell.take_denials();
            if let Some(member) = self.member.as_ref().filter(|_| !stopped) {
                some.extend(member.denials_of_others().await);
            }
            for denied in some {
                let token = denied.token.as_ref().filter(|token| token.key_is_missing);
                if let Some(token) = token {
                    app.key_is_missing(&token.pool);
                }
                app.denied_by_broker(denial(denied));
            }
            if stopped {
                return;
            }
        }
    }
}

fn denial(denial: Denial) -> BrokerDenial {
    let method = ApiKey::try_from(denial.api).map(|api| format!("{api:?}"));
    let mechanism = if denial.token.is_some() { "SASL_OAUTHBEARER" } else { "SASL_PLAIN" };
    BrokerDenial {
        cluster_id: denial.tenant.map(|tenant| tenant.to_string()).unwrap_or_default(),
        at_us: denial.at_us,
        method: method.unwrap_or_else(|()| denial.api.to_string()),
        principal: denial.principal,
        key_id: denial.key,
        mechanism: mechanism.to_owned(),
        identity: denial.token.map(|token| token.identity).unwrap_or_default(),
        address: Some(denial.address),
        refused: denial.refused,
    }
}
