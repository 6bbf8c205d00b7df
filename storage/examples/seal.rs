//! What encryption at rest costs on this machine: `cargo xtask bench seal`.

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use common_seams::{Clock as _, OsRng, SystemClock};
use common_types::TenantId;
use storage::at_rest::{ChunkName, DataKey};
use storage::ids::PartitionId;
use uuid::Uuid;

/// Bytes that are sealed and opened for a line.
const TOTAL: usize = 2 << 30;
/// Sizes of chunks: a small batch, the batches of the benchmarks, a block of a segment, a large chunk.
const SIZES: [usize; 6] = [1 << 10, 16 << 10, 64 << 10, 128 << 10, 1 << 20, 4 << 20];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "CPU seconds for a GB (10^9 bytes) of records, one core\n")?;
    writeln!(out, "{:>12} {:>8} {:>8}", "chunk", "seal", "open")?;
    let key = DataKey::new(1, &[7; 32], Arc::new(OsRng::new()));
    let partition = PartitionId { tenant: TenantId::SYSTEM, topic: Uuid::from_u128(1), index: 0 };
    let name = ChunkName { partition, first: 0, last: 9 };
    for size in SIZES {
        let batches = [Bytes::from(vec![0x5a; size])];
        let mut sealed = key.seal(&name, &batches);
        let seal = seconds_per_gb(size, || sealed = key.seal(&name, &batches));
        let mut read = 0;
        let open = seconds_per_gb(size, || {
            read += key.open(&name, &sealed).map_or(0, |batches| batches.len());
        });
        assert_eq!(read, TOTAL / size * size, "everything opens");
        writeln!(out, "{:>8} KiB {seal:>8.3} {open:>8.3}", size >> 10)?;
    }
    Ok(())
}

/// How long a GB takes, by calls that take `size` bytes each.
fn seconds_per_gb(size: usize, mut call: impl FnMut()) -> f64 {
    let began = SystemClock.mono();
    (0..TOTAL / size).for_each(|_| call());
    let took = SystemClock.mono().saturating_sub(began);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let gigabytes = (TOTAL / size * size) as f64 / 1e9;
    took.as_secs_f64() / gigabytes
}
