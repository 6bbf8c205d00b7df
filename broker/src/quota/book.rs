use std::collections::HashMap;
use std::time::Duration;

use common_types::TenantId;
use parking_lot::Mutex;

use super::window::Window;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Into the cluster.
    Ingress,
    /// Out of it.
    Egress,
}

/// What principals have used of their quotas. Only principals with a quota are in it, and those of a snapshot
/// before are dropped with the next one.
#[derive(Debug, Default)]
pub(crate) struct QuotaBook(Mutex<HashMap<TenantId, HashMap<String, Windows>>>);

#[derive(Debug, Default)]
struct Windows {
    ingress: Window,
    egress: Window,
}

impl QuotaBook {
    /// Takes `bytes` of a principal's `rate`. Returns for how long it may take no more.
    pub(crate) fn take(
        &self,
        (tenant, principal): (TenantId, &str),
        (direction, rate): (Direction, u64),
        bytes: usize,
        now: Duration,
    ) -> Duration {
        let mut book = self.0.lock();
        let tenant = book.entry(tenant).or_default();
        if !tenant.contains_key(principal) {
            tenant.insert(principal.to_owned(), Windows::default());
        }
        let Some(windows) = tenant.get_mut(principal) else { return Duration::ZERO };
        let window = match direction {
            Direction::Ingress => &mut windows.ingress,
            Direction::Egress => &mut windows.egress,
        };
        window.take(now, rate, bytes)
    }

    /// Drops what is not wanted any more.
    pub(crate) fn keep(&self, wanted: impl Fn(TenantId, &str) -> bool) {
        self.0.lock().retain(|tenant, principals| {
            principals.retain(|principal, _| wanted(*tenant, principal));
            !principals.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_principals_and_tenants_do_not_slow_each_other() {
        let book = QuotaBook::default();
        let (one, two) = ("lkc-1".parse().unwrap(), "lkc-2".parse().unwrap());
        let take = |tenant, principal, direction| {
            let now = Duration::from_secs(100);
            book.take((tenant, principal), (direction, 100), 150, now)
        };
        let (half, zero) = (Duration::from_millis(500), Duration::from_secs(2));
        assert_eq!(take(one, "sa-1", Direction::Ingress), half);
        assert_eq!(take(one, "sa-1", Direction::Egress), half);
        assert_eq!(take(one, "sa-2", Direction::Ingress), half);
        assert_eq!(take(two, "sa-1", Direction::Ingress), half);
        assert_eq!(take(one, "sa-1", Direction::Ingress), zero, "its own debt");
        book.keep(|tenant, principal| (tenant, principal) == (one, "sa-2"));
        assert_eq!(take(one, "sa-1", Direction::Ingress), half, "forgotten");
        assert_eq!(take(one, "sa-2", Direction::Ingress), zero, "kept");
    }
}
