use common_errors::Error;
use common_types::id::Prefix;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::notification_integrations::too_many;
use super::{App, Asked, Change};
use crate::authz::{Action, Caller, Thing};
use crate::failures::{forbidden, from_repo, invalid, missing, not_found};
use crate::model::{NoticeType, NotificationSubscription, SubscriptionState};
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;

/// Subscriptions of an organisation.
pub(super) const MOST: u32 = 200;
/// Integrations of one subscription.
const INTEGRATIONS_MAX: usize = 20;
const KIND: &str = "subscription";

/// What is wanted of a subscription; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionWish {
    /// `cluster-ready`; required to create, never changed.
    pub notification_type: Option<String>,
    /// `int-…`; required to create.
    pub integrations: Option<Vec<String>>,
    /// `ENABLED`, which is what an absent one means to create, or `DISABLED`.
    pub current_state: Option<String>,
}

impl App {
    /// One page of the subscriptions.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn notification_subscriptions(
        &self,
        caller: &Caller,
        request: &PageRequest,
    ) -> Result<Page<NotificationSubscription>, Error> {
        let sees = sees(caller, caller.own(Thing::Notifications));
        let fetch = |slice| self.parts.repo.notification_subscriptions(caller.org(), slice);
        page(request, fetch, |_: &NotificationSubscription| sees).await
    }

    /// One subscription.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn notification_subscription(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<NotificationSubscription, Error> {
        self.subscription_for(caller, Action::Read, id).await
    }

    /// Makes a subscription: what happens from now on is told.
    ///
    /// # Errors
    /// A bad value; an integration that is not there; as many as there may be; a missing role.
    pub async fn create_notification_subscription(
        &self,
        caller: &Caller,
        wish: SubscriptionWish,
        asked: Asked<'_, NotificationSubscription>,
    ) -> Result<NotificationSubscription, Error> {
        let id = self.new_id(Prefix::NotificationSubscription);
        if allow(caller, Action::Create, caller.own(Thing::Notifications), KIND, &id).is_err() {
            return Err(forbidden("make subscriptions"));
        }
        let kind = wish.notification_type.ok_or_else(|| missing("/notification_type"))?;
        let integrations = wish.integrations.ok_or_else(|| missing("/integrations"))?;
        let now = self.now_us();
        let row = NotificationSubscription {
            id,
            organization_id: caller.organization_id.clone(),
            notice_type: notice_type(&kind)?,
            integration_ids: integration_ids(integrations)?,
            state: wish.current_state.map_or(Ok(SubscriptionState::Enabled), |it| state(&it))?,
            created_us: now,
            updated_us: now,
        };
        let terms = self.terms(caller, &asked, &row)?;
        let (repo, most) = (&self.parts.repo, u64::from(MOST));
        let stored =
            repo.insert_notification_subscription(caller.org(), row.clone(), most, terms).await;
        if !stored.map_err(not_there)? {
            return Err(too_many("subscriptions", most));
        }
        self.forget_receipts(&asked).await;
        Ok(row)
    }

    /// Changes a subscription.
    ///
    /// # Errors
    /// Not found; a bad value; an integration that is not there; a missing role.
    pub async fn update_notification_subscription(
        &self,
        caller: &Caller,
        id: &str,
        wish: SubscriptionWish,
        change: &Change,
    ) -> Result<NotificationSubscription, Error> {
        let integrations = wish.integrations.map(integration_ids).transpose()?;
        let state = wish.current_state.map(|it| state(&it)).transpose()?;
        for _ in 0..STALE_RETRIES {
            let mut row = self.subscription_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            if wish.notification_type.as_deref().is_some_and(|it| it != row.notice_type.as_str()) {
                let detail = "the notification type of a subscription cannot change";
                return Err(invalid("/notification_type/id", detail));
            }
            let before_us = row.updated_us;
            row.integration_ids = integrations.clone().unwrap_or(row.integration_ids);
            row.state = state.unwrap_or(row.state);
            row.updated_us = self.now_us().max(before_us + 1);
            let (repo, org) = (&self.parts.repo, caller.org());
            let stored =
                repo.update_notification_subscription(org, row.clone(), before_us, change.dry_run);
            match stored.await {
                Ok(()) => return Ok(row),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(not_there(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes a subscription. What is on its way already still arrives.
    ///
    /// # Errors
    /// Not found; a missing role.
    pub async fn delete_notification_subscription(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.subscription_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let repo = &self.parts.repo;
            let gone =
                repo.delete_notification_subscription(caller.org(), row.id, row.updated_us).await;
            if gone.map_err(from_repo)? {
                return Ok(());
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    async fn subscription_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<NotificationSubscription, Error> {
        allow(caller, action, caller.own(Thing::Notifications), KIND, id)?;
        let row = self.parts.repo.notification_subscription(caller.org(), id.to_owned()).await;
        row.map_err(from_repo)?.ok_or_else(|| not_found(KIND, id))
    }
}

fn notice_type(text: &str) -> Result<NoticeType, Error> {
    let pointer = "/notification_type/id";
    text.parse().map_err(|error| invalid(pointer, format!("notification_type: {error}")))
}

fn state(text: &str) -> Result<SubscriptionState, Error> {
    let pointer = "/current_state";
    text.parse().map_err(|error| invalid(pointer, format!("current_state: {error}")))
}

fn integration_ids(wanted: Vec<String>) -> Result<Vec<String>, Error> {
    let count = wanted.len();
    if wanted.is_empty() || count > INTEGRATIONS_MAX {
        let detail = format!("integrations holds 1 to {INTEGRATIONS_MAX} of them, got {count}");
        return Err(invalid("/integrations", detail));
    }
    for (index, id) in wanted.iter().enumerate() {
        if wanted.iter().take(index).any(|other| other == id) {
            let pointer = format!("/integrations/{index}/id");
            return Err(invalid(&pointer, format!("integration {id:?} is there twice")));
        }
    }
    Ok(wanted)
}

fn not_there(error: RepoError) -> Error {
    match error {
        RepoError::ParentGone(id) => {
            invalid("/integrations", format!("integration {id:?} is not there"))
        }
        other => from_repo(other),
    }
}
