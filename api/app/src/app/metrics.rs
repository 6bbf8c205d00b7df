use std::collections::BTreeSet;
use std::time::Duration;

use common_errors::Error;
use common_types::TenantId;
use common_types::limits::METRIC_CLUSTERS_PER_REQUEST_MAX;

use super::App;
use super::clusters::resource;
use super::core::allow;
use crate::authz::{Action, Caller, Thing};
use crate::failures::{bad_filter, forbidden, from_repo, internal, not_found};
use crate::metrics::{Field, Filter, Group, Interval, Labels, Metric, Query};

/// Time between looks at what brokers count.
const LOOK_PAUSE: Duration = Duration::from_secs(3);

/// The last whole minute of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The cluster.
    pub cluster: String,
    /// When the minute began, in microseconds since the Unix epoch.
    pub start_us: i64,
    /// Its values, by metric and labels.
    pub values: Vec<(Metric, Labels, u64)>,
}

impl App {
    /// Looks at what brokers count every few seconds. Never ends; spawn it.
    pub async fn keep_metrics(&self) {
        loop {
            self.look_at_meter().await;
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// Looks once.
    pub async fn look_at_meter(&self) {
        if let Some(told) = self.parts.meter.read().await {
            self.metrics.lock().write(self.parts.clock.wall_ms(), told);
        }
    }

    /// What a query finds, by group.
    ///
    /// # Errors
    /// No cluster named; one that the caller may not see; a missing role; the store.
    pub async fn query_metrics(&self, caller: &Caller, query: &Query) -> Result<Vec<Group>, Error> {
        let clusters = self.metered(caller, &query.filter).await?;
        Ok(self.metrics.lock().query(query, &clusters))
    }

    /// The values of fields that there are points of, in order.
    ///
    /// # Errors
    /// No cluster named; one that the caller may not see; the store.
    pub async fn metric_attributes(
        &self,
        caller: &Caller,
        metric: Option<Metric>,
        filter: &Filter,
        intervals: &[Interval],
        fields: &[Field],
    ) -> Result<BTreeSet<Vec<String>>, Error> {
        let clusters = self.metered(caller, filter).await?;
        Ok(self.metrics.lock().attributes(metric, filter, intervals, fields, &clusters))
    }

    /// The last whole minute of some clusters.
    ///
    /// # Errors
    /// No cluster named; one that the caller may not see; the store.
    pub async fn export_metrics(
        &self,
        caller: &Caller,
        clusters: &BTreeSet<&str>,
    ) -> Result<Vec<Export>, Error> {
        let tenants = self.readable(caller, clusters).await?;
        let book = self.metrics.lock();
        let export = |tenant: TenantId| {
            let (start_us, values) = book.newest(tenant);
            Export { cluster: tenant.as_str().to_owned(), start_us, values }
        };
        Ok(tenants.into_iter().map(export).collect())
    }

    async fn metered(&self, caller: &Caller, filter: &Filter) -> Result<Vec<TenantId>, Error> {
        self.readable(caller, &filter.clusters()).await
    }

    /// Clusters by their ids, each of which the caller may read.
    async fn readable(
        &self,
        caller: &Caller,
        ids: &BTreeSet<&str>,
    ) -> Result<Vec<TenantId>, Error> {
        if ids.is_empty() || ids.len() > METRIC_CLUSTERS_PER_REQUEST_MAX {
            let detail = format!(
                "name the clusters: 1 to {METRIC_CLUSTERS_PER_REQUEST_MAX} values of {}",
                Field::Cluster.name()
            );
            return Err(bad_filter(Field::Cluster.name(), detail));
        }
        let mut tenants = Vec::with_capacity(ids.len());
        for id in ids {
            let row = self.parts.repo.cluster(caller.org(), (*id).to_owned()).await;
            let row = row.map_err(from_repo)?.ok_or_else(|| not_found("cluster", id))?;
            allow(caller, Action::Read, resource(&row), "cluster", id)?;
            let (environment_id, cluster_id) = (row.environment_id.as_str(), row.id.as_str());
            let metrics = caller.own(Thing::Metrics { environment_id, cluster_id });
            // Whoever may use one topic sees the cluster, and must not learn of all its topics here.
            allow(caller, Action::Read, metrics, "cluster", id)
                .map_err(|_| forbidden(&format!("read the metrics of cluster {id}")))?;
            let tenant = row.id.parse();
            tenants.push(tenant.map_err(|e| internal(format!("a stored cluster id is bad: {e}")))?);
        }
        Ok(tenants)
    }
}
