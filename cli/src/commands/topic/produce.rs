use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::connect::connect;
use super::shape::{Topics, already_exists};
use super::stdin::Lines;
use crate::commands::arguments::{OnCluster, pair};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::kafka::{NewRecord, Producer, Sent};
use crate::output::{Data, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  echo '{\"id\":1}' | weir topic produce orders --create\n  printf 'paris:12\\nrome:19\\n' | weir topic produce weather --key-separator :"
)]
pub(crate) struct Args {
    /// Topic to write to
    topic: String,
    #[command(flatten)]
    on: OnCluster,
    /// Create the topic when it is not there
    #[arg(long)]
    create: bool,
    /// Partitions of a topic that is created
    #[arg(long, value_name = "COUNT", requires = "create")]
    partitions: Option<i32>,
    /// Split each line at the first of these: key before it, value after it
    #[arg(long, value_name = "TEXT")]
    key_separator: Option<String>,
    /// What values are; lines that are no JSON are refused before they are sent
    #[arg(long, default_value = "string", value_parser = ["string", "json"])]
    value_format: String,
    /// Header of every record, as NAME=VALUE; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME=VALUE", value_parser = pair)]
    headers: Vec<(String, String)>,
    /// Write to this partition alone
    #[arg(long, value_name = "INDEX")]
    partition: Option<i32>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let environment = args.on.environment.environment.as_deref();
    let cluster = ctx.cluster(args.on.cluster.as_deref(), environment).await?;
    let connection = connect(ctx, &cluster, environment).await?;
    if args.create {
        ensure_topic(ctx, &args).await?;
    }
    let mut producer = Producer::open(connection, &args.topic, args.partition).await?;
    let shape = Shape::of(&args);
    let mut lines = Lines::start()?;
    let mut totals = Totals::default();
    loop {
        let chunk = lines.next_chunk().await?;
        if chunk.is_empty() {
            return Ok(totals.outcome(ctx, &args.topic));
        }
        let first = totals.lines + 1;
        totals.lines += chunk.len();
        let records = shape.records(chunk, first).map_err(|e| totals.after(e))?;
        let sent = producer.send(records).await.map_err(|e| totals.after(e))?;
        totals.add(&sent);
    }
}

async fn ensure_topic(ctx: &Ctx, args: &Args) -> Result<(), CliError> {
    let topics = Topics::of(ctx, &args.on).await?;
    match topics.create(&args.topic, args.partitions, &[]).await {
        Err(error) if !already_exists(&error) => Err(error),
        Err(_) | Ok(_) => Ok(()),
    }
}

/// How a line becomes a record.
struct Shape {
    separator: Option<Vec<u8>>,
    json: bool,
    headers: Vec<(String, Bytes)>,
}

impl Shape {
    fn of(args: &Args) -> Self {
        let headers = args.headers.iter().map(|(n, v)| (n.clone(), Bytes::from(v.clone())));
        let separator = args.key_separator.clone().map(String::into_bytes);
        Self {
            separator: separator.filter(|s| !s.is_empty()),
            json: args.value_format == "json",
            headers: headers.collect(),
        }
    }

    fn records(&self, lines: Vec<Vec<u8>>, first: usize) -> Result<Vec<NewRecord>, CliError> {
        lines.into_iter().zip(first..).map(|(line, number)| self.record(line, number)).collect()
    }

    fn record(&self, line: Vec<u8>, number: usize) -> Result<NewRecord, CliError> {
        let line = Bytes::from(line);
        let (key, value) = match &self.separator {
            None => (None, line),
            Some(separator) => {
                let at = line.windows(separator.len()).position(|window| window == separator);
                let Some(at) = at else {
                    let message = format!("line {number} holds no key separator");
                    return Err(CliError::usage("produce.no_key", message));
                };
                (Some(line.slice(..at)), line.slice(at + separator.len()..))
            }
        };
        if self.json
            && let Err(e) = serde_json::from_slice::<serde::de::IgnoredAny>(&value)
        {
            return Err(CliError::usage(
                "produce.no_json",
                format!("line {number} is no JSON: {e}"),
            ));
        }
        Ok(NewRecord { key, value: Some(value), headers: self.headers.clone() })
    }
}

#[derive(Default)]
struct Totals {
    lines: usize,
    records: usize,
    partitions: BTreeMap<i32, (i64, i64)>,
}

impl Totals {
    fn add(&mut self, sent: &[Sent]) {
        for batch in sent {
            self.records += batch.count;
            let count = i64::try_from(batch.count).unwrap_or(i64::MAX);
            let last = batch.first_offset + count - 1;
            let range =
                self.partitions.entry(batch.partition).or_insert((batch.first_offset, last));
            range.1 = last;
        }
    }

    fn after(&self, error: CliError) -> CliError {
        error.suggest(format!(
            "{} records before it are stored; repeat from there to avoid duplicates.",
            self.records
        ))
    }

    fn outcome(&self, ctx: &Ctx, topic: &str) -> Outcome {
        let partitions: Vec<Value> = self
            .partitions
            .iter()
            .map(|(partition, (first, last))| {
                json!({"partition": partition, "first_offset": first, "last_offset": last})
            })
            .collect();
        let summary = json!({"topic": topic, "records": self.records, "partitions": partitions});
        let data = if ctx.json { Data::Text(format!("{summary:#}\n")) } else { Data::None };
        let plural = if self.records == 1 { "record" } else { "records" };
        Outcome { data, ..Outcome::default() }
            .note(format!("Wrote {} {plural} to topic \"{topic}\".", self.records))
            .next(format!("weir topic consume {topic} -n {}", self.records.clamp(1, 10)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(separator: Option<&str>, json: bool) -> Shape {
        let separator = separator.map(|s| s.as_bytes().to_vec());
        Shape { separator, json, headers: Vec::new() }
    }

    #[test]
    fn lines_split_at_the_first_separator() {
        let record = shape(Some("::"), false).record(b"a::b::c".to_vec(), 1).unwrap();
        assert_eq!(record.key.as_deref(), Some(&b"a"[..]));
        assert_eq!(record.value.as_deref(), Some(&b"b::c"[..]));
        let error = shape(Some("::"), false).record(b"abc".to_vec(), 7).unwrap_err();
        assert_eq!(error.message, "line 7 holds no key separator");
    }

    #[test]
    fn json_is_checked_and_sent_as_typed() {
        let line = b"{\"id\" : 1}".to_vec();
        let record = shape(None, true).record(line.clone(), 1).unwrap();
        assert_eq!(record.value.as_deref(), Some(&line[..]));
        assert_eq!(shape(None, true).record(b"{".to_vec(), 1).unwrap_err().code, "produce.no_json");
    }

    #[test]
    fn totals_span_batches() {
        let mut totals = Totals::default();
        totals.add(&[Sent { partition: 0, first_offset: 5, count: 2 }]);
        totals.add(&[Sent { partition: 0, first_offset: 7, count: 1 }]);
        assert_eq!((totals.records, totals.partitions[&0]), (3, (5, 7)));
    }
}
