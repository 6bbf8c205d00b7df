use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use common_errors::ErrorKind;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{
    FindCoordinatorRequest, FindCoordinatorResponse, MetadataRequest, MetadataResponse, TopicName,
};
use kafka_protocol::protocol::{Request, StrBytes};

use super::address::{Bootstrap, Protocol};
use super::connection::{Connection, Sasl};
use super::error::{refused, retriable};
use super::tls;
use crate::error::CliError;
use crate::similar;

/// How often metadata is asked for before a missing leader is an error.
const METADATA_ATTEMPTS_MAX: u32 = 40;
/// Pause between those attempts.
const METADATA_PAUSE: Duration = Duration::from_millis(250);

/// Connections to the brokers of one cluster.
pub(crate) struct Cluster {
    bootstrap: Bootstrap,
    tls: Option<Arc<rustls::ClientConfig>>,
    sasl: Sasl,
    first: Option<Connection>,
    brokers: BTreeMap<i32, String>,
    open: BTreeMap<i32, Connection>,
}

/// Which broker leads each partition of a topic.
pub(super) type Leaders = BTreeMap<i32, i32>;

impl Cluster {
    /// Prepares; nothing is opened yet.
    pub(crate) fn new(
        bootstrap: Bootstrap,
        ca: Option<PathBuf>,
        sasl: Sasl,
    ) -> Result<Self, CliError> {
        let tls = match bootstrap.protocol {
            Protocol::SaslSsl => Some(tls::client_config(ca.as_deref())?),
            Protocol::SaslPlaintext => None,
        };
        let (brokers, open) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { bootstrap, tls, sasl, first: None, brokers, open })
    }

    /// The leaders of every partition of a topic, once each has one.
    pub(super) async fn leaders(&mut self, topic: &str) -> Result<Leaders, CliError> {
        for attempt in 1.. {
            let found = self.topic_metadata(topic).await?;
            let codes = found.partitions.iter().map(|p| p.error_code);
            let code = std::iter::once(found.error_code).chain(codes).find(|code| *code != 0);
            match code {
                None => {
                    let leaders =
                        found.partitions.iter().map(|p| (p.partition_index, p.leader_id.0));
                    return Ok(leaders.collect());
                }
                Some(3) => return Err(self.unknown_topic(topic).await),
                Some(code) if retriable(code) && attempt < METADATA_ATTEMPTS_MAX => {
                    tokio::time::sleep(METADATA_PAUSE).await;
                }
                Some(code) => {
                    return Err(refused(&format!("cannot use topic \"{topic}\""), code, None));
                }
            }
        }
        Err(CliError::internal("kafka.metadata", "metadata was never asked for"))
    }

    /// A connection to one broker, opened when needed.
    pub(super) async fn broker(&mut self, id: i32) -> Result<&mut Connection, CliError> {
        if !self.open.contains_key(&id) {
            let Some(address) = self.brokers.get(&id) else {
                let message =
                    format!("the cluster names broker {id} as leader but not its address");
                return Err(CliError::new(ErrorKind::Unavailable, "kafka.broker", message));
            };
            let made = Connection::open(address, self.tls.as_ref(), &self.sasl).await?;
            self.open.insert(id, made);
        }
        self.open
            .get_mut(&id)
            .ok_or_else(|| CliError::internal("kafka.broker", "the connection is gone"))
    }

    /// Forgets a broker that does not answer, so that the next attempt asks anew who leads.
    pub(super) fn forget(&mut self, id: i32) {
        self.open.remove(&id);
    }

    /// Waits a little and asks who leads now, until the attempts are used up.
    pub(super) async fn next_leaders(
        &mut self,
        topic: &str,
        attempt: u32,
    ) -> Result<Option<Leaders>, CliError> {
        if attempt >= METADATA_ATTEMPTS_MAX {
            return Ok(None);
        }
        tokio::time::sleep(METADATA_PAUSE).await;
        self.leaders(topic).await.map(Some)
    }

    /// Finds a group's coordinator, once there is one.
    pub(super) async fn find_coordinator(
        &mut self,
        request: &FindCoordinatorRequest,
    ) -> Result<FindCoordinatorResponse, CliError> {
        let mut attempt = 1;
        loop {
            let response = self.ask_any(request).await?;
            if !retriable(response.error_code) || attempt == METADATA_ATTEMPTS_MAX {
                return Ok(response);
            }
            attempt += 1;
            tokio::time::sleep(METADATA_PAUSE).await;
        }
    }

    /// Asks any broker; the one that answered the last time may have ended since.
    async fn ask_any<R: Request>(&mut self, request: &R) -> Result<R::Response, CliError> {
        if self.first.is_some() {
            match self.any().await?.call(request).await {
                Err(error) if error.kind == ErrorKind::Unavailable => self.first = None,
                answer => return answer,
            }
        }
        self.any().await?.call(request).await
    }

    /// A connection to any broker.
    async fn any(&mut self) -> Result<&mut Connection, CliError> {
        if self.first.is_none() {
            self.first = Some(self.open_first().await?);
        }
        self.first
            .as_mut()
            .ok_or_else(|| CliError::internal("kafka.broker", "the connection is gone"))
    }

    /// Opens a connection to a given address, such as a group's coordinator.
    pub(super) async fn at(&self, address: &str) -> Result<Connection, CliError> {
        Connection::open(address, self.tls.as_ref(), &self.sasl).await
    }

    async fn open_first(&self) -> Result<Connection, CliError> {
        let mut last = None;
        for address in &self.bootstrap.addresses {
            match Connection::open(address, self.tls.as_ref(), &self.sasl).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| CliError::usage("kafka.bootstrap", "no Kafka address is given")))
    }

    async fn topic_metadata(&mut self, topic: &str) -> Result<MetadataResponseTopic, CliError> {
        let name = TopicName(StrBytes::from_string(topic.to_owned()));
        let asked = vec![MetadataRequestTopic::default().with_name(Some(name))];
        let response = self.metadata(Some(asked)).await?;
        let found = response.topics.into_iter().next();
        found.ok_or_else(|| CliError::internal("kafka.metadata", "the broker left the topic out"))
    }

    async fn metadata(
        &mut self,
        topics: Option<Vec<MetadataRequestTopic>>,
    ) -> Result<MetadataResponse, CliError> {
        let request =
            MetadataRequest::default().with_topics(topics).with_allow_auto_topic_creation(false);
        let response = self.ask_any(&request).await?;
        let brokers = response.brokers.iter();
        self.brokers = brokers.map(|b| (b.node_id.0, join(b.host.as_str(), b.port))).collect();
        Ok(response)
    }

    async fn unknown_topic(&mut self, topic: &str) -> CliError {
        let message = format!("there is no topic \"{topic}\"");
        let error = CliError::new(ErrorKind::NotFound, "topic.unknown", message);
        // The suggestion is a courtesy: without the list of topics the error stands alone.
        let Ok(all) = self.metadata(None).await else {
            return error;
        };
        let names: Vec<String> =
            all.topics.iter().filter_map(|t| t.name.as_ref().map(|n| n.to_string())).collect();
        let error = match similar::closest(topic, names.iter().map(String::as_str)) {
            Some(close) => error.suggest(format!("Did you mean \"{close}\"?")),
            None => error.suggest("See the topics with `weir topic list`."),
        };
        error.suggest(format!("Create it with `weir topic create {topic}`."))
    }
}

pub(super) fn join(host: &str, port: i32) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
