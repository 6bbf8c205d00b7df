use std::time::Duration;

use common_seams::{Rng, SeededRng};

use crate::place::{BRIEF, PLACES};
use crate::produce::{Pace, Producer};
use crate::site::Site;

/// Checks everything, then produces until all is sent or the power goes, and checks again.
pub(crate) async fn work(site: &Site, seed: u64) -> Result<(), String> {
    let places = PLACES.iter().filter(|place| place.topic != BRIEF).count();
    site.verify(places).await?;
    let mut producers = tokio::task::JoinSet::new();
    for place in 0..places {
        let rng = SeededRng::new(seed ^ place as u64);
        let pace = Pace {
            batches: Some(10 + rng.below(60)),
            pause: Duration::ZERO,
            patience: Duration::MAX,
        };
        producers.spawn(Producer { site: site.clone(), place, number: 0, rng, pace }.run());
    }
    while let Some(ended) = producers.join_next().await {
        ended.map_err(|e| format!("the simulator: {e}"))?;
    }
    site.verify(places).await?;
    site.model.lock().failure.clone().map_or(Ok(()), Err)
}
