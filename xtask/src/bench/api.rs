//! `cargo xtask bench api`: the control plane under an open loop of reads and writes, and with a large store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::api_load::{Load, Sample, drive};
use super::{clock, stats};
use crate::build::{self, Profile};
use crate::http::Client;
use crate::served::Served;
use crate::{command, workspace};

/// Calls of each kind on the large store.
const PROBES: u64 = 200;
/// One principal asks for all: with the rates that it has by default it would be refused.
const UNLIMITED: [&str; 2] = ["--rest-rates", "read=0,write=0,kafka=0"];

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Requests a second
    #[arg(long, default_value_t = 1000)]
    rate: u64,

    /// Seconds of load
    #[arg(long, default_value_t = 30)]
    seconds: u64,

    /// Connections
    #[arg(long, default_value_t = 32)]
    connections: usize,

    /// Clusters in the large store
    #[arg(long, default_value_t = 100_000)]
    clusters: u64,

    /// Measures on a Postgres beside SQLite: its address, with an empty database; `PGPASSWORD` has the password
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,

    /// The binary to measure; built in the release profile when it is not given
    #[arg(long, env = "WEIR_BIN")]
    weir_bin: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let binary = options.weir_bin.clone();
    let binary = binary.map_or_else(|| build::weir(Profile::Release), Ok)?;
    on(&binary, options, None)?;
    match &options.database_url {
        Some(url) => on(&binary, options, Some(url)),
        None => Ok(()),
    }
}

/// Measures on one database: SQLite in the folder, or the Postgres that is named.
fn on(binary: &Path, options: &Options, postgres: Option<&str>) -> Result<()> {
    let name = if postgres.is_some() { "Postgres" } else { "SQLite" };
    println!("\n{name}");
    let folder = workspace::target_dir()?.join("bench/api").join(name);
    let mut flags = UNLIMITED.map(str::to_owned).to_vec();
    flags
        .extend(postgres.into_iter().flat_map(|url| ["--database-url".to_owned(), url.to_owned()]));
    let served = Served::start(binary, &folder, &flags)?;
    under_load(&served, options)?;
    let (environment, template) =
        (served.admin.environment_id.clone(), served.admin.cluster_id.clone());
    drop(served);
    match postgres {
        Some(url) => fill_postgres(url, &template, options.clusters)?,
        None => fill(&folder.join("data/control.db"), &template, options.clusters)?,
    }
    let began = clock::now();
    let served = Served::again(binary, &folder, &flags)?;
    let start = clock::elapsed(began).as_secs_f64();
    println!(
        "\n{} clusters in one environment; ready {start:.1} s after its start",
        options.clusters
    );
    large_store(&served, &environment, &template)
}

fn under_load(served: &Served, options: &Options) -> Result<()> {
    let load = |seconds| Load {
        requests: options.rate * seconds,
        interval: Duration::from_nanos(1_000_000_000 / options.rate.max(1)),
        connections: options.connections,
    };
    drive(served, &load(3))?;
    let samples = drive(served, &load(options.seconds))?;
    let failed = samples.iter().filter(|sample| !sample.good).count();
    println!("{} requests/s for {} s, open loop, {failed} failed", options.rate, options.seconds);
    println!("|requests|count|p50 ms|p99 ms|p99.9 ms|largest ms|");
    println!("|---|---|---|---|---|---|");
    row("all", samples.iter());
    row("reads", samples.iter().filter(|sample| !sample.write));
    row("writes", samples.iter().filter(|sample| sample.write));
    if failed > 0 {
        bail!("{failed} requests were not answered as they should be");
    }
    Ok(())
}

fn row<'a>(name: &str, samples: impl Iterator<Item = &'a Sample>) {
    let took: Vec<f64> = samples.map(|sample| sample.took.as_secs_f64() * 1e3).collect();
    let at = |quantile| stats::quantile(&took, quantile);
    let count = took.len();
    println!("|{name}|{count}|{:.2}|{:.2}|{:.2}|{:.2}|", at(0.5), at(0.99), at(0.999), at(1.0));
}

/// Copies a cluster by the database's own means: a hundred thousand requests would measure something else.
fn fill(store: &Path, template: &str, clusters: u64) -> Result<()> {
    let script = "\
import sqlite3, sys
path, template, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
db = sqlite3.connect(path)
columns = [row[1] for row in db.execute('PRAGMA table_info(cluster)')]
assert columns, 'no clusters in ' + path
new = {'id': \"'lkc-' || printf('%08d', n)\", 'display_name': \"'bench-' || n\", 'created_us': 'created_us + n'}
picked = ', '.join(new.get(name, name) for name in columns)
numbers = 'WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?)'
names = ', '.join(columns)
db.execute(f'{numbers} INSERT INTO cluster ({names}) SELECT {picked} FROM cluster, s WHERE id = ?', (count, template))
db.commit()
";
    let mut python = command::program("python3", ["-c", script]);
    python.arg(store).arg(template).arg(clusters.to_string());
    command::capture(&mut python).map(drop)
}

/// The same in Postgres.
fn fill_postgres(url: &str, template: &str, clusters: u64) -> Result<()> {
    let script = format!(
        "DO $$ DECLARE names text; picked text; BEGIN \
         SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position), \
         string_agg(CASE column_name WHEN 'id' THEN '''lkc-'' || lpad(n::text, 8, ''0'')' \
         WHEN 'display_name' THEN '''bench-'' || n' WHEN 'created_us' THEN 'created_us + n' \
         ELSE quote_ident(column_name) END, ', ' ORDER BY ordinal_position) INTO STRICT names, picked \
         FROM information_schema.columns WHERE table_name = 'cluster' AND table_schema = current_schema(); \
         EXECUTE format('INSERT INTO cluster (%s) SELECT %s FROM cluster, generate_series(1, {clusters}) n \
         WHERE id = %L', names, picked, '{template}'); END $$"
    );
    let arguments =
        ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", &script, "-c", "ANALYZE"];
    command::capture(&mut command::program("psql", arguments)).map(drop)
}

fn large_store(served: &Served, environment: &str, template: &str) -> Result<()> {
    let mut client = served.client();
    let first = format!("/cmk/v2/clusters?environment={environment}&page_size=10");
    let hundred = format!("/cmk/v2/clusters?environment={environment}&page_size=100");
    let deep = deep_page(&mut client, &hundred)?;
    let one = format!("/cmk/v2/clusters/lkc-00050000?environment={environment}");
    let own = format!("/cmk/v2/clusters/{template}?environment={environment}");
    println!("|call, one after the other|count|p50 ms|p99 ms|p99.9 ms|largest ms|");
    println!("|---|---|---|---|---|---|");
    for (name, target) in [
        ("list, first 10", &first),
        ("list, first 100", &hundred),
        ("list, the 11th 100", &deep),
        ("get, of the many", &one),
        ("get, of a served one", &own),
    ] {
        probe(&mut client, name, 200, |_| ("GET", target.clone(), None))?;
    }
    probe(&mut client, "create", 202, |n| {
        let spec = json!({ "spec": {
            "display_name": format!("probe-{n}"), "availability": "SINGLE_ZONE", "cloud": "AWS",
            "region": "us-east-1", "config": { "kind": "Basic" }, "environment": { "id": environment },
        } });
        ("POST", "/cmk/v2/clusters".to_owned(), Some(spec.to_string()))
    })
}

/// The address of a page far in.
fn deep_page(client: &mut Client, first: &str) -> Result<String> {
    let mut target = first.to_owned();
    for _ in 0..10 {
        let answer = client.call("GET", &target, &[], None)?;
        let body: Value = serde_json::from_slice(&answer.body)?;
        let next = body["metadata"]["next"].as_str().context("the list ends early")?;
        let path = next.find("/cmk/").context("a page elsewhere")?;
        next[path..].clone_into(&mut target);
    }
    Ok(target)
}

fn probe(
    client: &mut Client,
    name: &str,
    wanted: u16,
    call: impl Fn(u64) -> (&'static str, String, Option<String>),
) -> Result<()> {
    let mut samples = Vec::new();
    for n in 0..PROBES {
        let (method, target, body) = call(n);
        let began = clock::now();
        let answer = client.call(method, &target, &[], body.as_deref())?;
        let took = clock::elapsed(began);
        if answer.status != wanted {
            bail!("{method} {target}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        samples.push(Sample { took, write: method != "GET", good: true });
    }
    row(name, samples.iter());
    Ok(())
}
