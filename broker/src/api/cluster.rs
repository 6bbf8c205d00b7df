//! DescribeCluster (key 60).

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{BrokerId, DescribeClusterRequest, DescribeClusterResponse};
use kafka_protocol::protocol::StrBytes;

use super::allowed;
use crate::cell::Cell;
use crate::server::{BadRequest, Request};

pub(super) fn handle(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: DescribeClusterRequest = r.decode()?;
    let node = BrokerId(cell.settings().broker_id);
    let state = cell.metadata();
    let brokers = state.brokers().values().map(|broker| {
        let (host, port) = r.listener.of(broker);
        DescribeClusterBroker::default()
            .with_broker_id(BrokerId(broker.id))
            .with_host(StrBytes::from_string(host.to_owned()))
            .with_port(i32::from(port))
            .with_rack((!broker.zone.is_empty()).then(|| broker.zone.clone().into()))
    });
    let operations = if request.include_cluster_authorized_operations {
        allowed::cluster_operations(cell, r.session)
    } else {
        i32::MIN
    };
    let answer = DescribeClusterResponse::default()
        .with_endpoint_type(request.endpoint_type)
        .with_cluster_id(StrBytes::from_string(r.session.tenant.to_string()))
        .with_controller_id(node)
        .with_brokers(brokers.collect())
        .with_cluster_authorized_operations(operations);
    r.answer(&answer)
}
