use broker::cell::OpenError;
use bytes::Bytes;
use common_seams::Rng as _;
use storage::object_wal::SealError;
use storage::slot::SlotFlags;
use storage_testkit::Faults;

use crate::place::PLACES;
use crate::seed::Seed;
use crate::twin::read;

/// What happens to a cell while nobody runs it. It must refuse to open, until somebody repairs it.
impl Seed {
    /// Somebody deletes a slot of which later ones tell that it was durable.
    pub(crate) async fn lose_a_slot(&mut self) -> Result<(), String> {
        self.store.settle();
        let Some(lost) = self.some_durable_slot() else { return Ok(()) };
        let kept = self.store.objects(&lost);
        self.store.vanish(&lost);
        self.note(&format!("loses {lost}"));
        match self.open(Faults::hostile()).await {
            // It was not needed any more, or the next to verify will miss it.
            Ok(life) => {
                life.site.verify(PLACES.len()).await?;
                self.kill(&life);
            }
            Err(OpenError::Seal(SealError::Lost { .. })) => self.summary.lost_slots += 1,
            Err(other) => return Err(format!("does not open after a loss: {other}")),
        }
        self.store.settle();
        self.store.restore(&lost, &kept);
        self.note("gets it back");
        Ok(())
    }

    /// A slot of the last incarnation that lies below the frontier of a later one.
    fn some_durable_slot(&self) -> Option<String> {
        let slots = self.store.objects("wal/");
        let headers = slots.iter().filter_map(|(key, bytes)| Some((key, read(bytes)?)));
        let data: Vec<_> = headers.filter(|(_, h)| !h.flags.has(SlotFlags::SEAL)).collect();
        let last = data.iter().map(|(_, h)| h.wal.epoch).max()?;
        let own: Vec<_> = data.iter().filter(|(_, h)| h.wal.epoch == last).collect();
        let frontier = own.iter().map(|(_, h)| h.frontier).max()?;
        let durable: Vec<_> = own.iter().filter(|(_, h)| h.slot < frontier).collect();
        let count = durable.len() as u64;
        let one = usize::try_from(self.rng.below(count.max(1))).ok()?;
        durable.get(one).map(|(key, _)| (*key).clone())
    }

    /// Somebody restores metadata as it was before the last takeover.
    pub(crate) async fn roll_metadata_back(
        &mut self,
        yesterday: Option<&[(String, Bytes)]>,
    ) -> Result<(), String> {
        let Some(yesterday) = yesterday else { return Ok(()) };
        self.store.settle();
        let today = self.store.objects("meta/");
        self.store.restore("meta/", yesterday);
        self.note("has metadata of yesterday");
        match self.open(Faults::hostile()).await {
            Ok(life) => {
                life.site.verify(PLACES.len()).await?;
                return Err("F7: metadata of yesterday was served".to_owned());
            }
            Err(OpenError::Damaged { .. } | OpenError::Seal(SealError::Lost { .. })) => {
                self.summary.rolled_back += 1;
            }
            Err(other) => return Err(format!("does not open on old metadata: {other}")),
        }
        self.store.settle();
        self.store.restore("meta/", &today);
        self.note("has metadata of today");
        Ok(())
    }
}
