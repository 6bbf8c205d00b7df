use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use common_seams::Clock;
use object_store::RetryConfig;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};

use crate::bucket::{BucketStore, Client};
use crate::url::{Bucket, Service};
use crate::wire::{StoreClock, Wire};

/// Why a bucket cannot be opened; nothing was sent yet.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The HTTP client cannot be set up.
    #[error("HTTPS cannot be set up: {0}")]
    Http(String),
    /// A setting in the address or in the environment cannot be used.
    #[error("the object store cannot be opened: {0}")]
    Setting(String),
}

impl BucketStore {
    /// Opens a bucket. Credentials come from the variables of `environment` that the tools of its
    /// service know (`AWS_…`, `GOOGLE_…`, `AZURE_…`), or from the machine's own identity.
    ///
    /// # Errors
    /// When a setting cannot be used. Whether the store answers shows with the first call.
    pub fn open(
        bucket: &Bucket,
        environment: &BTreeMap<String, String>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let clock = StoreClock::new(clock);
        let wire = Wire::new(Arc::clone(&clock)).map_err(|e| OpenError::Http(e.to_string()))?;
        let client = match bucket.service {
            Service::S3 => s3(bucket, environment, wire),
            Service::Gcs => gcs(bucket, environment, wire),
            Service::Azure => azure(bucket, environment, wire),
        };
        let client = client.map_err(|e| OpenError::Setting(e.to_string()))?;
        Ok(Self::new(client, bucket.prefix.clone(), clock))
    }
}

/// The caller decides what is tried again.
fn never() -> RetryConfig {
    RetryConfig { max_retries: 0, retry_timeout: Duration::ZERO, ..RetryConfig::default() }
}

fn s3(
    bucket: &Bucket,
    environment: &BTreeMap<String, String>,
    wire: Wire,
) -> object_store::Result<Client> {
    let mut builder = AmazonS3Builder::new();
    for (key, value) in settings(environment, "AWS_") {
        if let Ok(key) = key.parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(region) = &bucket.region {
        builder = builder.with_region(region);
    }
    let mut endpoint = bucket.endpoint.as_ref().map(ToString::to_string);
    for variable in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"] {
        endpoint = endpoint.or_else(|| environment.get(variable).cloned());
    }
    if let Some(endpoint) = &endpoint {
        builder = builder
            .with_config(AmazonS3ConfigKey::S3Endpoint, endpoint.trim_end_matches('/'))
            .with_allow_http(endpoint.starts_with("http://"));
    }
    // Amazon wants the bucket in the host name; a server of one's own has a single one. A certificate
    // for `*.s3.amazonaws.com` does not cover a bucket with dots in its name.
    builder = builder
        .with_virtual_hosted_style_request(endpoint.is_none() && !bucket.name.contains('.'))
        .with_bucket_name(&bucket.name)
        // TLS protects the body, and its checksum is in the slot; a digest of it would cost the most.
        .with_unsigned_payload(true)
        // One deletion is one request, whose status says what became of it.
        .with_disable_bulk_delete(true)
        .with_retry(never())
        .with_http_connector(wire);
    Ok(Client::S3(builder.build()?))
}

fn gcs(
    bucket: &Bucket,
    environment: &BTreeMap<String, String>,
    wire: Wire,
) -> object_store::Result<Client> {
    let mut builder = GoogleCloudStorageBuilder::new();
    for (key, value) in settings(environment, "GOOGLE_") {
        if let Ok(key) = key.parse::<GoogleConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder.with_base_url(endpoint.as_str().trim_end_matches('/'));
    }
    builder = builder.with_bucket_name(&bucket.name).with_retry(never()).with_http_connector(wire);
    Ok(Client::Gcs(builder.build()?))
}

fn azure(
    bucket: &Bucket,
    environment: &BTreeMap<String, String>,
    wire: Wire,
) -> object_store::Result<Client> {
    let mut builder = MicrosoftAzureBuilder::new();
    for (key, value) in settings(environment, "AZURE_") {
        if let Ok(key) = key.parse::<AzureConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(account) = &bucket.account {
        builder = builder.with_account(account);
    }
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder
            .with_endpoint(endpoint.as_str().trim_end_matches('/').to_owned())
            .with_allow_http(endpoint.scheme() == "http");
    }
    builder =
        builder.with_container_name(&bucket.name).with_retry(never()).with_http_connector(wire);
    Ok(Client::Azure(builder.build()?))
}

/// Variables with this beginning, in the lower case in which settings are named.
fn settings<'a>(
    environment: &'a BTreeMap<String, String>,
    beginning: &'static str,
) -> impl Iterator<Item = (String, &'a String)> {
    let ours = environment.iter().filter(move |(name, _)| name.starts_with(beginning));
    ours.map(|(name, value)| (name.to_ascii_lowercase(), value))
}
