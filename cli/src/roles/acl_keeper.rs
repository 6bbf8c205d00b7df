//! The control plane behind the port of brokers that change access control lists and client quotas.

use std::fmt;
use std::sync::{Arc, Weak};

use api_app::{App, BrokerClient};
use broker::cell::{AclChange, AclChanged, AclRefusal, AclWriter, Asker, QuotaChange};
use common_errors::{Error, ErrorKind};
use futures_util::future::BoxFuture;

/// Weak, because the control plane holds the cell that holds this.
pub(super) struct AclKeeper(Weak<App>);

impl AclKeeper {
    pub(super) fn new(app: &Arc<App>) -> Self {
        Self(Arc::downgrade(app))
    }
}

impl fmt::Debug for AclKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AclKeeper")
    }
}

impl AclWriter for AclKeeper {
    fn change(&self, change: AclChange) -> BoxFuture<'_, Result<AclChanged, AclRefusal>> {
        Box::pin(async move {
            let app = self.0.upgrade();
            let app = app.ok_or_else(|| AclRefusal::Away("it is stopping".to_owned()))?;
            let changed = match change {
                AclChange::Create { tenant, acls, by } => {
                    let by = client(by);
                    let made = app.create_acls_for_broker(tenant.as_str(), acls, &by).await;
                    made.map(|()| Vec::new())
                }
                AclChange::Delete { tenant, filters, by } => {
                    app.delete_acls_for_broker(tenant.as_str(), filters, &client(by)).await
                }
            };
            changed.map_err(refusal)
        })
    }

    fn change_quotas(&self, change: QuotaChange) -> BoxFuture<'_, Result<(), AclRefusal>> {
        Box::pin(async move {
            let app = self.0.upgrade();
            let app = app.ok_or_else(|| AclRefusal::Away("it is stopping".to_owned()))?;
            let QuotaChange { tenant, changes, validate_only, by } = change;
            let asked = (changes, validate_only);
            let done = app.alter_quotas_for_broker(tenant.as_str(), asked, &client(by)).await;
            done.map_err(refusal)
        })
    }
}

fn client(by: Asker) -> BrokerClient {
    let Asker { principal, key, identity, address } = by;
    BrokerClient { principal, key_id: key, identity, address }
}

fn refusal(error: Error) -> AclRefusal {
    if error.kind.retryable() || error.kind == ErrorKind::Internal {
        AclRefusal::Away(error.detail)
    } else {
        AclRefusal::Refused(error.detail)
    }
}
