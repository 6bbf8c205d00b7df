//! Connections to the other processes of the cell.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use super::join::Inner;
use crate::cell::Peers;
use crate::rpc::{Answer, CallError, Client, Request, dial};

/// How long the state of a group may be on its way.
const HAND_PATIENCE: Duration = Duration::from_secs(10);

/// Connections that are open, by address.
#[derive(Debug, Default)]
pub(super) struct Links(Mutex<BTreeMap<String, Arc<Client>>>);

impl Inner {
    /// Asks the process at an address.
    pub(super) async fn ask(
        &self,
        address: &str,
        request: &Request,
        body: Bytes,
        patience: Duration,
    ) -> Result<Answer, CallError> {
        let link = self.link(address, patience).await?;
        link.call(request, body, patience).await
    }

    async fn link(&self, address: &str, patience: Duration) -> Result<Arc<Client>, CallError> {
        let open = self.links.0.lock().get(address).cloned();
        if let Some(link) = open.filter(|link| !link.has_ended()) {
            return Ok(link);
        }
        let parts = &self.parts;
        let link = dial(&*parts.network, address, &self.me, &*parts.rng, patience).await;
        let link = Arc::new(link.map_err(|e| CallError::NotSent(e.to_string()))?);
        let mut links = self.links.0.lock();
        links.retain(|_, link| !link.has_ended());
        links.insert(address.to_owned(), Arc::clone(&link));
        Ok(link)
    }

    /// Where a broker is reached.
    pub(super) fn address_of(&self, epoch: u64) -> Option<String> {
        self.metadata()?.brokers().get(&epoch)?.peer.clone()
    }
}

/// The other brokers, by their epochs.
#[derive(Debug)]
pub(super) struct OtherBrokers(pub(super) Arc<Inner>);

impl Peers for OtherBrokers {
    fn hand(
        &self,
        to: u64,
        pg: u32,
        attempt: u64,
        state: Bytes,
    ) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let address = self.0.address_of(to);
            let address = address.ok_or_else(|| format!("nobody knows where broker {to} is"))?;
            let transfer = Request::Transfer { pg, attempt, to };
            let handed = self.0.ask(&address, &transfer, state, HAND_PATIENCE).await;
            handed.map(|_| ()).map_err(|e| e.to_string())
        })
    }
}
