//! Finds the writer of the metadata, or becomes it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use common_seams::uuid_v4;
use futures_util::future::join_all;
use storage::meta::{EpochState, MetaError, MetaLog, Writer};

use super::join::Inner;
use super::role::Role;
use crate::controller::{Controller, ControllerParts};
use crate::meta::{LocalMeta, Rolls};
use crate::rpc::{Client, DialError, Request, Response, dial};

/// Pause before a process that is about to become the writer, or to be none any more, is asked again.
const PAUSE: Duration = Duration::from_millis(100);
/// How often it is asked.
const ASKS: u32 = 5;
/// Pause before a writer is asked again that only others can see.
const UNSEEN_PAUSE: Duration = Duration::from_secs(1);
/// Those who stand for writer do so one after another.
const RANK_PAUSE: Duration = Duration::from_millis(100);
/// Nobody waits longer for those before.
const RANK_PAUSE_MAX: Duration = Duration::from_millis(300);

/// What was found where a writer should be.
enum Found {
    Writer(Arc<Client>),
    /// Nobody, for certain or because it says so.
    Nobody,
    /// No answer, which may be the network.
    Silence,
}

impl Inner {
    /// Until there is a writer, or this process is it.
    pub(super) async fn seek(&self) -> Result<Role, MetaError> {
        loop {
            let named = tokio::select! {
                biased;
                named = MetaLog::writer(&*self.store) => named?,
                role = self.follow_again() => return Ok(role),
            };
            let mut silent = None;
            if let Some(address) = self.named_elsewhere(named.as_ref()) {
                match self.follow(&address).await {
                    Found::Writer(writer) => return Ok(self.follows(address, writer)),
                    Found::Nobody => {}
                    Found::Silence => silent = Some(self.silent_writer(address)),
                }
            }
            if self.is_leaving() {
                // One that is about to go takes nothing over.
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            tokio::time::sleep(self.rank_pause(named.is_some())).await;
            if MetaLog::writer(&*self.store).await? != named {
                continue;
            }
            match self.stand(silent).await {
                Ok(role) => return Ok(role),
                // Somebody else was faster.
                Err(MetaError::Fenced) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Finds the writer where it was before, for when the store takes long to say who it is: one answer
    /// that came late while the store is ill must not part a broker from its controller. Never, when it
    /// is not there.
    async fn follow_again(&self) -> Role {
        let before = self.followed.lock().clone();
        while let Some(address) = &before {
            match self.look_at(address).await {
                Found::Writer(writer) => return self.follows(address.clone(), writer),
                Found::Silence => tokio::time::sleep(UNSEEN_PAUSE).await,
                Found::Nobody => break,
            }
        }
        std::future::pending().await
    }

    fn follows(&self, address: String, writer: Arc<Client>) -> Role {
        tracing::info!(address, "follows the controller");
        *self.followed.lock() = Some(address.clone());
        Role::Follows { address, writer }
    }

    fn named_elsewhere(&self, named: Option<&Writer>) -> Option<String> {
        named?.address.clone().filter(|a| *a != self.parts.address)
    }

    /// What is known of a writer that does not answer: its silence began before this process controls.
    fn silent_writer(&self, address: String) -> (String, Duration) {
        let now = self.parts.clock.mono();
        (address, self.heard.lock().unwrap_or(now).min(now))
    }

    /// Looks for the writer at an address, for as long as others see it there.
    async fn follow(&self, address: &str) -> Found {
        loop {
            match self.look_at(address).await {
                Found::Silence if self.others_see(address).await => {
                    tracing::warn!(address, "others see the controller, this process does not");
                    tokio::time::sleep(UNSEEN_PAUSE).await;
                }
                found => return found,
            }
        }
    }

    async fn look_at(&self, address: &str) -> Found {
        let parts = &self.parts;
        let patience = parts.settings.answer_patience();
        let peer = match dial(&*parts.network, address, &self.me, &*parts.rng, patience).await {
            Ok(peer) => Arc::new(peer),
            Err(DialError::Refused) => return Found::Nobody,
            Err(error @ (DialError::Silent(_) | DialError::Hello(_))) => {
                tracing::warn!(address, %error, "the controller does not answer");
                return Found::Silence;
            }
        };
        for _ in 0..ASKS {
            match peer.call(&Request::Probe, Bytes::new(), patience).await.map(|a| a.head) {
                Ok(Response::Present { controller: Some(c), leaving: false, .. })
                    if c == address =>
                {
                    return Found::Writer(peer);
                }
                Ok(Response::Present { leaving: true, .. }) => return Found::Nobody,
                Ok(_) => tokio::time::sleep(PAUSE).await,
                Err(_) => return Found::Silence,
            }
        }
        Found::Nobody
    }

    /// Whether any other broker has a connection to the writer at `address`.
    async fn others_see(&self, address: &str) -> bool {
        let Some(state) = self.metadata() else { return false };
        let own = &self.parts.address;
        let others: Vec<String> = state
            .brokers()
            .values()
            .filter_map(|b| b.peer.clone())
            .filter(|peer| peer != address && peer != own)
            .collect();
        let patience = self.parts.settings.answer_patience();
        let asked = others.iter().map(|other| async move {
            let answer = self.ask(other, &Request::Probe, Bytes::new(), patience).await;
            matches!(
                answer.map(|a| a.head),
                Ok(Response::Present { controller: Some(c), .. }) if c == address
            )
        });
        join_all(asked).await.into_iter().any(|sees| sees)
    }

    /// Those with lower epochs go first, so that one usually wins without a fight.
    fn rank_pause(&self, contested: bool) -> Duration {
        let Some((cell, state)) = self.cell().zip(self.metadata()).filter(|_| contested) else {
            return Duration::ZERO;
        };
        let own = cell.epoch().0;
        let active = |e: &&u64| state.epochs().get(e) == Some(&EpochState::Active);
        let before = state.brokers().keys().filter(active).take_while(|e| **e < own).count();
        let rank = RANK_PAUSE.saturating_mul(u32::try_from(before).unwrap_or(u32::MAX));
        let jitter = self.parts.rng.below(50);
        rank.min(RANK_PAUSE_MAX) + Duration::from_millis(jitter)
    }

    /// Opens the log, which ends the term of whoever wrote it.
    async fn stand(&self, silent: Option<(String, Duration)>) -> Result<Role, MetaError> {
        let parts = &self.parts;
        let (store, cell) = (Arc::clone(&self.store), self.me.cell);
        let address = Some(parts.address.clone());
        let (known, id) = (parts.formats, uuid_v4(&*parts.rng));
        let log = MetaLog::open_knowing(known, store, cell, id, address).await?;
        tracing::info!(term = log.term(), "is the controller");
        let (after, rng) = (parts.settings.metadata_entries, Arc::clone(&parts.rng));
        let meta = LocalMeta::new(log, Rolls { after, rng });
        let controller = Controller::new(
            ControllerParts {
                store: Arc::clone(&self.store),
                me: self.me.clone(),
                groups: parts.marker.placement_groups,
                address: parts.address.clone(),
                network: Arc::clone(&parts.network),
                clock: Arc::clone(&parts.clock),
                rng: Arc::clone(&parts.rng),
                settings: parts.settings.clone(),
            },
            Arc::clone(&meta),
            silent,
        );
        Ok(Role::Controls { meta, controller })
    }

    /// Whether this process is about to go.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }
}
