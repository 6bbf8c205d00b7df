use api_client::Path;
use serde_json::Value;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::kafka::{Bootstrap, Cluster, Protocol, Sasl};

/// Where and as whom Kafka is spoken to.
///
/// The address of the context serves every cluster of a local Weir. Without one the cluster's own
/// address is asked for, and it wants TLS.
pub(super) async fn connect(
    ctx: &Ctx,
    cluster: &str,
    environment: Option<&str>,
) -> Result<Cluster, CliError> {
    let Some(key) = ctx.kafka_key(cluster) else {
        let message = format!("no key for cluster \"{cluster}\" is known");
        return Err(CliError::new(
            common_errors::ErrorKind::Unauthenticated,
            "kafka.no_key",
            message,
        )
        .suggest(format!("Make one with `weir api-key create --cluster {cluster} --use`."))
        .suggest("Or set WEIR_KAFKA_API_KEY and WEIR_KAFKA_API_SECRET."));
    };
    let sasl = Sasl { key: key.key.clone(), secret: key.secret.clone() };
    let settings = &ctx.settings;
    let context = &settings.context;
    let bootstrap = if let Some(address) = &settings.kafka_bootstrap.value {
        Bootstrap::parse(address, Protocol::SaslSsl)?
    } else if let Some(address) = &context.kafka_bootstrap {
        Bootstrap::parse(address, Protocol::SaslPlaintext)?
    } else if let Some(address) = &context.kafka_tls_bootstrap {
        Bootstrap::parse(address, Protocol::SaslSsl)?
    } else {
        Bootstrap::parse(&announced(ctx, cluster, environment).await?, Protocol::SaslSsl)?
    };
    Cluster::new(bootstrap, settings.ca_cert.value.clone(), sasl)
}

async fn announced(
    ctx: &Ctx,
    cluster: &str,
    environment: Option<&str>,
) -> Result<String, CliError> {
    let environment = ctx.environment(environment).await?;
    let path = Path::new("/cmk/v2/clusters").segment(cluster).query("environment", &environment);
    let found = ctx.api()?.get(&path).await?;
    let address = found.pointer("/spec/kafka_bootstrap_endpoint").and_then(Value::as_str);
    address.filter(|a| !a.is_empty()).map(str::to_owned).ok_or_else(|| {
        let message = format!("cluster \"{cluster}\" has no Kafka address yet");
        CliError::new(common_errors::ErrorKind::Unavailable, "cluster.no_address", message)
            .suggest(format!("See its state with `weir cluster get {cluster}`."))
    })
}
