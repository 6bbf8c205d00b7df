use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;

use common_seams::{Rng, SeededRng};

use crate::power::Unsynced;

const PAGE: u64 = 4096;

/// Loses pages that were not synced, each by chance; what a page held before was zeros, because files are
/// preallocated. A page that lies in a synced run, too, is left alone up to the end of that run.
pub(crate) fn lose_pages(rng: &SeededRng, unsynced: &[Unsynced]) -> io::Result<u64> {
    let mut lost = 0;
    for run in unsynced {
        let Ok(file) = OpenOptions::new().write(true).open(&run.path) else { continue };
        let length = file.metadata()?.len();
        // Some cuts lose everything, some nothing, most lose some pages.
        let odds = [0, 2, 5, 10][usize::try_from(rng.below(4)).unwrap_or(0)];
        let mut from = run.from;
        while from < run.to.min(length) {
            let to = ((from / PAGE + 1) * PAGE).min(run.to).min(length);
            if rng.below(10) < odds {
                let zeros = vec![0; usize::try_from(to - from).unwrap_or(0)];
                file.write_all_at(&zeros, from)?;
                lost += 1;
            }
            from = to;
        }
    }
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unsynced_bytes_are_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wal");
        let mut lost = 0;
        for seed in 0..20 {
            std::fs::write(&path, vec![7; 40_000]).unwrap();
            let run = Unsynced { path: path.clone(), from: 10_000, to: 30_000 };
            lost += lose_pages(&SeededRng::new(seed), &[run]).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            assert!(bytes[..10_000].iter().chain(&bytes[30_000..]).all(|byte| *byte == 7));
        }
        assert!(lost > 0);
    }
}
