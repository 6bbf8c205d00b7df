use storage::planted::Planted;

use crate::company::run_company;
use crate::power::Disk;
use crate::run::{Failure, run};
use crate::seed::{StoreOptions, run_on_store};

/// Seeds within which a planted bug must show.
pub const FOUND_WITHIN: u64 = 200;

/// What a bug is called on the command line.
#[must_use]
pub fn name(bug: Planted) -> String {
    let mut name = String::new();
    for c in format!("{bug:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The bug of a name.
#[must_use]
pub fn named(wanted: &str) -> Option<Planted> {
    Planted::ALL.into_iter().find(|bug| name(*bug) == wanted)
}

/// Runs seeds with a bug planted, from `first` on, until it shows. None: it stayed hidden.
///
/// # Panics
/// When no folder can be made.
#[must_use]
pub fn find(bug: Planted, first: u64) -> Option<Failure> {
    (first..first + FOUND_WITHIN).find_map(|seed| match bug {
        Planted::RecoveredUnsynced | Planted::UncutEnd => {
            let folder = crate::folder().expect("a place for temporary files");
            run(seed, Disk::Honest, Some(bug), folder.path()).err()
        }
        _ => {
            let options = StoreOptions { planted: Some(bug), ..StoreOptions::default() };
            if bug.takes_company() {
                run_company(seed, options).outcome.err()
            } else {
                run_on_store(seed, options).outcome.err()
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bugs_have_names_for_people() {
        assert_eq!(name(Planted::HeaderWithoutCrc), "header-without-crc");
        assert!(Planted::ALL.into_iter().all(|bug| named(&name(bug)) == Some(bug)));
    }
}
