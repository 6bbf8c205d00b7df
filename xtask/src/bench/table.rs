//! The tables of a run, in Markdown, so that they can be pasted into the documentation.

use std::fmt::Write as _;

use super::block::Sample;
use super::calibrate::NullClient;
use super::cells::Load;
use super::report::Report;
use super::session::{Measured, Pair, Session};
use super::stats;

type Figure<'a> = &'a dyn Fn(&Sample) -> Option<f64>;

/// Medians of both sides and of the ratio within each pair, with its extremes.
struct Line {
    subject: f64,
    kafka: f64,
    ratio: stats::Spread,
}

pub(super) fn session(session: &Session) -> String {
    let mut text = String::new();
    cpu_in(&mut text, session);
    speed(&mut text, session);
    cpu_out(&mut text, session);
    text
}

fn cpu_in(text: &mut String, session: &Session) {
    head(
        text,
        &format!("CPU-seconds per GB in, fsync {}", session.fsync),
        &["load", "MB/s", "Weir", "Kafka", "ratio (min-max)", "Weir process", "Kafka process"],
    );
    for measured in &session.cells {
        let null = null_client(session, measured.cell.batch);
        let whole = |sample: &Sample| Some(produce_cpu(sample, null) / sample.gigabytes());
        let process = |sample: &Sample| Some(sample.produce_cost.broker / sample.gigabytes());
        let (Some(whole), Some(process)) = (line(measured, &whole), line(measured, &process))
        else {
            row(text, &[measured.cell.name(), "no good pair".to_owned()]);
            continue;
        };
        row(
            text,
            &[
                measured.cell.name(),
                speeds(measured),
                format!("{:.2}", whole.subject),
                format!("{:.2}", whole.kafka),
                ratio(&whole),
                format!("{:.2}", process.subject),
                format!("{:.2}", process.kafka),
            ],
        );
    }
}

fn speed(text: &mut String, session: &Session) {
    head(
        text,
        &format!("Peak and latency of an acknowledgement, fsync {}", session.fsync),
        &["load", "Weir", "Kafka", "ratio (min-max)", "p50, p99.9 Weir", "p50, p99.9 Kafka"],
    );
    for measured in &session.cells {
        let speed = |sample: &Sample| Some(sample.bytes_per_second() / 1e6);
        let p50 = |sample: &Sample| Some(sample.produced.batch_latency.p50_us / 1e3);
        let p99 = |sample: &Sample| Some(sample.produced.batch_latency.p99_us / 1e3);
        let p999 = |sample: &Sample| Some(sample.produced.batch_latency.p999_us / 1e3);
        let saturated = measured.cell.load == Load::Saturated;
        let (Some(shown), Some(p50), Some(p999)) = (
            line(measured, if saturated { &speed as Figure } else { &p99 }),
            line(measured, &p50),
            line(measured, &p999),
        ) else {
            continue;
        };
        let unit = if saturated { "MB/s" } else { "ms p99" };
        let quantiles = |p50: f64, p999: f64| {
            if saturated { "-".to_owned() } else { format!("{p50:.2}, {p999:.1} ms") }
        };
        row(
            text,
            &[
                measured.cell.name(),
                format!(
                    "{:.1} {unit}{}",
                    shown.subject,
                    remark(&measured.pairs, |pair| &pair.subject)
                ),
                format!("{:.1} {unit}{}", shown.kafka, remark(&measured.pairs, |pair| &pair.kafka)),
                ratio(&shown),
                quantiles(p50.subject, p999.subject),
                quantiles(p50.kafka, p999.kafka),
            ],
        );
    }
}

fn cpu_out(text: &mut String, session: &Session) {
    head(
        text,
        &format!("CPU-seconds per GB out, catch-up right after the write, fsync {}", session.fsync),
        &[
            "batches",
            "Weir",
            "Kafka",
            "ratio (min-max)",
            "Weir process",
            "Kafka process",
            "Weir MB/s",
            "Kafka MB/s",
        ],
    );
    for measured in session.cells.iter().filter(|measured| measured.cell.load == Load::Saturated) {
        let null = null_client(session, measured.cell.batch);
        let whole = |sample: &Sample| consume_cpu(sample, null);
        let process = |sample: &Sample| {
            let cost = sample.consume_cost.as_ref()?;
            Some(cost.broker / (sample.consumed.as_ref()?.bytes / 1e9))
        };
        let speed = |sample: &Sample| {
            let consumed = sample.consumed.as_ref()?;
            Some(consumed.bytes / consumed.seconds / 1e6)
        };
        let lines = (line(measured, &whole), line(measured, &process), line(measured, &speed));
        let (Some(whole), Some(process), Some(speed)) = lines else { continue };
        row(
            text,
            &[
                measured.cell.name(),
                format!("{:.2}", whole.subject),
                format!("{:.2}", whole.kafka),
                ratio(&whole),
                format!("{:.2}", process.subject),
                format!("{:.2}", process.kafka),
                format!("{:.0}", speed.subject),
                format!("{:.0}", speed.kafka),
            ],
        );
    }
}

/// Memory at its highest over all blocks, and the median start.
pub(super) fn footprint(report: &Report) -> String {
    let mut text = String::new();
    head(&mut text, "Memory and start-up", &["", "Pss, MB", "anonymous, MB", "start, s"]);
    let pairs =
        || report.sessions.iter().flat_map(|session| &session.cells).flat_map(|cell| &cell.pairs);
    let subject: Vec<&Sample> = pairs().map(|pair| &pair.subject).collect();
    let kafka: Vec<&Sample> = pairs().map(|pair| &pair.kafka).collect();
    let sides = [("Weir", subject, &report.subject_starts), ("Kafka", kafka, &report.kafka_starts)];
    for (name, samples, starts) in sides {
        let most = |figure: fn(&Sample) -> f64| {
            samples.iter().map(|sample| figure(sample)).fold(0.0, f64::max)
        };
        row(
            &mut text,
            &[
                name.to_owned(),
                format!("{:.0}", most(|sample| sample.memory.pss)),
                format!("{:.0}", most(|sample| sample.memory.anonymous)),
                format!("{:.2}", stats::quantile(starts, 0.5)),
            ],
        );
    }
    text
}

/// Whole machine less what the client costs against the null broker at the same speed.
fn produce_cpu(sample: &Sample, null: Option<&NullClient>) -> f64 {
    let client = null.map_or(sample.produce_cost.client, |null| {
        null.produce_cpu(sample.bytes_per_second(), sample.produced.seconds)
    });
    sample.produce_cost.machine - client
}

fn consume_cpu(sample: &Sample, null: Option<&NullClient>) -> Option<f64> {
    let gigabytes = sample.consumed.as_ref()?.bytes / 1e9;
    let cost = sample.consume_cost.as_ref()?;
    let client = null.map_or(cost.client / gigabytes, |null| null.consume_per_gb);
    Some(cost.machine / gigabytes - client)
}

fn null_client(session: &Session, batch: u64) -> Option<&NullClient> {
    session.null_clients.iter().find(|null| null.batch == batch)
}

fn line(measured: &Measured, figure: Figure) -> Option<Line> {
    let both: Vec<(f64, f64)> = measured
        .pairs
        .iter()
        .filter_map(|pair| figure(&pair.subject).zip(figure(&pair.kafka)))
        .collect();
    let subject: Vec<f64> = both.iter().map(|(subject, _)| *subject).collect();
    let kafka: Vec<f64> = both.iter().map(|(_, kafka)| *kafka).collect();
    let ratios: Vec<f64> = both.iter().map(|(subject, kafka)| subject / kafka).collect();
    Some(Line {
        subject: stats::quantile(&subject, 0.5),
        kafka: stats::quantile(&kafka, 0.5),
        ratio: stats::spread(&ratios)?,
    })
}

fn speeds(measured: &Measured) -> String {
    line(measured, &|sample| Some(sample.bytes_per_second() / 1e6)).map_or_else(
        String::new,
        |line| match measured.cell.load {
            Load::Saturated => format!("{:.0} / {:.0}", line.subject, line.kafka),
            Load::Percent(_) | Load::Latency => format!("{:.0}", line.kafka),
        },
    )
}

fn remark(pairs: &[Pair], side: fn(&Pair) -> &Sample) -> &'static str {
    if pairs.iter().map(side).any(Sample::client_limited) {
        " (client's limit)"
    } else if pairs.iter().map(side).any(|sample| !sample.held_its_rate()) {
        " (rate not held)"
    } else {
        ""
    }
}

fn ratio(line: &Line) -> String {
    format!("{:.2} ({:.2}-{:.2})", line.ratio.median, line.ratio.min, line.ratio.max)
}

fn head(text: &mut String, title: &str, columns: &[&str]) {
    let rule = vec!["---"; columns.len()].join("|");
    // Writing to a string cannot fail.
    let _ = write!(text, "\n{title}\n\n|{}|\n|{rule}|\n", columns.join("|"));
}

fn row(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "|{}|", cells.join("|"));
}
