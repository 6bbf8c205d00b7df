//! The cell as the control plane reaches it, whether it is awake or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api_app::{
    AccessPublisher, BrokerInfo, ConfigChange, ConfigEntry, DataPlane, DataPlaneError, GroupInfo,
    GroupOffset, KafkaClient, KeyOwner, Meter, NewRecord, NewTopic, PartitionInfo, PublishError,
    Readings, RecordError, TopicInfo, Written,
};
use common_types::TenantId;
use common_types::access::{AccessChange, AccessSnapshot};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, RwLock, RwLockReadGuard, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::roles::cell_port::CellPort;
use crate::roles::kafka_port::KafkaPort;
use crate::roles::local_cell::LocalCell;

/// How long a call waits for a cell to wake.
const WAKE_MAX: Duration = Duration::from_secs(30);
/// How long calls that are under way may hold up a cell that goes to rest.
const CALLS_MAX: Duration = Duration::from_secs(10);

type Answer<T> = Result<T, DataPlaneError>;

/// Calls go through to the broker in this process. Where there is none they ask for it and wait.
#[derive(Clone)]
pub(in crate::roles) struct Door(Arc<Inner>);

struct Inner {
    ports: watch::Sender<Option<Ports>>,
    knock: Notify,
    /// Held for reading by every call that is under way.
    calls: RwLock<()>,
    count: AtomicU64,
    /// The process ends: nothing wakes any more.
    leaving: CancellationToken,
}

#[derive(Clone)]
struct Ports {
    cell: CellPort,
    kafka: KafkaPort,
}

impl Door {
    pub(in crate::roles) fn new(leaving: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            ports: watch::Sender::new(None),
            knock: Notify::new(),
            calls: RwLock::new(()),
            count: AtomicU64::new(0),
            leaving,
        }))
    }

    /// Lets calls through.
    pub(in crate::roles) fn open(&self, cell: &LocalCell) {
        self.0.ports.send_replace(Some(Ports { cell: cell.port(), kafka: cell.kafka() }));
        // Whoever knocked is served now: the next rest must not end by it.
        let _ = self.0.knock.notified().now_or_never();
    }

    /// Lets no more calls through, and waits for those that are under way.
    pub(super) async fn close(&self) {
        self.0.ports.send_replace(None);
        if tokio::time::timeout(CALLS_MAX, self.0.calls.write()).await.is_err() {
            tracing::warn!("calls that take long are cut short");
        }
    }

    /// Waits until a call is in front of the closed door.
    pub(super) async fn knocked(&self) {
        self.0.knock.notified().await;
    }

    /// Calls since the process started.
    pub(super) fn calls(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    async fn enter(&self) -> Answer<(RwLockReadGuard<'_, ()>, Ports)> {
        self.0.count.fetch_add(1, Ordering::Relaxed);
        let inside = async {
            loop {
                let under_way = self.0.calls.read().await;
                let ports = self.0.ports.borrow().clone();
                if let Some(ports) = ports {
                    return Ok((under_way, ports));
                }
                drop(under_way);
                self.0.knock.notify_one();
                let mut ports = self.0.ports.subscribe();
                let awake = self.0.leaving.run_until_cancelled(ports.wait_for(Option::is_some));
                if awake.await.is_none() {
                    return Err(DataPlaneError::Unavailable("it is stopping".to_owned()));
                }
            }
        };
        let late = || DataPlaneError::Unavailable("it takes long to start".to_owned());
        tokio::time::timeout(WAKE_MAX, inside).await.unwrap_or_else(|_| Err(late()))
    }
}

/// A call of one of the ports, from inside.
macro_rules! inside {
    ($door:ident, $port:ident.$method:ident($($argument:expr),*)) => {
        Box::pin(
            async move {
                let (_under_way, ports) = $door.enter().await?;
                ports.$port.$method($($argument),*).await
            }
            .instrument(tracing::info_span!(
                target: common_seams::SPANS,
                "cell",
                otel.name = concat!("cell ", stringify!($method)),
            )),
        )
    };
}

impl DataPlane for Door {
    fn tenant_exists(&self, tenant: TenantId) -> BoxFuture<'_, Answer<bool>> {
        inside!(self, cell.tenant_exists(tenant))
    }

    fn ensure_tenant(&self, tenant: TenantId) -> BoxFuture<'_, Answer<()>> {
        inside!(self, cell.ensure_tenant(tenant))
    }

    fn remove_tenant(&self, tenant: TenantId) -> BoxFuture<'_, Answer<()>> {
        inside!(self, cell.remove_tenant(tenant))
    }

    fn create_topic(&self, tenant: TenantId, new: NewTopic) -> BoxFuture<'_, Answer<TopicInfo>> {
        inside!(self, cell.create_topic(tenant, new))
    }

    fn list_topics(&self, tenant: TenantId) -> BoxFuture<'_, Answer<Vec<TopicInfo>>> {
        inside!(self, cell.list_topics(tenant))
    }

    fn topic(&self, tenant: TenantId, name: String) -> BoxFuture<'_, Answer<TopicInfo>> {
        inside!(self, cell.topic(tenant, name))
    }

    fn delete_topic(&self, tenant: TenantId, name: String) -> BoxFuture<'_, Answer<()>> {
        inside!(self, cell.delete_topic(tenant, name))
    }

    fn create_partitions(
        &self,
        tenant: TenantId,
        name: String,
        total: i32,
    ) -> BoxFuture<'_, Answer<TopicInfo>> {
        inside!(self, cell.create_partitions(tenant, name, total))
    }

    fn topic_configs(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Answer<Vec<ConfigEntry>>> {
        inside!(self, cell.topic_configs(tenant, name))
    }

    fn alter_topic_configs(
        &self,
        tenant: TenantId,
        name: String,
        changes: Vec<ConfigChange>,
        validate_only: bool,
    ) -> BoxFuture<'_, Answer<()>> {
        inside!(self, cell.alter_topic_configs(tenant, name, changes, validate_only))
    }

    fn partitions(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Answer<Vec<PartitionInfo>>> {
        inside!(self, cell.partitions(tenant, name))
    }
}

impl KafkaClient for Door {
    fn brokers(&self, who: KeyOwner) -> BoxFuture<'_, Answer<Vec<BrokerInfo>>> {
        inside!(self, kafka.brokers(who))
    }

    fn groups(&self, who: KeyOwner) -> BoxFuture<'_, Answer<Vec<GroupInfo>>> {
        inside!(self, kafka.groups(who))
    }

    fn group(&self, who: KeyOwner, id: String) -> BoxFuture<'_, Answer<Option<GroupInfo>>> {
        inside!(self, kafka.group(who, id))
    }

    fn offsets(&self, who: KeyOwner, id: String) -> BoxFuture<'_, Answer<Vec<GroupOffset>>> {
        inside!(self, kafka.offsets(who, id))
    }

    fn produce(
        &self,
        who: KeyOwner,
        topic: String,
        records: Vec<NewRecord>,
    ) -> BoxFuture<'_, Vec<Result<Written, RecordError>>> {
        Box::pin(async move {
            match self.enter().await {
                Ok((_under_way, ports)) => ports.kafka.produce(who, topic, records).await,
                Err(error) => {
                    let away = RecordError::Unavailable(error.to_string());
                    records.iter().map(|_| Err(away.clone())).collect()
                }
            }
        })
    }
}

impl Meter for Door {
    /// Nobody knocks: a look at the meter is no use of a cell, and wakes none.
    fn read(&self) -> BoxFuture<'_, Option<Readings>> {
        Box::pin(async move {
            let _under_way = self.0.calls.read().await;
            let ports = self.0.ports.borrow().clone()?;
            Some(ports.cell.readings().await)
        })
    }
}

impl AccessPublisher for Door {
    /// Where no broker is, nobody is let in by an old snapshot: a cell that wakes gets the newest one
    /// before its first client.
    fn publish(&self, snapshot: AccessSnapshot) -> BoxFuture<'_, Result<(), PublishError>> {
        Box::pin(async move {
            let _under_way = self.0.calls.read().await;
            let ports = self.0.ports.borrow().clone();
            match ports {
                Some(ports) => ports.cell.publish(snapshot).await,
                None => Ok(()),
            }
        })
    }

    fn change(&self, change: AccessChange) -> BoxFuture<'_, Result<bool, PublishError>> {
        Box::pin(async move {
            let _under_way = self.0.calls.read().await;
            let ports = self.0.ports.borrow().clone();
            match ports {
                Some(ports) => ports.cell.change(change).await,
                None => Ok(true),
            }
        })
    }
}
