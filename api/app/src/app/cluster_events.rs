use common_errors::Error;
use common_types::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

use super::App;
use super::clusters::required_environment;
use super::core::sees;
use crate::authz::{Action, Caller, Thing};
use crate::failures::{bad_filter, from_repo};
use crate::model::ClusterEvent;
use crate::page::{Page, PageRequest};
use crate::ports::SystemWide;

/// Which events of clusters are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterEventFilter {
    /// `env-…`
    pub environment_id: Option<String>,
    /// Only of this cluster.
    pub cluster_id: Option<String>,
}

/// Some events, and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterEvents {
    /// Those that the caller may see.
    pub events: Vec<ClusterEvent>,
    /// The number of the last one that was looked at.
    pub last: i64,
    /// Whether there may be more.
    pub more: bool,
}

impl App {
    /// One page of what happened to clusters of an environment, the oldest first.
    ///
    /// # Errors
    /// No environment named; an environment that the caller may not see; a token that is none; the store.
    pub async fn cluster_events(
        &self,
        caller: &Caller,
        filter: &ClusterEventFilter,
        request: &PageRequest,
    ) -> Result<Page<ClusterEvent>, Error> {
        let after = match request.token.as_deref().filter(|token| !token.is_empty()) {
            Some(token) => event_number(token, "page_token")?,
            None => 0,
        };
        let size = request.size.unwrap_or(PAGE_SIZE_DEFAULT).clamp(1, PAGE_SIZE_MAX);
        let found = self.cluster_events_after(caller, filter, after, size).await?;
        let next = found.more.then(|| found.last.to_string());
        Ok(Page { items: found.events, next })
    }

    /// What happened behind an event.
    ///
    /// # Errors
    /// No environment named; an environment that the caller may not see; the store.
    pub async fn cluster_events_after(
        &self,
        caller: &Caller,
        filter: &ClusterEventFilter,
        after: i64,
        limit: u32,
    ) -> Result<ClusterEvents, Error> {
        let environment_id = required_environment(filter.environment_id.as_deref())?;
        self.environment_for(caller, Action::Read, environment_id).await?;
        let (org, id) = (caller.org(), environment_id.to_owned());
        let rows = self.parts.repo.cluster_events(org, id, after, limit).await;
        let rows = rows.map_err(from_repo)?;
        let more = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let last = rows.last().map_or(after, |row| row.id);
        let wanted = |row: &ClusterEvent| {
            let cluster_id = row.cluster_id.as_str();
            let named = filter.cluster_id.as_deref().is_none_or(|id| id == cluster_id);
            named && sees(caller, caller.own(Thing::Cluster { environment_id, cluster_id }))
        };
        Ok(ClusterEvents { events: rows.into_iter().filter(wanted).collect(), last, more })
    }

    /// The number of the last event of all: behind it is what happens from now on.
    ///
    /// # Errors
    /// The store.
    pub async fn last_cluster_event(&self) -> Result<i64, Error> {
        self.parts.repo.last_event(SystemWide::Events).await.map_err(from_repo)
    }
}

/// Reads the number of an event.
///
/// # Errors
/// When it is none.
pub fn event_number(text: &str, place: &str) -> Result<i64, Error> {
    let number = text.parse::<i64>().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| {
        bad_filter(
            place,
            format!("{place} is not one that this server gave; leave it out to start over"),
        )
    })
}
