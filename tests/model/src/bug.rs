/// A mistake that can be planted. One switch for all of them: a world has at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum Bug {
    /// A slot is acknowledged before the slots below it are durable
    AckBeforePrefix,
    /// Headers are compared by nonce, without the CRC of the body
    HeaderWithoutCrc,
    /// The lowest needed slot is read before the fence
    FenceBehindWriter,
    /// A slower sealer commits its own end over the committed one
    SealedTwice,
    /// The lowest needed slot of a fenced epoch moves
    LowMovesWhenFenced,
    /// Frontiers behind the end of a seal are not looked at
    FrontierIgnored,
    /// Collection takes SEALs, too
    SealCollected,
    /// A report of the lowest needed slot does not compare the row's version
    ReportWithoutVersion,
    /// An epoch comes from the counter of the metadata, whatever births are in the bucket
    EpochReused,
    /// A stopped leader reads its row back unchanged and goes on
    ResumeAfterReadBack,
    /// A stopped leader goes on when the row names it, whatever the epoch of the placement group
    ResumeByLeader,
    /// A target uses the state that an old leader sent for another attempt
    OfferOfOtherAttempt,
    /// A handover leaves out the pin
    PinOmitted,
    /// A pin goes on the ground of a manifest that its new leader has not claimed yet
    UnpinBeforeClaim,
    /// A coordinator decides without proof that it still leads
    StaleReader,
    /// A stored slot counts as proof while slots below it are not known durable
    ProofAboveGap,
    /// A new leader writes the manifest without claiming it, and collection asks for no owner
    NoClaim,
    /// A creator deletes a segment after reading back a manifest that does not name it
    DeleteAfterReadBack,
    /// Collection reads the manifests before it lists the segments
    ManifestsBeforeList,
    /// Collection takes what was named once and is named no more, whoever made it
    UnnamedIsEnough,
    /// A branch names segments of another manifest without telling it
    BranchWithoutMark,
    /// After a restore: a leader appends before its claim is in the manifest
    AppendBeforeClaim,
    /// After a restore: a leader claims a version of the manifest that it did not recover from
    ClaimOnNewerVersion,
    /// After a restore: births that the metadata does not know are passed over
    StrayBirthIgnored,
    /// After a restore: a seal below what the manifest covers is committed
    CoveredIgnored,
    /// After a restore: a foreign manifest of the same placement-group epoch is served
    EqualPgEpochServed,
}

/// What a search for a bug is expected to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A rule forbids it, and without the rule a counterexample exists.
    Caught,
    /// Another rule makes it harmless in this model: the rule it breaks is a second line of defence.
    Harmless,
}

impl Bug {
    /// The rule that it breaks, as the fencing page numbers them.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::AckBeforePrefix => "F1",
            Self::HeaderWithoutCrc => "F2",
            Self::FenceBehindWriter | Self::LowMovesWhenFenced => "F3a",
            Self::SealedTwice => "F3d",
            Self::FrontierIgnored => "F3e",
            Self::CoveredIgnored => "F3f",
            Self::SealCollected | Self::ReportWithoutVersion => "F4",
            Self::EpochReused | Self::StrayBirthIgnored => "F5",
            Self::ResumeAfterReadBack | Self::DeleteAfterReadBack => "F0",
            Self::ResumeByLeader | Self::OfferOfOtherAttempt => "handover",
            Self::PinOmitted => "pins",
            Self::StaleReader | Self::ProofAboveGap => "F8",
            Self::NoClaim
            | Self::UnpinBeforeClaim
            | Self::AppendBeforeClaim
            | Self::ClaimOnNewerVersion
            | Self::EqualPgEpochServed => "F7",
            Self::ManifestsBeforeList | Self::UnnamedIsEnough | Self::BranchWithoutMark => {
                "collection"
            }
        }
    }

    /// What the search is expected to bring; a test holds it to that.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self {
            Self::LowMovesWhenFenced
            | Self::ReportWithoutVersion
            | Self::UnpinBeforeClaim
            | Self::StrayBirthIgnored
            | Self::ManifestsBeforeList => Verdict::Harmless,
            _ => Verdict::Caught,
        }
    }
}
