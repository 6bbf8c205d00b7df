use common_types::acl::Operation;

use super::App;
use super::topics::TopicError;
use crate::authz::Caller;
use crate::ports::{KeyOwner, NewRecord, RecordError, Written};

/// Somebody who may write to a topic. Brokers decide again with each record.
#[derive(Debug, Clone)]
pub struct Writer {
    who: KeyOwner,
    topic: String,
}

impl App {
    /// Lets a caller write to a topic that is there.
    ///
    /// # Errors
    /// Not found; a missing right; the cell.
    pub async fn writer(
        &self,
        caller: &Caller,
        cluster: &str,
        topic: &str,
    ) -> Result<Writer, TopicError> {
        let tenant = self.served(caller, cluster, topic, Operation::Write).await?;
        self.parts.data_plane.topic(tenant, topic.to_owned()).await?;
        let who = KeyOwner { tenant, key: self.broker_key(caller, cluster).await? };
        Ok(Writer { who, topic: topic.to_owned() })
    }

    /// Writes records and waits until they are durable: one answer a record, in their order.
    pub async fn write(
        &self,
        writer: &Writer,
        records: Vec<NewRecord>,
    ) -> Vec<Result<Written, RecordError>> {
        self.parts.kafka.produce(writer.who.clone(), writer.topic.clone(), records).await
    }
}
