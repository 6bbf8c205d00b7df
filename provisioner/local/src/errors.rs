use api_app::DataPlaneError;
use provisioner::ProviderError;

/// Sorts the cell's failures: a wish that breaks a rule is final, everything else may pass.
pub(crate) fn provider_error(error: DataPlaneError) -> ProviderError {
    match error {
        DataPlaneError::InvalidTopicName(why)
        | DataPlaneError::InvalidPartitions(why)
        | DataPlaneError::InvalidReplicationFactor(why)
        | DataPlaneError::InvalidConfig(why)
        | DataPlaneError::LimitExceeded(why) => ProviderError::BadSpec(why),
        DataPlaneError::UnknownTenant(_)
        | DataPlaneError::UnknownTopic(_)
        | DataPlaneError::TopicExists(_)
        | DataPlaneError::Forbidden(_)
        | DataPlaneError::Unavailable(_)
        | DataPlaneError::Internal(_) => ProviderError::Transient(error.to_string()),
    }
}
