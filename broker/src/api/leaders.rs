//! Tells clients who leads a partition, when they asked this broker for it and another one does.

use std::collections::BTreeMap;

use protocol::error_code;
use protocol::leader::{CurrentLeader, NodeEndpoint};

use crate::cell::{Cell, Topic};
use crate::server::Listener;

/// The leaders that one answer names.
pub(super) struct Leaders<'a> {
    cell: &'a Cell,
    listener: &'a Listener,
    endpoints: BTreeMap<i32, NodeEndpoint>,
}

impl<'a> Leaders<'a> {
    pub(super) fn new(cell: &'a Cell, listener: &'a Listener) -> Self {
        Self { cell, listener, endpoints: BTreeMap::new() }
    }

    /// Who leads a partition, when `error` says that the client does not know.
    pub(super) fn of(&mut self, error: i16, topic: &Topic, index: i32) -> Option<CurrentLeader> {
        let unknown = [error_code::NOT_LEADER_OR_FOLLOWER, error_code::FENCED_LEADER_EPOCH];
        if !unknown.contains(&error) {
            return None;
        }
        let (broker, epoch) = self.cell.led_elsewhere(topic.partition(index)?.pg.id)?;
        let (host, port) = self.listener.of(&broker);
        let endpoint = NodeEndpoint { id: broker.id, host: host.to_owned(), port };
        self.endpoints.insert(broker.id, endpoint);
        Some(CurrentLeader { id: broker.id, epoch })
    }

    /// Where the leaders are reached.
    pub(super) fn endpoints(self) -> Vec<NodeEndpoint> {
        self.endpoints.into_values().collect()
    }
}
