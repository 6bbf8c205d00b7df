use crate::bug::Bug;
use crate::wal::{Config, WORLDS};

/// A small world that is searched on its own.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub name: &'static str,
    pub about: &'static str,
    /// The bugs that are planted in it, one at a time.
    pub bugs: &'static [Bug],
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Wal(&'static Config),
    Segments,
}

const SEGMENTS: World = World {
    name: "segments",
    about: "one segment for two manifests, merges, moves, leftovers and their collection",
    bugs: &[
        Bug::NoClaim,
        Bug::DeleteAfterReadBack,
        Bug::UnnamedIsEnough,
        Bug::BranchWithoutMark,
        Bug::ManifestsBeforeList,
    ],
    kind: Kind::Segments,
};

impl World {
    /// All worlds, the small ones first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let wal = WORLDS.iter().map(|config| Self {
            name: config.name,
            about: config.about,
            bugs: config.bugs,
            kind: Kind::Wal(config),
        });
        wal.chain([SEGMENTS]).collect()
    }

    /// The world of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|world| world.name == name)
    }
}
