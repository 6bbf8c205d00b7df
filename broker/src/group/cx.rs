use std::time::Duration;

use common_seams::{Rng, uuid_v4};

use super::GroupError;
use super::effects::{Effects, GroupKey, Now, Record, Response, Text, Token};
use super::journal::{Change, Journal, Pending};
use super::message::JoinResponse;
use super::settings::GroupSettings;
use super::timers::{Timer, Timers};

/// What a group needs from its coordinator during one call.
pub(super) struct Cx<'a> {
    pub(super) now: Now,
    pub(super) settings: &'a GroupSettings,
    pub(super) rng: &'a dyn Rng,
    pub(super) timers: &'a mut Timers,
    pub(super) journal: &'a mut Journal,
    pub(super) effects: Effects,
}

impl Cx<'_> {
    pub(super) fn answer(&mut self, token: Token, response: Response) {
        self.effects.responses.push((token, response));
    }

    pub(super) fn refuse_join(&mut self, token: Token, member_id: &Text, error: GroupError) {
        let response = JoinResponse { member_id: member_id.clone(), result: Err(error) };
        self.answer(token, Response::Join(response));
    }

    pub(super) fn refuse_sync(&mut self, token: Token, error: GroupError) {
        self.answer(token, Response::Sync(Err(error)));
    }

    /// Writes `records`; `change` happens and `reply` goes out once they are durable.
    pub(super) fn append(
        &mut self,
        key: &GroupKey,
        records: Vec<Record>,
        change: Change,
        reply: Option<(Token, Response)>,
    ) {
        let pending = Pending { key: key.clone(), change, reply };
        self.effects.appends.push(self.journal.append(records, pending));
    }

    /// The running time `after` from now.
    pub(super) fn at(&self, after: Duration) -> Duration {
        self.now.mono.saturating_add(after)
    }

    pub(super) fn schedule(&mut self, at: Duration, timer: Timer) {
        self.timers.schedule(at, timer);
    }

    /// A fresh member id that starts with a name a person can find in a list.
    pub(super) fn member_id(&self, name: &str) -> Text {
        let mut end = name.len().min(MEMBER_NAME_SIZE_MAX);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}-{}", &name[..end], uuid_v4(self.rng)).into()
    }
}

const MEMBER_NAME_SIZE_MAX: usize = 255;
