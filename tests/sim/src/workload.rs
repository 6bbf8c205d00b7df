use std::sync::Arc;

use broker::server::Server;
use bytes::Bytes;
use common_seams::{Rng, SeededRng};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::check::check;
use crate::client::Client;
use crate::model::Model;
use crate::records::{Batch, decode, value};
use crate::run::PARTITIONS;

/// Batches in flight: as many as a broker remembers of a producer.
const DEPTH: usize = 5;
/// Errors after which a client connects again: not leader, timed out, storage.
const RETRIABLE: [i16; 4] = [5, 6, 7, 56];

/// Checks everything, then produces and reads until all is sent or the connections end.
pub(crate) async fn work(
    server: &Arc<Server>,
    cancel: &CancellationToken,
    model: &Arc<Mutex<Model>>,
    seed: u64,
) -> Result<(), String> {
    for partition in 0..PARTITIONS {
        verify(server, cancel, model, partition).await?;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for partition in 0..PARTITIONS {
        let rng = SeededRng::new(seed ^ u64::from(partition.unsigned_abs()));
        let (server, cancel, model) = (Arc::clone(server), cancel.clone(), Arc::clone(model));
        tasks.spawn(async move { produce(&server, &cancel, &model, partition, &rng).await });
    }
    let mut outcome = Ok(());
    while let Some(ended) = tasks.join_next().await {
        outcome = outcome.and(ended.map_err(|e| format!("the simulator: {e}")).flatten());
    }
    outcome?;
    for partition in 0..PARTITIONS {
        verify(server, cancel, model, partition).await?;
    }
    Ok(())
}

/// Reads a partition from its start and compares it with what is known. A connection that ends is no finding.
async fn verify(
    server: &Arc<Server>,
    cancel: &CancellationToken,
    model: &Mutex<Model>,
    partition: i32,
) -> Result<(), String> {
    let before: Vec<i64> = {
        let model = model.lock();
        let known = &model.partitions[index(partition)];
        known.acknowledged.keys().copied().collect()
    };
    let Ok(mut client) = Client::connect(server, cancel).await else { return Ok(()) };
    let mut log: Vec<(i64, Bytes)> = Vec::new();
    loop {
        let next = log.last().map_or(0, |(offset, _)| offset + 1);
        let Ok((bytes, high_watermark)) = client.fetch(partition, next).await else {
            return Ok(());
        };
        let read = decode(bytes).map_err(|e| format!("undecodable batch behind {next}: {e}"))?;
        log.extend(read.into_iter().filter(|(offset, _)| *offset >= next));
        let end = log.last().map_or(0, |(offset, _)| offset + 1);
        if end >= high_watermark {
            break;
        }
        if end == next {
            return Err(format!("I9: nothing at {next} below the high watermark {high_watermark}"));
        }
    }
    let mut model = model.lock();
    let known = &mut model.partitions[index(partition)];
    debug_assert!(before.iter().all(|offset| known.acknowledged.contains_key(offset)));
    check(known, &log).map_err(|what| format!("partition {partition}: {what}"))?;
    known.served = log.into_iter().collect();
    Ok(())
}

/// One idempotent producer: first again what was not answered, then new batches.
async fn produce(
    server: &Arc<Server>,
    cancel: &CancellationToken,
    model: &Mutex<Model>,
    partition: i32,
    rng: &SeededRng,
) -> Result<(), String> {
    let Ok(mut client) = Client::connect(server, cancel).await else { return Ok(()) };
    if model.lock().partitions[index(partition)].producer.is_none() {
        let Ok(producer) = client.producer_id().await else { return Ok(()) };
        model.lock().partitions[index(partition)].producer = Some(producer);
    }
    let again: Vec<Batch> =
        model.lock().partitions[index(partition)].pending.iter().cloned().collect();
    let mut in_flight = again.len();
    for batch in again {
        if send(&mut client, partition, &batch).await?.is_none() {
            return Ok(());
        }
    }
    let mut left = 10 + rng.below(60);
    loop {
        while in_flight < DEPTH && left > 0 {
            let batch = next_batch(&mut model.lock(), partition, rng);
            if send(&mut client, partition, &batch).await?.is_none() {
                return Ok(());
            }
            in_flight += 1;
            left -= 1;
        }
        if in_flight == 0 {
            return Ok(());
        }
        let Ok(answer) = client.batch_answer().await else { return Ok(()) };
        in_flight -= 1;
        if RETRIABLE.contains(&answer.error) {
            return Ok(());
        }
        if answer.error != 0 {
            return Err(format!("partition {partition}: produce answered error {}", answer.error));
        }
        let mut model = model.lock();
        model.partitions[index(partition)].acknowledge(answer.base_offset)?;
    }
}

/// Nothing when the connection has ended.
async fn send(client: &mut Client, partition: i32, batch: &Batch) -> Result<Option<()>, String> {
    let bytes = batch.encode().map_err(|e| format!("the simulator: {e}"))?;
    Ok(client.send_batch(partition, bytes).await.ok())
}

/// The next batch, which counts as sent from here on.
fn next_batch(model: &mut Model, partition: i32, rng: &SeededRng) -> Batch {
    let known = &mut model.partitions[index(partition)];
    let (producer_id, producer_epoch) = known.producer.unwrap_or((-1, -1));
    let first_sequence = known.next_sequence;
    let count = i32::try_from(1 + rng.below(8)).unwrap_or(1);
    let values = (0..count)
        .map(|n| {
            let most = if rng.below(8) == 0 { 100_000 } else { 2_000 };
            let length = usize::try_from(20 + rng.below(most)).unwrap_or(20);
            value(partition, first_sequence + n, length)
        })
        .collect();
    known.next_sequence += count;
    let batch = Batch { producer_id, producer_epoch, first_sequence, values };
    known.pending.push_back(batch.clone());
    batch
}

fn index(partition: i32) -> usize {
    usize::try_from(partition).unwrap_or(0)
}
