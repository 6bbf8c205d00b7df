use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

/// The format that this build writes: the number of the last step.
pub const FORMAT_VERSION: i32 = 17;

/// All steps in order.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(crate::m0001_first::Step),
            Box::new(crate::m0002_acl::Step),
            Box::new(crate::m0003_receipt::Step),
            Box::new(crate::m0004_ip_filter::Step),
            Box::new(crate::m0005_audit::Step),
            Box::new(crate::m0006_session::Step),
            Box::new(crate::m0007_invitation::Step),
            Box::new(crate::m0008_second_factor::Step),
            Box::new(crate::m0009_client_quota::Step),
            Box::new(crate::m0010_identity_provider::Step),
            Box::new(crate::m0011_notification::Step),
            Box::new(crate::m0012_sso::Step),
            Box::new(crate::m0013_security::Step),
            Box::new(crate::m0014_group_mapping::Step),
            Box::new(crate::m0015_audit_topic::Step),
            Box::new(crate::m0016_undo::Step),
            Box::new(crate::m0017_key_expiry::Step),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_version_is_the_number_of_the_last_step() {
        assert_eq!(Migrator::migrations().len(), FORMAT_VERSION as usize);
    }
}
