//! This process, as Linux tells it; elsewhere there is nothing.

use common_seams::Clock;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

/// Adds what is known.
pub(super) fn register(registry: &mut Registry, clock: &dyn Clock) {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this century are exact enough")]
    let now = ConstGauge::new(clock.wall_us() as f64 / 1_000_000.0);
    registry.register_with_unit("clock", "The clock of this machine", Unit::Seconds, now);
    if let Some(seconds) = cpu_seconds() {
        let help = "Processor time of this process";
        registry.register_with_unit("process_cpu", help, Unit::Seconds, ConstCounter::new(seconds));
    }
    if let Some(bytes) = resident_bytes() {
        let help = "Memory of this process that is in RAM";
        registry.register_with_unit(
            "process_resident_memory",
            help,
            Unit::Bytes,
            ConstGauge::new(bytes),
        );
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        let open = i64::try_from(open.count()).unwrap_or(i64::MAX);
        registry.register("process_open_fds", "Open files and sockets", ConstGauge::new(open));
    }
}

/// proc(5): fields 14 and 15 of `stat`, in ticks; the name in field 2 may hold spaces.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11).map(str::parse::<u32>);
    let ticks = f64::from(fields.next()?.ok()?) + f64::from(fields.next()?.ok()?);
    let a_second = u32::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    Some(ticks / f64::from(a_second))
}

/// proc(5): field 2 of `statm`, in pages.
fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split(' ').nth(1)?.parse().ok()?;
    pages.checked_mul(i64::try_from(rustix::param::page_size()).ok()?)
}
