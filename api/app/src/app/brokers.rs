use super::App;
use super::topics::TopicError;
use crate::authz::Caller;
use crate::failures::not_found;
use crate::ports::BrokerInfo;

impl App {
    /// The brokers of a cluster, by id: none before the cluster is there.
    ///
    /// # Errors
    /// Not found; the brokers.
    pub async fn brokers(
        &self,
        caller: &Caller,
        cluster: &str,
    ) -> Result<Vec<BrokerInfo>, TopicError> {
        match self.key_owner(caller, cluster).await? {
            Some(who) => Ok(self.parts.kafka.brokers(who).await?),
            None => Ok(Vec::new()),
        }
    }

    /// One broker.
    ///
    /// # Errors
    /// Not found; the brokers.
    pub async fn broker(
        &self,
        caller: &Caller,
        cluster: &str,
        id: &str,
    ) -> Result<BrokerInfo, TopicError> {
        let brokers = self.brokers(caller, cluster).await?;
        let found = brokers.into_iter().find(|broker| broker.id.to_string() == id);
        found.ok_or_else(|| not_found("broker", id).into())
    }
}
