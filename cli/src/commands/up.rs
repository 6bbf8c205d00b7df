use std::path::PathBuf;
use std::time::Duration;

use api_app::{Cidr, SecurityRules};

use crate::config::Dirs;
use crate::duration;
use crate::error::CliError;
use crate::output::Outcome;
use crate::roles::{
    Asked, BackgroundBytes, Encryption, Fsync, MemoryFolder, RequestRates, Settings, TraceSettings,
    detach, parse_database, up,
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir up\n  weir up --detach\n  weir up --memory --kafka-addr 127.0.0.1:0"
)]
pub(crate) struct Args {
    /// Folder for everything that is stored [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
    /// Where the API listens [default: 127.0.0.1:8080, or a free port]
    #[arg(long, value_name = "ADDR", env = "WEIR_API_ADDR", hide_env = true)]
    api_addr: Option<String>,
    /// Where Kafka listens without TLS [default: 127.0.0.1:9092, or a free port]
    #[arg(long, value_name = "ADDR", env = "WEIR_KAFKA_ADDR", hide_env = true)]
    kafka_addr: Option<String>,
    /// Where Kafka listens with TLS [default: 127.0.0.1:9093, or a free port]
    #[arg(long, value_name = "ADDR", env = "WEIR_KAFKA_TLS_ADDR", hide_env = true)]
    kafka_tls_addr: Option<String>,
    /// Where /metrics listens, for Prometheus [default: nowhere]
    #[arg(long, value_name = "ADDR", env = "WEIR_METRICS_ADDR", hide_env = true)]
    metrics_addr: Option<String>,
    /// Send spans to this collector: a URL that takes OTLP over HTTP [default: nowhere]
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env = true)]
    otlp_endpoint: Option<String>,
    /// Part of the traces that is kept
    #[arg(
        long,
        value_name = "0..1",
        env = "WEIR_TRACE_RATIO",
        hide_env = true,
        default_value_t = 1.0,
        value_parser = parse_ratio
    )]
    trace_ratio: f64,
    /// Reserved for the schema registry; nothing listens there yet
    #[arg(
        long,
        value_name = "ADDR",
        env = "WEIR_REGISTRY_ADDR",
        hide_env = true,
        default_value = "127.0.0.1:8081"
    )]
    registry_addr: String,
    /// Host that clients are told, when it is not the address that is listened on
    #[arg(long, value_name = "HOST", env = "WEIR_ADVERTISED_HOST", hide_env = true)]
    advertised_host: Option<String>,
    /// Keep records in this store, which the folder remembers: file:///path, s3://bucket/prefix
    #[arg(
        long,
        value_name = "URL",
        env = "WEIR_STORE",
        hide_env = true,
        conflicts_with_all = ["fsync", "memory"]
    )]
    store: Option<String>,
    /// Keep topics and leadership in this etcd instead: etcd://host:2379,host:2379/prefix
    #[arg(
        long,
        value_name = "URL",
        env = "WEIR_META_STORE",
        hide_env = true,
        conflicts_with_all = ["fsync", "memory"]
    )]
    meta_store: Option<String>,
    /// Keep environments, clusters and keys in this Postgres, which the folder remembers: postgres://user@host/database
    #[arg(
        long,
        value_name = "URL",
        env = "WEIR_DATABASE_URL",
        hide_env = true,
        conflicts_with = "memory"
    )]
    database_url: Option<String>,
    /// Run so many brokers, which share the store; change it later with `weir cell scale`
    #[arg(
        long,
        value_name = "N",
        env = "WEIR_BROKERS",
        hide_env = true,
        value_parser = clap::value_parser!(u32).range(1..=64),
        conflicts_with = "memory"
    )]
    brokers: Option<u32>,
    /// End all brokers when no client was there for so long; the next one starts them, as with `weir cell scale 0`
    #[arg(
        long,
        value_name = "DURATION",
        env = "WEIR_IDLE_STOP",
        hide_env = true,
        value_parser = duration::parse,
        conflicts_with = "memory"
    )]
    idle_stop: Option<Duration>,
    /// Units in which brokers share the partitions of a new cell; it keeps its number
    #[arg(
        long,
        value_name = "N",
        env = "WEIR_PLACEMENT_GROUPS",
        hide_env = true,
        value_parser = clap::value_parser!(u32).range(1..=4096),
        requires = "brokers"
    )]
    placement_groups: Option<u32>,
    /// When records go to disk; only `always` survives a crash of the machine
    #[arg(long, value_enum, env = "WEIR_FSYNC", hide_env = true, default_value_t)]
    fsync: Fsync,
    /// Whether records are encrypted where they are stored, which the folder remembers [default: off]
    #[arg(long, value_enum, env = "WEIR_ENCRYPTION", hide_env = true)]
    encryption: Option<Encryption>,
    /// Memory for records that were just written
    #[arg(long, value_name = "BYTES", env = "WEIR_CACHE_BYTES", hide_env = true, default_value_t = 64 * 1024 * 1024)]
    cache_bytes: usize,
    /// Bytes a second that each broker moves in the background between slots and segments of a store; 0 is no bound
    #[arg(
        long,
        value_name = "BYTES",
        env = "WEIR_BACKGROUND_BYTES",
        hide_env = true,
        default_value_t = BackgroundBytes::default()
    )]
    background_bytes: BackgroundBytes,
    /// Requests per second that one principal may make of the API, by class of routes; 0 is no limit
    #[arg(
        long,
        value_name = "RATES",
        env = "WEIR_REST_RATES",
        hide_env = true,
        default_value_t = RequestRates::default()
    )]
    rest_rates: RequestRates,
    /// Networks beside the public internet that keys of identity providers are read from: 10.0.0.0/8,127.0.0.0/8
    #[arg(
        long,
        value_name = "CIDR",
        env = "WEIR_JWKS_NETWORKS",
        hide_env = true,
        value_delimiter = ','
    )]
    jwks_networks: Vec<Cidr>,
    /// Networks beside the public internet that notifications are sent to: 10.0.0.0/8,127.0.0.0/8
    #[arg(
        long,
        value_name = "CIDR",
        env = "WEIR_NOTIFY_NETWORKS",
        hide_env = true,
        value_delimiter = ','
    )]
    notify_networks: Vec<Cidr>,
    /// From when on something is a finding of security: counts within so many seconds, hours, days
    #[arg(
        long,
        value_name = "RULES",
        env = "WEIR_SECURITY_RULES",
        hide_env = true,
        default_value_t = SecurityRules::default()
    )]
    security_rules: SecurityRules,
    /// How long deleted clusters and environments can be restored; their data stays until then. 0s is not at all
    #[arg(
        long,
        value_name = "DURATION",
        env = "WEIR_UNDO_WINDOW",
        hide_env = true,
        value_parser = duration::parse,
        default_value = "24h"
    )]
    undo_window: Duration,
    /// Use a temporary folder that is deleted at the end
    #[arg(long, conflicts_with = "data_dir")]
    memory: bool,
    /// Return once it answers, and go on in the background
    #[arg(long)]
    detach: bool,
    /// Let other machines connect without TLS
    #[arg(long)]
    insecure: bool,
    /// This is the background process
    #[arg(long, hide = true)]
    detached: bool,
    /// The folder that was chosen for `--memory`
    #[arg(long, hide = true, value_name = "DIR")]
    memory_folder: Option<PathBuf>,
}

/// `show` prints the table once everything answers. What is returned ends with the runtime.
pub(crate) async fn run(
    args: Args,
    dirs: Dirs,
    show: impl FnOnce(&Outcome) -> Result<(), CliError>,
) -> Result<Option<MemoryFolder>, CliError> {
    let folder = match (&args.memory_folder, &args.data_dir) {
        (Some(folder), _) | (None, Some(folder)) => folder.clone(),
        (None, None) if args.memory => MemoryFolder::choose(),
        (None, None) => dirs.data.clone(),
    };
    let database = args.database_url.as_deref().map(parse_database).transpose()?;
    if args.detach {
        let extra = [std::ffi::OsString::from("--memory-folder"), folder.clone().into()];
        let table = detach(&folder, if args.memory { &extra } else { &[] }).await?;
        return show(&table).map(|()| None);
    }
    let settings = Settings {
        folder,
        config: dirs.config,
        api: asked("--api-addr", args.api_addr, 8080),
        kafka: asked("--kafka-addr", args.kafka_addr, 9092),
        kafka_tls: asked("--kafka-tls-addr", args.kafka_tls_addr, 9093),
        metrics: args.metrics_addr.map(|named| asked("--metrics-addr", Some(named), 9464)),
        traces: args
            .otlp_endpoint
            .map(|endpoint| TraceSettings { endpoint, ratio: args.trace_ratio }),
        registry: args.registry_addr,
        advertised_host: args.advertised_host,
        brokers: args.brokers,
        idle_stop: args.idle_stop,
        placement_groups: args.placement_groups,
        store: args.store,
        meta_store: args.meta_store,
        database,
        fsync: args.fsync,
        encryption: args.encryption,
        cache_bytes: args.cache_bytes,
        background_bytes: args.background_bytes,
        rest_rates: args.rest_rates,
        jwks_networks: args.jwks_networks,
        notify_networks: args.notify_networks,
        security_rules: args.security_rules,
        undo_window: args.undo_window,
        memory: args.memory,
        insecure: args.insecure,
        detached: args.detached,
    };
    up(settings, show).await
}

fn parse_ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

fn asked(flag: &'static str, named: Option<String>, default_port: u16) -> Asked {
    Asked { flag, named, default_port }
}
