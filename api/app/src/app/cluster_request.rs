use common_errors::Error;
use common_types::catalogue;

use crate::failures::{invalid, missing};
use crate::model::{Availability, Cluster, ClusterConfig, ClusterKind};
use crate::rules::{display_name, text};

/// What is wanted of a new cluster, as the client said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterWish {
    /// Required.
    pub display_name: Option<String>,
    /// Default `SINGLE_ZONE`.
    pub availability: Option<String>,
    /// Required; upper or lower case.
    pub cloud: Option<String>,
    /// Required.
    pub region: Option<String>,
    /// Default Basic.
    pub config: Option<ConfigWish>,
    /// Required.
    pub environment_id: Option<String>,
    /// Kept as asked.
    pub network_id: Option<String>,
    /// Kept as asked.
    pub byok_id: Option<String>,
    /// Default off.
    pub deletion_protection: Option<bool>,
}

/// What is wanted to change; absent members are left as they are.
pub type ClusterChange = ClusterWish;

/// The tier of a cluster with its settings, as the client said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigWish {
    /// Spelt exactly as one of the tiers.
    pub kind: String,
    /// Not of Dedicated.
    pub max_ecku: Option<i32>,
    /// Only of Dedicated, and required there.
    pub cku: Option<i32>,
    /// Only of Dedicated.
    pub encryption_key: Option<String>,
    /// Kept as asked.
    pub zones: Option<Vec<String>>,
    /// Only of Dedicated.
    pub release_priority: Option<String>,
}

/// The checked part of a wish.
pub(crate) struct Checked {
    pub(crate) display_name: String,
    pub(crate) availability: Availability,
    pub(crate) cloud: String,
    pub(crate) region: String,
    pub(crate) config: ClusterConfig,
}

const NAME_LENGTH_MAX: usize = 64;
/// Longest text that is kept as asked.
const KEPT_LENGTH_MAX: usize = 2048;
const RELEASE_PRIORITIES: [&str; 2] = ["REGULAR", "PRIORITY"];

/// Checks what a new cluster needs and fills in defaults.
pub(crate) fn check(wish: &ClusterWish) -> Result<Checked, Error> {
    let name = wish.display_name.clone().ok_or_else(|| missing("/spec/display_name"))?;
    for (pointer, value) in [
        ("/spec/network/id", &wish.network_id),
        ("/spec/byok/id", &wish.byok_id),
        (
            "/spec/config/encryption_key",
            &wish.config.as_ref().and_then(|c| c.encryption_key.clone()),
        ),
    ] {
        text(value.clone().unwrap_or_default(), pointer, KEPT_LENGTH_MAX)?;
    }
    let availability = match &wish.availability {
        None => Availability::SingleZone,
        Some(text) => text
            .parse()
            .map_err(|error| invalid("/spec/availability", format!("availability: {error}")))?,
    };
    let (cloud, region) = place(wish)?;
    let config = wish.config.clone().unwrap_or_else(|| ConfigWish {
        kind: ClusterKind::Basic.as_str().to_owned(),
        ..ConfigWish::default()
    });
    Ok(Checked {
        display_name: display_name(name, "/spec/display_name", NAME_LENGTH_MAX)?,
        availability,
        cloud,
        region,
        config: check_config(config, availability)?,
    })
}

fn place(wish: &ClusterWish) -> Result<(String, String), Error> {
    let cloud_name = wish.cloud.as_deref().ok_or_else(|| missing("/spec/cloud"))?;
    let region = wish.region.clone().ok_or_else(|| missing("/spec/region"))?;
    let cloud = catalogue::cloud(cloud_name).ok_or_else(|| {
        let all: Vec<_> = catalogue::CLOUDS.iter().map(|c| c.name).collect();
        let all = all.join(", ");
        invalid("/spec/cloud", format!("cloud {cloud_name:?} is not one of {all}"))
    })?;
    if !cloud.has_region(&region) {
        let all = cloud.regions.join(", ");
        return Err(invalid(
            "/spec/region",
            format!("region {region:?} of {} is not one of {all}", cloud.name),
        ));
    }
    Ok((cloud.name.to_owned(), region))
}

fn check_config(wish: ConfigWish, availability: Availability) -> Result<ClusterConfig, Error> {
    let kind: ClusterKind = wish
        .kind
        .parse()
        .map_err(|error| invalid("/spec/config/kind", format!("kind: {error}")))?;
    let dedicated = kind == ClusterKind::Dedicated;
    let only_dedicated = [
        ("cku", wish.cku.is_some()),
        ("encryption_key", wish.encryption_key.is_some()),
        ("release_priority", wish.release_priority.is_some()),
    ];
    if let Some((name, _)) = only_dedicated.iter().find(|(_, given)| *given && !dedicated) {
        let pointer = format!("/spec/config/{name}");
        return Err(invalid(&pointer, format!("{name} belongs to Dedicated clusters only")));
    }
    if dedicated && wish.max_ecku.is_some() {
        return Err(invalid("/spec/config/max_ecku", "a Dedicated cluster is sized by cku"));
    }
    if wish.max_ecku.is_some_and(|n| n < 1) {
        return Err(invalid("/spec/config/max_ecku", "max_ecku must be at least 1"));
    }
    if dedicated {
        check_cku(wish.cku, availability)?;
    }
    if let Some(given) = &wish.release_priority
        && !RELEASE_PRIORITIES.contains(&given.as_str())
    {
        let all = RELEASE_PRIORITIES.join(", ");
        let detail = format!("release_priority {given:?} is not one of {all}");
        return Err(invalid("/spec/config/release_priority", detail));
    }
    Ok(ClusterConfig {
        kind,
        max_ecku: wish.max_ecku.or_else(|| default_max_ecku(kind)),
        cku: wish.cku,
        encryption_key: wish.encryption_key,
        zones: wish.zones,
        release_priority: wish.release_priority,
    })
}

fn check_cku(cku: Option<i32>, availability: Availability) -> Result<(), Error> {
    let cku = cku.ok_or_else(|| missing("/spec/config/cku"))?;
    let least = match availability {
        Availability::SingleZone | Availability::Low => 1,
        Availability::MultiZone | Availability::High => 2,
    };
    if cku < least {
        let detail =
            format!("cku must be at least {least} with availability {}", availability.as_str());
        return Err(invalid("/spec/config/cku", detail));
    }
    Ok(())
}

/// Clients expect the default to be echoed.
fn default_max_ecku(kind: ClusterKind) -> Option<i32> {
    match kind {
        ClusterKind::Basic => Some(5),
        ClusterKind::Standard | ClusterKind::Enterprise | ClusterKind::Freight => Some(10),
        ClusterKind::Dedicated => None,
    }
}

/// Applies a change to a cluster. What cannot change must be absent or the same.
pub(crate) fn apply(change: &ClusterChange, row: &mut Cluster) -> Result<(), Error> {
    for (name, given, present) in [
        ("availability", &change.availability, Some(row.availability.as_str())),
        ("region", &change.region, Some(row.region.as_str())),
        ("network", &change.network_id, row.network_id.as_deref()),
        ("byok", &change.byok_id, row.byok_id.as_deref()),
    ] {
        if given.is_some() && given.as_deref() != present {
            return Err(fixed(name));
        }
    }
    if change.cloud.as_ref().is_some_and(|cloud| !cloud.eq_ignore_ascii_case(&row.cloud)) {
        return Err(fixed("cloud"));
    }
    if let Some(name) = &change.display_name {
        row.display_name = display_name(name.clone(), "/spec/display_name", NAME_LENGTH_MAX)?;
    }
    if let Some(config) = &change.config {
        row.config = changed_config(config.clone(), row)?;
    }
    row.deletion_protection = change.deletion_protection.unwrap_or(row.deletion_protection);
    Ok(())
}

fn changed_config(mut wish: ConfigWish, row: &Cluster) -> Result<ClusterConfig, Error> {
    let old = &row.config;
    if wish.kind.is_empty() {
        wish.kind = old.kind.as_str().to_owned();
    }
    let same_kind = wish.kind == old.kind.as_str();
    let upgrade = old.kind == ClusterKind::Basic && wish.kind == ClusterKind::Standard.as_str();
    if !same_kind && !upgrade {
        return Err(invalid(
            "/spec/config/kind",
            format!(
                "a {} cluster cannot become {:?}; only Basic can become Standard",
                old.kind.as_str(),
                wish.kind
            ),
        ));
    }
    if same_kind {
        wish.max_ecku = wish.max_ecku.or(old.max_ecku);
        wish.cku = wish.cku.or(old.cku);
        wish.encryption_key = wish.encryption_key.or_else(|| old.encryption_key.clone());
        wish.release_priority = wish.release_priority.or_else(|| old.release_priority.clone());
    }
    wish.zones = wish.zones.or_else(|| old.zones.clone());
    check_config(wish, row.availability)
}

fn fixed(name: &str) -> Error {
    invalid(
        &format!("/spec/{name}"),
        format!("{name} cannot change; delete the cluster and create another"),
    )
}
