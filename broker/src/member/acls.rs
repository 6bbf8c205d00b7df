//! Changes of access control lists and client quotas, on their way to the process where the control plane is.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use storage::meta::{BrokerRow, EpochState};

use super::join::{Inner, Member};
use crate::cell::{AclChange, AclChanged, AclRefusal, AclWriter, Denial, QuotaChange};
use crate::rpc::{Answer, Failure, Request, Response};

/// How long the control plane may take: its store, and all brokers.
const PATIENCE: Duration = Duration::from_secs(5);

/// The brokers of the cell, one of which has the control plane beside it.
#[derive(Debug)]
pub(super) struct ByWhoeverKeeps(pub(super) Arc<Inner>);

impl AclWriter for ByWhoeverKeeps {
    fn change(&self, change: AclChange) -> BoxFuture<'_, Result<AclChanged, AclRefusal>> {
        Box::pin(async move {
            match self.0.acl_keeper.get() {
                Some(keeper) => keeper.change(change).await,
                None => self.0.ask_for_change(change).await,
            }
        })
    }

    fn change_quotas(&self, change: QuotaChange) -> BoxFuture<'_, Result<(), AclRefusal>> {
        Box::pin(async move {
            match self.0.acl_keeper.get() {
                Some(keeper) => keeper.change_quotas(change).await,
                None => self.0.ask_for_quotas(change).await,
            }
        })
    }
}

impl Member {
    /// The control plane is in this process: changes from all brokers go to `keeper`.
    pub fn keep_acls(&self, keeper: Arc<dyn AclWriter>) {
        // A second one would be a fault of the binary that nobody could act on.
        let _ = self.inner.acl_keeper.set(keeper);
    }

    /// What the other brokers of the cell did not let somebody do. What one that dies has noted is lost.
    pub async fn denials_of_others(&self) -> Vec<Denial> {
        let mut all = Vec::new();
        for address in self.inner.others() {
            let asked = self.inner.ask(&address, &Request::TakeDenials, Bytes::new(), PATIENCE);
            match asked.await.map(|answer| answer.head) {
                Ok(Response::Denials(some)) => all.extend(some),
                // A version from before keeps none.
                Ok(_) => {}
                Err(error) => tracing::debug!(address, %error, "a broker told of no denials"),
            }
        }
        all
    }
}

impl Inner {
    /// Who keeps the lists is not written anywhere: it is rare that they change, and brokers are few.
    async fn ask_for_change(&self, change: AclChange) -> Result<AclChanged, AclRefusal> {
        match self.ask_around(&Request::ChangeAcls(change)).await? {
            Response::AclsChanged(gone) => Ok(gone),
            _ => Err(nobody()),
        }
    }

    async fn ask_for_quotas(&self, change: QuotaChange) -> Result<(), AclRefusal> {
        match self.ask_around(&Request::ChangeQuotas(change)).await? {
            Response::QuotasChanged => Ok(()),
            _ => Err(nobody()),
        }
    }

    /// What the first broker says that carried a change out.
    async fn ask_around(&self, request: &Request) -> Result<Response, AclRefusal> {
        for address in self.others() {
            let answer = self.ask(&address, request, Bytes::new(), PATIENCE).await;
            match answer.map(|a| a.head) {
                Ok(done @ (Response::AclsChanged(_) | Response::QuotasChanged)) => return Ok(done),
                Ok(Response::AclsRefused(refusal)) => return Err(refusal),
                Ok(_) => {}
                Err(error) => tracing::debug!(address, %error, "a broker took no change"),
            }
        }
        Err(nobody())
    }

    fn others(&self) -> Vec<String> {
        let Some(state) = self.metadata() else { return Vec::new() };
        let active = |b: &&BrokerRow| state.epochs().get(&b.epoch) == Some(&EpochState::Active);
        let peers = state.brokers().values().filter(active).filter_map(|b| b.peer.clone());
        peers.filter(|peer| *peer != self.parts.address).collect()
    }

    /// Another broker asks.
    pub(super) async fn keep_change(&self, change: AclChange) -> Answer {
        let Some(keeper) = self.acl_keeper.get() else {
            return Failure::Refused("the control plane is not here".to_owned()).into();
        };
        match keeper.change(change).await {
            Ok(gone) => Response::AclsChanged(gone).into(),
            Err(refusal) => Response::AclsRefused(refusal).into(),
        }
    }

    pub(super) async fn keep_quota_change(&self, change: QuotaChange) -> Answer {
        let Some(keeper) = self.acl_keeper.get() else {
            return Failure::Refused("the control plane is not here".to_owned()).into();
        };
        match keeper.change_quotas(change).await {
            Ok(()) => Response::QuotasChanged.into(),
            Err(refusal) => Response::AclsRefused(refusal).into(),
        }
    }
}

fn nobody() -> AclRefusal {
    AclRefusal::Away("no broker that answers has it beside it".to_owned())
}
