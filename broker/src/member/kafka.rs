//! Kafka requests for the owner of a key, to whichever broker has to answer.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use common_types::TenantId;

use super::join::{Inner, Member};
use crate::rpc::{Answer, Failure, Request, Response};
use crate::server::Server;

/// How long another broker may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl Member {
    /// Requests of other processes for the owner of a key are answered by `server`.
    pub fn answer_with(&self, server: &Arc<Server>) {
        // A second one would be a fault of the binary that nobody could act on.
        let _ = self.inner.server.set(Arc::downgrade(server));
    }

    /// Has the broker with an id answer a request for the owner of a key.
    ///
    /// # Errors
    /// When it does not answer, with the reason.
    pub async fn ask_for(
        &self,
        broker: i32,
        tenant: TenantId,
        key: String,
        frame: Bytes,
    ) -> Result<Bytes, String> {
        let address = self.inner.address_of_broker(broker);
        let address = address.ok_or_else(|| format!("broker {broker} is not there"))?;
        let request = Request::Kafka { tenant, key };
        let answer = self.inner.ask(&address, &request, frame, PATIENCE).await;
        let answer = answer.map_err(|e| e.to_string())?;
        match answer.head {
            Response::Kafka => Ok(answer.body),
            Response::Failed(failure) => Err(failure.to_string()),
            _ => Err(format!("broker {broker} gave another answer")),
        }
    }
}

impl Inner {
    fn address_of_broker(&self, broker: i32) -> Option<String> {
        let state = self.metadata()?;
        let row = state.brokers().values().find(|row| row.id == broker)?;
        row.peer.clone()
    }

    pub(super) async fn answer_for(&self, tenant: TenantId, key: &str, frame: Bytes) -> Answer {
        let Some(server) = self.server.get().and_then(Weak::upgrade) else {
            return Failure::Refused("this process serves no Kafka yet".to_owned()).into();
        };
        match server.answer_for(tenant, key, frame).await {
            Ok(body) => Answer { head: Response::Kafka, body },
            Err(error) => Failure::Refused(error.to_string()).into(),
        }
    }
}
