//! Whether a broker that has no connection is still there.

use bytes::Bytes;

use super::driver::ControllerParts;
use super::liveness::Probed;
use crate::rpc::{DialError, Request, Response, dial};

/// Asks the process at the address of a broker who it is.
pub(super) async fn probe(
    parts: ControllerParts,
    epoch: u64,
    address: Option<String>,
) -> (u64, Probed) {
    let found = match address {
        // It knew nothing of other brokers. Whoever opens its log takes its place.
        None => Probed::Gone,
        // The broker of this process is another one by now.
        Some(address) if address == parts.address => Probed::Gone,
        Some(address) => at(&parts, epoch, &address).await,
    };
    (epoch, found)
}

async fn at(parts: &ControllerParts, epoch: u64, address: &str) -> Probed {
    let patience = parts.settings.probe_patience;
    let peer = match dial(&*parts.network, address, &parts.me, &*parts.rng, patience).await {
        Ok(peer) => peer,
        Err(DialError::Refused) => return Probed::Gone,
        // Somebody else's process answers there now, or something is wrong with the secret.
        Err(DialError::Hello(_) | DialError::Silent(_)) => return Probed::Silent,
    };
    match peer.call(&Request::Probe, Bytes::new(), patience).await.map(|a| a.head) {
        Ok(Response::Present { epoch: Some(there), .. }) if there != epoch => Probed::Gone,
        // None: it starts, and may be about to connect as this very epoch.
        Ok(_) => Probed::Here,
        Err(_) => Probed::Silent,
    }
}
