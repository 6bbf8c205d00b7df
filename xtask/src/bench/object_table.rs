//! Tables of `cargo xtask bench object`.

use std::fmt::Write as _;

use super::object::{Idle, Measured};
use super::store_use::{Count, StoreUse};

/// Hours of a month.
const MONTH: f64 = 730.0;
/// What a record is written to first, whatever becomes of it later.
const SLOT: &str = "put wal";

/// One line as soon as a load is done.
pub(super) fn progress(m: &Measured) -> String {
    format!(
        "  {:<9} {:>6.1} MB/s, p99 {:>6.1} ms, {:.2} CPU-s/GB, US$ {:.5} a GB",
        name(m),
        m.produced.bytes / m.produced.seconds / 1e6,
        m.produced.batch_latency.p99_us / 1e3,
        m.broker_cpu / gigabytes(m),
        dollars(m),
    )
}

pub(super) fn tables(loads: &[Measured], idle: Option<&Idle>) -> String {
    let mut text = String::new();
    requests(&mut text, loads);
    latency(&mut text, loads);
    if let Some(idle) = idle {
        idle_table(&mut text, idle);
    }
    text
}

/// A GB that was taken in has a price at once, for its slots, and another one when it is compacted.
fn dollars(m: &Measured) -> f64 {
    let later = m.used.dollars(|kind| kind != SLOT) / compacted(m).max(f64::MIN_POSITIVE);
    let later = if compacted(m) > 0.0 { later } else { 0.0 };
    m.used.dollars(|kind| kind == SLOT) / gigabytes(m) + later
}

fn compacted(m: &Measured) -> f64 {
    m.used.count("put seg").bytes_up as f64 / 1e9
}

fn gigabytes(m: &Measured) -> f64 {
    m.produced.bytes / 1e9
}

fn name(m: &Measured) -> String {
    m.rate.map_or_else(|| "saturated".to_owned(), |rate| format!("{:.0} MB/s", rate / 1e6))
}

/// `writeln!` to a string cannot fail.
fn line(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "|{}|", cells.join("|"));
}

fn head(text: &mut String, title: &str, columns: &[&str]) {
    let _ = writeln!(text, "\n**{title}**\n");
    line(text, &columns.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
    line(text, &vec!["---".to_owned(); columns.len()]);
}

fn sum(used: &StoreUse, kinds: impl Fn(&str) -> bool) -> Count {
    let chosen = used.counts.iter().filter(|(kind, _)| kinds(kind));
    chosen.fold(Count::default(), |sum, (_, c)| Count {
        requests: sum.requests + c.requests,
        bytes_up: sum.bytes_up + c.bytes_up,
        bytes_down: sum.bytes_down + c.bytes_down,
    })
}

fn requests(text: &mut String, loads: &[Measured]) {
    head(
        text,
        "Store requests per GB in (PUT wal), and per GB compacted (all others)",
        &[
            "load",
            "GB in",
            "compacted",
            "PUT wal",
            "PUT seg",
            "PUT manifest",
            "PUT other",
            "GET",
            "LIST",
            "DELETE",
            "bytes up",
            "bytes down",
            "US$ a GB",
        ],
    );
    for m in loads {
        let (put, per) = (gigabytes(m), compacted(m).max(1e-9));
        let later = |kind: &str| format!("{:.0}", m.used.count(kind).requests as f64 / per);
        let op = |op: &str| {
            let count = sum(&m.used, |kind| kind.split(' ').next() == Some(op));
            count.requests as f64 / per
        };
        let known = ["put wal", "put seg", "put manifest"];
        let other = sum(&m.used, |kind| kind.starts_with("put ") && !known.contains(&kind));
        let all = sum(&m.used, |_| true);
        line(
            text,
            &[
                name(m),
                format!("{put:.2}"),
                format!("{:.2}", compacted(m)),
                format!("{:.0}", m.used.count(SLOT).requests as f64 / put),
                later("put seg"),
                later("put manifest"),
                format!("{:.0}", other.requests as f64 / per),
                format!("{:.0}", op("get") + op("range")),
                format!("{:.0}", op("list")),
                format!("{:.0}", op("delete")),
                format!("{:.2}", all.bytes_up as f64 / m.produced.bytes),
                format!("{:.2}", all.bytes_down as f64 / m.produced.bytes),
                format!("{:.5}", dollars(m)),
            ],
        );
    }
}

fn latency(text: &mut String, loads: &[Measured]) {
    head(
        text,
        "CPU and latency of an acknowledgement",
        &[
            "load",
            "MB/s",
            "CPU-s/GB, broker",
            "CPU-s/GB, machine",
            "p50",
            "p99",
            "p99.9",
            "store's PUT p50",
            "store's PUT p99",
            "p99 / PUT p99",
            "steal",
        ],
    );
    for m in loads {
        let (latency, gb) = (&m.produced.batch_latency, gigabytes(m));
        let ms = |us: f64| format!("{:.0} ms", us / 1e3);
        line(
            text,
            &[
                name(m),
                format!("{:.1}", m.produced.bytes / m.produced.seconds / 1e6),
                format!("{:.2}", m.broker_cpu / gb),
                format!("{:.2}", m.machine_cpu / gb),
                ms(latency.p50_us),
                ms(latency.p99_us),
                ms(latency.p999_us),
                format!("{:.0} ms", m.used.slot_p50_ms),
                format!("{:.0} ms", m.used.slot_p99_ms),
                format!("{:.2}", latency.p99_us / 1e3 / m.used.slot_p99_ms.max(1e-9)),
                format!("{:.1} %", m.steal * 100.0),
            ],
        );
    }
}

fn idle_table(text: &mut String, idle: &Idle) {
    let title = format!("An idle broker, watched for {:.0} s", idle.seconds);
    head(text, &title, &["kind", "seen", "an hour", "US$ a month"]);
    let hours = idle.seconds / 3600.0;
    let mut row = |kind: &str, count: u64, dollars: f64| {
        line(
            text,
            &[
                kind.to_owned(),
                count.to_string(),
                format!("{:.0}", count as f64 / hours),
                format!("{:.2}", dollars / hours * MONTH),
            ],
        );
    };
    for (kind, count) in &idle.used.counts {
        row(kind, count.requests, idle.used.dollars(|k| k == kind));
    }
    let put = sum(&idle.used, |kind| kind.starts_with("put "));
    row("all PUT", put.requests, idle.used.dollars(|kind| kind.starts_with("put ")));
    row("all", sum(&idle.used, |_| true).requests, idle.used.dollars(|_| true));
    let part = idle.cpu / idle.seconds * 100.0;
    let _ = writeln!(text, "\nCPU of the idle process: {part:.2} % of a core.");
}
