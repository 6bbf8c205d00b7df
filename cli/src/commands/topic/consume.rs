use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use common_errors::ErrorKind;
use common_seams::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::connect::connect;
use crate::commands::arguments::OnCluster;
use crate::ctx::Ctx;
use crate::duration;
use crate::error::CliError;
use crate::kafka::{Consumer, Fetched, From};
use crate::output::{Outcome, RecordFormat, RecordView, data_line, write_stdout};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir topic consume orders -n 1\n  weir topic consume orders --from -10 -f '%p %o %k %v\\n'\n  weir topic consume orders --from 2026-01-01T00:00:00Z -o json"
)]
pub(crate) struct Args {
    /// Topic to read
    topic: String,
    #[command(flatten)]
    on: OnCluster,
    /// Stop after so many records; without it, read until interrupted
    #[arg(short = 'n', long, value_name = "COUNT")]
    num: Option<usize>,
    /// Where to start: earliest, latest, -10 (the last ten of each partition), an offset, or a time
    #[arg(long, default_value = "earliest", allow_hyphen_values = true)]
    from: From,
    /// What to print: %t topic, %p partition, %o offset, %d timestamp, %k key, %v value, %h headers
    #[arg(short, long, default_value = "%v\\n", value_name = "TEMPLATE")]
    format: String,
    /// Go on where this group left off, and remember how far it came
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Read this partition alone
    #[arg(long, value_name = "INDEX")]
    partition: Option<i32>,
    /// Fail when no record arrives for so long
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Duration>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let format = RecordFormat::parse(&args.format)?;
    let environment = args.on.environment.environment.as_deref();
    let cluster = ctx.cluster(args.on.cluster.as_deref(), environment).await?;
    let connection = connect(ctx, &cluster, environment).await?;
    let group = args.group.as_deref();
    let mut consumer = Consumer::open(connection, &args.topic, args.from, group).await?;
    if let Some(partition) = args.partition {
        consumer.only(partition)?;
    }
    let mut left = args.num.unwrap_or(usize::MAX);
    let mut last = SystemClock.mono();
    while left > 0 {
        let mut records = consumer.poll().await?;
        if records.is_empty() {
            expire(&args, SystemClock.mono().saturating_sub(last))?;
            continue;
        }
        last = SystemClock.mono();
        records.truncate(left);
        left -= records.len();
        print(ctx, &args.topic, &format, &records)?;
        // A record counts as used once it was written out.
        consumer.commit(&used(&records)).await?;
    }
    Ok(Outcome::default())
}

fn used(records: &[Fetched]) -> BTreeMap<i32, i64> {
    records.iter().map(|record| (record.partition, record.offset + 1)).collect()
}

fn expire(args: &Args, quiet: Duration) -> Result<(), CliError> {
    match args.timeout {
        Some(limit) if quiet >= limit => {
            let (topic, limit) = (&args.topic, duration::show(limit));
            let message = format!("no record arrived in topic \"{topic}\" within {limit}");
            Err(CliError::new(ErrorKind::Timeout, "consume.timeout", message))
        }
        Some(_) | None => Ok(()),
    }
}

fn print(
    ctx: &Ctx,
    topic: &str,
    format: &RecordFormat,
    records: &[Fetched],
) -> Result<(), CliError> {
    if ctx.json {
        return records.iter().try_for_each(|record| data_line(&as_json(topic, record)));
    }
    let mut out = Vec::new();
    for record in records {
        let view = RecordView {
            topic,
            partition: record.partition,
            offset: record.offset,
            timestamp_ms: record.timestamp_ms,
            key: record.key.as_ref(),
            value: record.value.as_ref(),
            headers: &record.headers,
        };
        format.write(&view, &mut out);
    }
    write_stdout(&out)
}

fn as_json(topic: &str, record: &Fetched) -> Value {
    let headers = record.headers.iter();
    let headers: Vec<Value> =
        headers.map(|(name, value)| json!({"name": name, "value": text(value.as_ref())})).collect();
    json!({
        "topic": topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "key": text(record.key.as_ref()),
        "value": text(record.value.as_ref()),
        "headers": headers,
    })
}

/// Text as a string, other bytes as base64.
fn text(bytes: Option<&Bytes>) -> Value {
    match bytes {
        None => Value::Null,
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => json!(text),
            Err(_) => json!({"base64": base64::engine::general_purpose::STANDARD.encode(bytes)}),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_become_base64() {
        assert_eq!(text(Some(&Bytes::from_static(b"a"))), json!("a"));
        assert_eq!(text(Some(&Bytes::from_static(&[0xff]))), json!({"base64": "/w=="}));
        assert_eq!(text(None), Value::Null);
    }
}
