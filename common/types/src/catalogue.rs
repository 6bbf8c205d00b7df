//! Clouds and their regions, by the providers' own names. A request that names another one is refused
//! with this list.

/// One cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cloud {
    /// `AWS`, `GCP` or `AZURE`.
    pub name: &'static str,
    /// The provider's region names, ordered.
    pub regions: &'static [&'static str],
}

impl Cloud {
    /// Whether the cloud has this region.
    #[must_use]
    pub fn has_region(&self, region: &str) -> bool {
        self.regions.binary_search(&region).is_ok()
    }
}

/// Every cloud that a cluster can be asked on.
pub const CLOUDS: &[Cloud] = &[
    Cloud { name: "AWS", regions: AWS },
    Cloud { name: "AZURE", regions: AZURE },
    Cloud { name: "GCP", regions: GCP },
];

/// Finds a cloud by its name, in upper or lower case.
#[must_use]
pub fn cloud(name: &str) -> Option<&'static Cloud> {
    CLOUDS.iter().find(|cloud| cloud.name.eq_ignore_ascii_case(name))
}

const AWS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

const AZURE: &[&str] = &[
    "australiacentral",
    "australiaeast",
    "australiasoutheast",
    "brazilsouth",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "indonesiacentral",
    "israelcentral",
    "italynorth",
    "japaneast",
    "japanwest",
    "koreacentral",
    "koreasouth",
    "mexicocentral",
    "newzealandnorth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "qatarcentral",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "southindia",
    "spaincentral",
    "swedencentral",
    "switzerlandnorth",
    "switzerlandwest",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
    "westus3",
];

const GCP: &[&str] = &[
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_ordered_and_found() {
        for cloud in CLOUDS {
            assert!(cloud.regions.is_sorted(), "{}", cloud.name);
            assert!(cloud.regions.iter().all(|r| cloud.has_region(r)));
        }
        assert!(cloud("aws").is_some_and(|c| c.has_region("us-east-1")));
        assert!(cloud("azure").is_some_and(|c| c.has_region("westeurope")));
        assert!(!cloud("GCP").is_some_and(|c| c.has_region("us-east-1")));
        assert!(cloud("oracle").is_none());
    }
}
