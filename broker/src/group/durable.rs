use super::GroupError;
use super::cx::Cx;
use super::effects::{AppendFailure, Response};
use super::group_state::Group;
use super::journal::{Change, Pending};
use super::message::{CommitResponse, JoinResponse};
use super::timers::Timer;

impl Group {
    /// Carries out what `pending` was written for. Returns whether the group still exists.
    pub(super) fn settle(&mut self, cx: &mut Cx<'_>, pending: Pending) -> bool {
        self.in_flight = self.in_flight.saturating_sub(1);
        let mut exists = true;
        match pending.change {
            Change::Generation(value) => self.stored = Some(value),
            Change::Assignment(value) => self.assignment_durable(cx, value),
            Change::Offsets(entries) => {
                for (name, id, partition, committed) in entries {
                    self.offsets.insert(&name, id, partition, committed);
                }
            }
            Change::NoOffsets(gone) => {
                for (name, partition) in gone {
                    self.offsets.remove(&name, partition);
                }
            }
            Change::NoGroup => exists = false,
        }
        if let Some((token, response)) = pending.reply {
            cx.answer(token, response);
        }
        exists
    }

    /// Takes back what `pending` was meant for.
    pub(super) fn give_up(&mut self, cx: &mut Cx<'_>, pending: Pending, failure: AppendFailure) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match pending.change {
            Change::Assignment(value) => {
                self.assignment_failed(cx, value.generation, failure.to_error(false));
            }
            Change::NoGroup => {
                self.deleting = false;
                // A phase that ended meanwhile was passed over.
                cx.schedule(cx.now.mono, Timer::Phase(self.key.clone()));
            }
            // A static member whose new id was not stored never learns that id: it joins again. An
            // offset that was not stored leaves the older one in place.
            Change::Generation(_) | Change::Offsets(_) | Change::NoOffsets(_) => {}
        }
        if let Some((token, response)) = pending.reply {
            cx.answer(token, response.failed(failure));
        }
    }
}

impl AppendFailure {
    pub(super) fn to_error(self, is_commit: bool) -> GroupError {
        match self {
            Self::NotLeader => GroupError::NotCoordinator,
            Self::Unavailable => GroupError::CoordinatorNotAvailable,
            Self::TooLarge if is_commit => GroupError::InvalidCommitOffsetSize,
            Self::TooLarge => GroupError::Internal,
        }
    }
}

impl Response {
    /// The answer to give instead of a success that did not become durable.
    pub(super) fn failed(self, failure: AppendFailure) -> Self {
        let error = failure.to_error(false);
        match self {
            Self::Join(r) => {
                Self::Join(JoinResponse { member_id: r.member_id, result: Err(error) })
            }
            Self::Sync(_) => Self::Sync(Err(error)),
            Self::Heartbeat(_) => Self::Heartbeat(Err(error)),
            Self::Leave(_) => Self::Leave(Err(error)),
            Self::Commit(r) => Self::Commit(r.failed(failure.to_error(true))),
            Self::DeleteOffsets(_) => Self::DeleteOffsets(Err(error)),
            Self::DeleteGroup(_) => Self::DeleteGroup(Err(error)),
        }
    }
}

impl CommitResponse {
    fn failed(mut self, error: GroupError) -> Self {
        for partition in self.topics.iter_mut().flat_map(|t| &mut t.partitions) {
            partition.result = partition.result.and(Err(error));
        }
        self
    }
}
