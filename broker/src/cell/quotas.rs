//! What a session may use, by the snapshot in force and by how many brokers share the cell.

use std::time::Duration;

use common_types::TenantId;
use common_types::quota::Quotas;
use storage::meta::EpochState;

use super::{Cell, Session};
use crate::access::AccessBook;
use crate::quota::Direction;

/// What one Fetch may bring at most, as time at the full rate: more in one answer would be more silence at
/// once.
const FETCH_SECONDS: u64 = 1;

impl Cell {
    /// Counts bytes of a session against its quota. Returns for how long its connection is not to be read;
    /// nothing where no quota holds.
    pub(crate) fn charge(&self, session: &Session, direction: Direction, bytes: usize) -> Duration {
        let Some(rate) = self.rate_of(session, direction) else { return Duration::ZERO };
        let whose = (session.tenant, owner(session));
        self.quotas.take(whose, (direction, rate), bytes, self.clock.mono())
    }

    /// Bytes that one Fetch of a session may bring, where it has a quota: the first batch comes all the same.
    pub(crate) fn fetch_limit(&self, session: &Session) -> Option<usize> {
        let rate = self.rate_of(session, Direction::Egress)?;
        Some(usize::try_from(rate.saturating_mul(FETCH_SECONDS)).unwrap_or(usize::MAX))
    }

    /// The client quotas of a tenant.
    pub(crate) fn quotas_of(&self, tenant: TenantId) -> Quotas {
        self.access.load().tenant(tenant).map(|it| it.quotas.clone()).unwrap_or_default()
    }

    /// Bytes a second that this broker lets through: the quota's even share.
    fn rate_of(&self, session: &Session, direction: Direction) -> Option<u64> {
        let access = self.access.load();
        let limits = access.tenant(session.tenant)?.quotas.of(owner(session));
        let whole = match direction {
            Direction::Ingress => limits.ingress,
            Direction::Egress => limits.egress,
        };
        whole.map(|rate| (rate / self.active_brokers()).max(1))
    }

    /// Brokers that serve the cell now, this one counted even before it is known.
    fn active_brokers(&self) -> u64 {
        if self.alone {
            return 1;
        }
        let state = self.metadata();
        let active = |epoch: &&u64| state.epochs().get(epoch) == Some(&EpochState::Active);
        (state.brokers().values().map(|broker| &broker.epoch).filter(active).count() as u64).max(1)
    }

    /// Forgets what was used under quotas that hold no more.
    pub(super) fn forget_quotas(&self, book: &AccessBook) {
        self.quotas.keep(|tenant, principal| {
            let limits = book.tenant(tenant).map(|it| it.quotas.of(principal));
            let limited = limits.is_some_and(|it| it.ingress.is_some() || it.egress.is_some());
            limited && book.has_key_of(tenant, principal)
        });
    }
}

/// Without the `User:` prefix, as quotas name it.
fn owner(session: &Session) -> &str {
    session.principal.strip_prefix("User:").unwrap_or(&session.principal)
}
