//! What tenants use the other brokers for.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use storage::meta::EpochState;

use super::join::{Inner, Member};
use crate::rpc::{Answer, Failure, Request, Response};
use crate::usage::UsageReport;

/// How long a broker may take: the next look comes soon.
const PATIENCE: Duration = Duration::from_secs(2);

impl Member {
    /// What tenants use the other brokers for, as far as those answer; and whether all did.
    pub async fn usage_of_others(&self) -> (Vec<UsageReport>, bool) {
        let inner = &self.inner;
        let Some(state) = inner.metadata() else { return (Vec::new(), false) };
        let active = state.brokers().values().filter(|broker| {
            state.epochs().get(&broker.epoch) == Some(&EpochState::Active)
                && broker.peer.as_ref().is_some_and(|peer| *peer != inner.parts.address)
        });
        let asked = active.filter_map(|broker| broker.peer.as_deref());
        let told = join_all(asked.map(|address| inner.ask_usage(address))).await;
        let all = told.iter().all(Option::is_some);
        (told.into_iter().flatten().collect(), all)
    }
}

impl Inner {
    async fn ask_usage(&self, address: &str) -> Option<UsageReport> {
        let answer = self.ask(address, &Request::Usage, Bytes::new(), PATIENCE).await;
        let told = match answer {
            Ok(answer) if answer.head == Response::Usage => serde_json::from_slice(&answer.body),
            Ok(_) => return None,
            Err(error) => {
                tracing::debug!(address, %error, "a broker does not tell what it is used for");
                return None;
            }
        };
        told.inspect_err(|error| tracing::debug!(address, %error, "a report cannot be read")).ok()
    }

    pub(super) fn tell_usage(&self) -> Answer {
        let Some(cell) = self.cell() else {
            return Failure::Refused("this process is no broker yet".to_owned()).into();
        };
        match serde_json::to_vec(&cell.usage()) {
            Ok(body) => Answer { head: Response::Usage, body: Bytes::from(body) },
            Err(error) => Failure::Refused(error.to_string()).into(),
        }
    }
}
