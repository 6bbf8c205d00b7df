use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a device that wants to be signed in is told.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewDeviceCode {
    /// What it shows when it asks. A secret of the device.
    pub device_code: String,
    /// What its person types where they are signed in: `BCDF-GHJK`.
    pub user_code: String,
    /// Where there is a page for that.
    pub verification_uri: String,
    /// Seconds that it may wait.
    pub expires_in: u64,
    /// Seconds that it pauses between two questions.
    pub interval: u64,
}

/// A device that waits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceCode {
    /// What its person types.
    pub user_code: String,
    /// From where it asked; empty when that is not known.
    pub address: String,
    /// Seconds that it still waits.
    pub expires_in: u64,
}

/// What somebody says about a device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceDecision {
    /// Whether it may act for them.
    #[serde(default)]
    pub approve: bool,
}

/// A device that asks whether it was approved.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceSessionCreate {
    /// What it was told.
    #[serde(default)]
    pub device_code: String,
}
