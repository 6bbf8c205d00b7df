use std::time::Duration;

use anyhow::Result;
use common_seams::{Rng, SeededRng};

use crate::client::Client;
use crate::place::{PLACES, TRIMMED};
use crate::site::Site;

const WAIT: Duration = Duration::from_millis(300);
/// Between two acts of the administrator.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads here and there, also from a process that was replaced, until it is gone.
pub(crate) async fn consume(site: Site, rng: SeededRng) {
    while !site.cancel.is_cancelled() {
        // A connection that ends is no finding.
        let _ended = read(&site, &rng).await;
        if !site.again().await {
            return;
        }
    }
}

async fn read(site: &Site, rng: &SeededRng) -> Result<()> {
    let mut client = site.connect().await?;
    let mut positions = [None; PLACES.len()];
    loop {
        let place = usize::try_from(rng.below(PLACES.len() as u64))?;
        let (start, end) = {
            let known = &site.model.lock().partitions[place];
            (known.told_start, known.told_end)
        };
        let anywhere = start + i64::try_from(rng.below((end - start).unsigned_abs() + 1))?;
        let from: i64 = positions[place].unwrap_or(anywhere);
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
            site.fail(&format!("{}: I2: a gap behind {from}", PLACES[place]));
            return Ok(());
        }
        // The end of a log is where news comes; now and then something old is read again.
        let again = fetched.out_of_range || rng.below(16) == 0;
        positions[place] = read.last().map_or(Some(from), |last| Some(last + 1)).filter(|_| !again);
    }
}

/// Commits offsets, reads them back, and deletes records, until the process is gone.
pub(crate) async fn administer(site: Site, rng: SeededRng) {
    while !site.cancel.is_cancelled() {
        let _ended = act(&site, &rng).await;
        if !site.again().await {
            return;
        }
    }
}

async fn act(site: &Site, rng: &SeededRng) -> Result<()> {
    let mut client = site.connect().await?;
    loop {
        if site.leads() {
            commit(site, &mut client).await?;
            if rng.below(4) == 0 {
                trim(site, &mut client, rng).await?;
            }
        }
        committed(site, &mut client).await?;
        tokio::time::sleep(PAUSE).await;
    }
}

pub(crate) async fn commit(site: &Site, client: &mut Client) -> Result<()> {
    let offset = {
        let group = &mut site.model.lock().group;
        group.sent += 1;
        group.sent
    };
    client.commit(PLACES[TRIMMED], offset).await?;
    site.history.note(format_args!("{} committed {offset}", site.life));
    let now = site.clock.mono();
    site.model.lock().group.commits.insert(now, offset);
    Ok(())
}

pub(crate) async fn committed(site: &Site, client: &mut Client) -> Result<()> {
    let (asked, leads) = (site.clock.mono(), site.leads());
    let due = site.model.lock().group.due(asked, leads);
    let found = client.committed(PLACES[TRIMMED]).await?;
    site.history.note(format_args!("{} has committed {found}", site.life));
    let sent = site.model.lock().group.sent;
    if !(due..=sent).contains(&found) {
        site.fail(&format!("I15: the group is at {found}, {due} was acknowledged, {sent} sent"));
    }
    Ok(())
}

pub(crate) async fn trim(site: &Site, client: &mut Client, rng: &SeededRng) -> Result<()> {
    let offset = {
        let known = &mut site.model.lock().partitions[TRIMMED];
        let length = (known.told_end - known.told_start).unsigned_abs();
        let offset = known.told_start + i64::try_from(rng.below(length / 2 + 1))?;
        known.deleted_below = known.deleted_below.max(offset);
        offset
    };
    let start = client.delete_records(PLACES[TRIMMED], offset).await?;
    site.history.note(format_args!("{} deleted below {start}", site.life));
    let wall = site.clock.wall_ms();
    let told = site.model.lock().partitions[TRIMMED].told_start(start, wall);
    if let Err(what) = told {
        site.fail(&what);
    }
    Ok(())
}
