use common_types::TenantId;
use common_types::limits::COORDINATOR_SLOTS;
use crc_fast::{CrcAlgorithm, Digest};

/// The name of the hash that picks a coordinator slot, as written in a cell's description.
pub const SLOT_HASH: &str = "crc32c-v1";

/// The coordinator slot of a group: CRC-32C of the tenant's 16 bytes, a zero byte and the group id,
/// modulo [`COORDINATOR_SLOTS`].
///
/// Frozen: a group whose slot changed would lose its committed offsets.
#[must_use]
pub fn coordinator_slot(tenant: &TenantId, group: &str) -> u32 {
    let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
    digest.update(tenant.as_bytes());
    digest.update(&[0]);
    digest.update(group.as_bytes());
    let slots = u64::from(COORDINATOR_SLOTS);
    u32::try_from(digest.finalize() % slots).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_frozen() {
        let golden = [
            ("lkc-7q2m9k", "orders-app", 222),
            ("lkc-7q2m9k", "", 107),
            ("lkc-000001", "orders-app", 199),
            ("weir-system", "größe", 87),
        ];
        for (tenant, group, slot) in golden {
            let tenant: TenantId = tenant.parse().unwrap();
            assert_eq!(coordinator_slot(&tenant, group), slot, "{tenant} {group}");
        }
    }

    #[test]
    fn every_slot_is_used() {
        let tenant: TenantId = "lkc-7q2m9k".parse().unwrap();
        let used: std::collections::BTreeSet<u32> =
            (0..10_000).map(|n| coordinator_slot(&tenant, &format!("group-{n}"))).collect();
        assert_eq!(used.len(), 256);
    }
}
