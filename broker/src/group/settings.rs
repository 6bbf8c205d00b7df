use std::time::Duration;

use super::GroupError;
use super::message::JoinRequest;

/// What an operator may choose about groups. The defaults are Kafka's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSettings {
    /// How long the first join of an empty group waits for more members.
    pub initial_rebalance_delay: Duration,
    /// Shortest session time-out a member may ask for.
    pub session_timeout_min: Duration,
    /// Longest session time-out a member may ask for.
    pub session_timeout_max: Duration,
    /// Most members of one group, and most ids handed out to members that have not joined yet.
    pub group_size_max: usize,
    /// Longest text, in bytes, committed beside an offset.
    pub offset_metadata_size_max: usize,
    /// How long an offset stays after its group stopped using it, counted in running time.
    pub offsets_retention: Duration,
    /// How often offsets are looked through for expiry.
    pub offsets_retention_check_interval: Duration,
    /// How long a member that has just joined may wait for a slow rebalance before it is taken for
    /// gone: its process may have died without a word while the answer was held back.
    pub new_member_timeout: Duration,
}

impl GroupSettings {
    /// The delay for a cell on one machine.
    ///
    /// Kafka waits 3 s because the members of a rolling deployment start within seconds of one another
    /// and each late one costs a rebalance. On a laptop one or two consumers start, a person waits for
    /// the first record, and one more rebalance of a small group takes milliseconds.
    pub const INITIAL_REBALANCE_DELAY_LOCAL: Duration = Duration::from_millis(150);

    /// Longest group, member, instance and protocol name in bytes: Kafka's records hold them with a
    /// signed 16-bit length, and member ids are made of a client id and a suffix.
    pub const NAME_SIZE_MAX: usize = 16 * 1024;

    /// Checks what a join may not ask of any group.
    pub(super) fn check_join(&self, request: &JoinRequest) -> Result<(), GroupError> {
        let fits = |name: &str| name.len() <= Self::NAME_SIZE_MAX;
        if request.key.group.is_empty() || !fits(&request.key.group) {
            return Err(GroupError::InvalidGroupId);
        }
        let session = u64::try_from(request.session_timeout_ms).unwrap_or(0);
        let bounds = self.session_timeout_min..=self.session_timeout_max;
        if !bounds.contains(&Duration::from_millis(session)) {
            return Err(GroupError::InvalidSessionTimeout);
        }
        let names = [&request.member_id, &request.protocol_type, &request.client_host];
        let protocols = request.protocols.iter().map(|p| &p.name);
        let mut all = names.into_iter().chain(&request.instance_id).chain(protocols);
        // An empty instance id would be a name that an operator cannot give.
        let unnamed = request.instance_id.as_ref().is_some_and(|i| i.is_empty());
        if unnamed || !all.all(|name| fits(name)) {
            return Err(GroupError::InvalidRequest);
        }
        Ok(())
    }
}

impl Default for GroupSettings {
    fn default() -> Self {
        Self {
            initial_rebalance_delay: Duration::from_secs(3),
            session_timeout_min: Duration::from_secs(6),
            session_timeout_max: Duration::from_secs(30 * 60),
            group_size_max: 10_000,
            offset_metadata_size_max: 4096,
            offsets_retention: Duration::from_secs(7 * 24 * 60 * 60),
            offsets_retention_check_interval: Duration::from_secs(10 * 60),
            new_member_timeout: Duration::from_secs(5 * 60),
        }
    }
}
