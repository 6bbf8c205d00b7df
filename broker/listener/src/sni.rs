//! The tenant in a server name.

use common_types::TenantId;

/// `lkc-abc.weir.localhost` asks for the tenant `lkc-abc`; other names ask for none.
pub(crate) fn tenant_of(server_name: Option<&str>) -> Option<TenantId> {
    let first = server_name?.split('.').next()?;
    if !first.starts_with("lkc-") {
        return None;
    }
    first.to_ascii_lowercase().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::tenant_of;

    #[test]
    fn only_cluster_ids_name_a_tenant() {
        let tenant = |name| tenant_of(Some(name)).map(|t| t.to_string());
        assert_eq!(tenant("lkc-7q2m9k.weir.localhost").as_deref(), Some("lkc-7q2m9k"));
        assert_eq!(tenant("localhost"), None);
        assert_eq!(tenant("lkc-far-too-long-for-an-id.weir.localhost"), None);
        assert_eq!(tenant_of(None), None);
    }
}
