use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use common_seams::{Rng as _, SeededRng};

use super::process::Process;
use super::town::Town;
use crate::client::Client;
use crate::place::{PLACES, TRIMMED};
use crate::produce::{Pace, Producer};
use crate::site::Site;

/// Between two attempts to find a leader.
const AGAIN: Duration = Duration::from_millis(300);
/// A producer looks for another leader when nothing is answered for so long.
const PATIENCE: Duration = Duration::from_secs(6);
/// A reader stays with a process for so long: it may be one that was replaced.
const STAY: Duration = Duration::from_mins(3);
const WAIT: Duration = Duration::from_millis(300);

/// An idempotent producer that goes where the leader is.
pub(super) async fn produce(town: Arc<Town>, place: usize, number: usize, mut rng: SeededRng) {
    let pace = Pace { batches: None, pause: Duration::from_millis(400), patience: PATIENCE };
    while !town.is_over() {
        if let Some(site) = town.leader(place).await {
            let mut producer = Producer { site, place, number, rng, pace };
            // A connection that ends is no finding; one that nobody opens is, in the end.
            let _ended = tokio::time::timeout(STAY, producer.connected()).await;
            rng = producer.rng;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Reads from where the leader is said to be, and stays there for a while.
pub(super) async fn read(town: Arc<Town>, rng: SeededRng) {
    while !town.is_over() {
        let place = usize::try_from(rng.below(PLACES.len() as u64)).unwrap_or(0);
        if let Some(site) = town.leader(place).await {
            let _ended = tokio::time::timeout(STAY, read_on(&town, &site, place, &rng)).await;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn read_on(town: &Town, site: &Site, place: usize, rng: &SeededRng) -> Result<()> {
    let mut client = site.connect().await?;
    let (mut from, end) = {
        let known = &site.model.lock().partitions[place];
        (known.told_start, known.told_end)
    };
    from += i64::try_from(rng.below((end - from).unsigned_abs() + 1))?;
    // Then another partition is read.
    for _ in 0..20 + rng.below(60) {
        let asked = site.clock.mono();
        let fetched = client.fetch(PLACES[place], from, WAIT).await?;
        let read = match site.told(place, asked, &fetched) {
            Ok(read) => read,
            Err(what) => {
                site.fail(&format!("{}: {what}", PLACES[place]));
                return Ok(());
            }
        };
        let read: Vec<i64> = read.iter().map(|(at, _)| *at).filter(|at| *at >= from).collect();
        if read.iter().zip(from..).any(|(at, expected)| *at != expected) {
            town.fail(&format!("{}: I2: a gap behind {from}", PLACES[place]));
        }
        if fetched.out_of_range {
            return Ok(());
        }
        from = read.last().map_or(from, |last| last + 1);
    }
    Ok(())
}

/// Commits offsets, reads them back, and deletes records, wherever that is done now.
pub(super) async fn administer(town: Arc<Town>, rng: SeededRng) {
    while !town.is_over() {
        if let Some(process) = town.any() {
            let _ended = tokio::time::timeout(PATIENCE, commit_at(&process)).await;
        }
        if rng.below(4) == 0
            && let Some(site) = town.leader(TRIMMED).await
        {
            let _ended = tokio::time::timeout(PATIENCE, trim_at(&site, &rng)).await;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// One commit and one look, if this process coordinates the group.
async fn commit_at(process: &Process) -> Result<()> {
    let site = &process.site;
    let mut client = site.connect().await?;
    look(site, &mut client).await?;
    if site.model.lock().quiet {
        bail!("nothing new is wanted");
    }
    crate::consume::commit(site, &mut client).await?;
    look(site, &mut client).await
}

async fn look(site: &Site, client: &mut Client) -> Result<()> {
    crate::consume::committed(site, client).await
}

async fn trim_at(site: &Site, rng: &SeededRng) -> Result<()> {
    let mut client = site.connect().await?;
    crate::consume::trim(site, &mut client, rng).await
}
