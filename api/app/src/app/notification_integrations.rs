use api_types::rfc3339;
use common_errors::{Error, ErrorKind};
use common_types::id::Prefix;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::{App, Asked, Change};
use crate::authz::{Action, Caller, Thing};
use crate::failures::{forbidden, from_repo, internal, invalid, missing, not_found, taken};
use crate::model::{
    Delivery, IntegrationHealth, NotificationIntegration, NotificationSubscription, TargetKind,
};
use crate::notification::{Message, Target, open, post, seal};
use crate::page::{Page, PageRequest, page};
use crate::ports::{RepoError, Slice};
use crate::rules::{display_name, text};
use crate::secret::new_secret;

/// Integrations of an organisation.
const INTEGRATIONS_MAX: u64 = 50;
pub(super) const NAME_LENGTH_MAX: usize = 64;
const DESCRIPTION_LENGTH_MAX: usize = 256;
const URL_LENGTH_MAX: usize = 2048;
const KIND: &str = "integration";

/// What is wanted of an integration; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrationWish {
    /// Required to create.
    pub display_name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Required to create.
    pub target: Option<TargetWish>,
}

/// Where notifications shall go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetWish {
    /// `Webhook`, `Slack` or `MsTeams`.
    pub kind: Option<String>,
    /// An https URL on the public internet.
    pub webhook_url: Option<String>,
}

/// An integration with the key of its signatures, which is shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewIntegration {
    /// The integration.
    pub row: NotificationIntegration,
    /// What a webhook is signed with.
    pub signing_secret: Option<String>,
}

impl App {
    /// One page of the integrations.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn notification_integrations(
        &self,
        caller: &Caller,
        request: &PageRequest,
    ) -> Result<Page<NotificationIntegration>, Error> {
        let sees = sees(caller, caller.own(Thing::Notifications));
        let fetch = |slice| self.parts.repo.notification_integrations(caller.org(), slice);
        page(request, fetch, |_: &NotificationIntegration| sees).await
    }

    /// One integration.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn notification_integration(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<NotificationIntegration, Error> {
        self.integration_for(caller, Action::Read, id).await
    }

    /// The address of an integration that the caller was given.
    ///
    /// # Errors
    /// Another pepper than it was sealed with.
    pub fn webhook_url(&self, row: &NotificationIntegration) -> Result<String, Error> {
        Ok(self.target_of(row)?.url)
    }

    /// Makes an integration. Nothing is sent yet.
    ///
    /// # Errors
    /// A bad value; a taken name; as many as there may be; a missing role.
    pub async fn create_notification_integration(
        &self,
        caller: &Caller,
        wish: IntegrationWish,
        asked: Asked<'_, NewIntegration>,
    ) -> Result<NewIntegration, Error> {
        let id = self.new_id(Prefix::NotificationIntegration);
        if allow(caller, Action::Create, caller.own(Thing::Notifications), KIND, &id).is_err() {
            return Err(forbidden("make integrations"));
        }
        let name = wish.display_name.ok_or_else(|| missing("/display_name"))?;
        let target = wish.target.ok_or_else(|| missing("/target"))?;
        let (kind, url) = self.checked_target(target, None)?;
        let now = self.now_us();
        let mut row = NotificationIntegration {
            id,
            organization_id: caller.organization_id.clone(),
            display_name: display_name(name, "/display_name", NAME_LENGTH_MAX)?,
            description: described(wish.description.unwrap_or_default())?,
            kind,
            target: Vec::new(),
            pepper_version: 0,
            health: IntegrationHealth::default(),
            created_us: now,
            updated_us: now,
        };
        let signing_secret = self.seal_target(&mut row, url, String::new())?;
        let new = NewIntegration { row, signing_secret };
        let terms = self.terms(caller, &asked, &new)?;
        let repo = &self.parts.repo;
        let stored = repo.insert_notification_integration(
            caller.org(),
            new.row.clone(),
            INTEGRATIONS_MAX,
            terms,
        );
        if !stored.await.map_err(name_taken)? {
            return Err(too_many("integrations", INTEGRATIONS_MAX));
        }
        self.forget_receipts(&asked).await;
        Ok(new)
    }

    /// Changes an integration. One that was disabled because nothing arrived is sent to again.
    ///
    /// # Errors
    /// Not found; a bad value; a taken name; a missing role.
    pub async fn update_notification_integration(
        &self,
        caller: &Caller,
        id: &str,
        wish: IntegrationWish,
        change: &Change,
    ) -> Result<NewIntegration, Error> {
        for _ in 0..STALE_RETRIES {
            let mut row = self.integration_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            let before_us = row.updated_us;
            if let Some(name) = &wish.display_name {
                row.display_name = display_name(name.clone(), "/display_name", NAME_LENGTH_MAX)?;
            }
            if let Some(description) = &wish.description {
                row.description = described(description.clone())?;
            }
            let mut signing_secret = None;
            if let Some(target) = &wish.target {
                let old = self.target_of(&row)?;
                let known = Some((row.kind, old.url));
                let (kind, url) = self.checked_target(target.clone(), known)?;
                row.kind = kind;
                signing_secret = self.seal_target(&mut row, url, old.secret)?;
            }
            row.health.disabled = String::new();
            row.health.failing_since_us = None;
            row.updated_us = self.now_us().max(before_us + 1);
            let (repo, org) = (&self.parts.repo, caller.org());
            let stored =
                repo.update_notification_integration(org, row.clone(), before_us, change.dry_run);
            match stored.await {
                Ok(()) => return Ok(NewIntegration { row, signing_secret }),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(name_taken(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Deletes an integration that no subscription has, with what is on its way to it.
    ///
    /// # Errors
    /// Not found; a subscription that has it; a missing role.
    pub async fn delete_notification_integration(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.integration_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            if let Some(subscription) = self.subscription_with(caller, &row.id).await? {
                let detail = format!(
                    "subscription {} has this integration; change it first",
                    subscription.id
                );
                return Err(Error::new(ErrorKind::Conflict, "integration_in_use", detail));
            }
            if change.dry_run {
                return Ok(());
            }
            let repo = &self.parts.repo;
            let gone =
                repo.delete_notification_integration(caller.org(), row.id, row.updated_us).await;
            if gone.map_err(from_repo)? {
                return Ok(());
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Sends a message that says that it is a test, and waits for its receiver: to an integration that is there, or
    /// to where one would lead.
    ///
    /// # Errors
    /// Not found; a bad value; a missing role; a receiver that does not take it.
    pub async fn test_notification_integration(
        &self,
        caller: &Caller,
        id: Option<&str>,
        target: Option<TargetWish>,
    ) -> Result<(), Error> {
        let thing = caller.own(Thing::Notifications);
        if allow(caller, Action::Update, thing, KIND, id.unwrap_or_default()).is_err() {
            return Err(forbidden("send test messages"));
        }
        let (kind, target) = match (id, target) {
            (Some(id), None) => {
                let row = self.integration_for(caller, Action::Update, id).await?;
                (row.kind, self.target_of(&row)?)
            }
            (_, target) => {
                let target = target.ok_or_else(|| missing("/target"))?;
                let (kind, url) = self.checked_target(target, None)?;
                (kind, Target { url, secret: String::new() })
            }
        };
        let now_us = self.now_us();
        let message = Message {
            id: "ntf-test",
            notice_type: "test",
            severity: "INFO",
            organization_id: &caller.organization_id,
            resource: "",
            title: "Test message of Weir",
            message: "Somebody asked for it, to see whether it arrives. There is nothing to do.",
            created_at: &rfc3339(now_us),
        };
        match self.parts.poster.post(post(kind, &target, &message, now_us)).await {
            Ok(200..=299) => Ok(()),
            Ok(status) => Err(test_failed(format!("the receiver answers {status}"))),
            Err(error) => Err(test_failed(format!("webhook_url: {error}"))),
        }
    }

    /// One page of what was sent and what waits, the newest first.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn notification_deliveries(
        &self,
        caller: &Caller,
        integration_id: Option<String>,
        request: &PageRequest,
    ) -> Result<Page<Delivery>, Error> {
        let sees = sees(caller, caller.own(Thing::Notifications));
        let repo = &self.parts.repo;
        let fetch = |slice| repo.deliveries(caller.org(), integration_id.clone(), slice);
        page(request, fetch, |_: &Delivery| sees).await
    }

    async fn integration_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<NotificationIntegration, Error> {
        allow(caller, action, caller.own(Thing::Notifications), KIND, id)?;
        let row = self.parts.repo.notification_integration(caller.org(), id.to_owned()).await;
        row.map_err(from_repo)?.ok_or_else(|| not_found(KIND, id))
    }

    async fn subscription_with(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Option<NotificationSubscription>, Error> {
        let all = Slice { after: None, limit: super::notification_subscriptions::MOST };
        let all = self.parts.repo.notification_subscriptions(caller.org(), all).await;
        let mut all = all.map_err(from_repo)?.into_iter();
        Ok(all.find(|it| it.integration_ids.iter().any(|other| other == id)))
    }

    pub(super) fn target_of(&self, row: &NotificationIntegration) -> Result<Target, Error> {
        open(&self.parts.peppers, row).ok_or_else(|| internal("the kept address cannot be opened"))
    }

    /// Seals where an integration leads. A webhook gets a key for its signatures when it has none.
    fn seal_target(
        &self,
        row: &mut NotificationIntegration,
        url: String,
        secret: String,
    ) -> Result<Option<String>, Error> {
        let fresh = (row.kind == TargetKind::Webhook && secret.is_empty())
            .then(|| new_secret(&*self.parts.rng));
        let target = Target { url, secret: fresh.clone().unwrap_or(secret) };
        seal(&self.parts.peppers, &*self.parts.rng, row, &target)
            .ok_or_else(|| internal("the address cannot be sealed"))?;
        Ok(fresh)
    }

    /// Kind and address of a target; what is not said is as it is known.
    fn checked_target(
        &self,
        wish: TargetWish,
        known: Option<(TargetKind, String)>,
    ) -> Result<(TargetKind, String), Error> {
        let (known_kind, known_url) = known.unzip();
        let kind = match wish.kind.as_deref() {
            None => known_kind.ok_or_else(|| missing("/target/kind"))?,
            Some("UserEmail" | "RoleEmail") => {
                let detail = "e-mail is not sent; use a Webhook, Slack or MsTeams target";
                return Err(invalid("/target/kind", detail));
            }
            Some(kind) => {
                kind.parse().map_err(|error| invalid("/target/kind", format!("kind: {error}")))?
            }
        };
        let pointer = "/target/webhook_url";
        let url = wish.webhook_url.or(known_url).ok_or_else(|| missing(pointer))?;
        let url = display_name(url, pointer, URL_LENGTH_MAX)?;
        let allowed = self.parts.poster.check(&url);
        allowed.map_err(|error| invalid(pointer, format!("webhook_url {error}")))?;
        Ok((kind, url))
    }
}

fn described(description: String) -> Result<String, Error> {
    text(description, "/description", DESCRIPTION_LENGTH_MAX)
}

fn test_failed(detail: String) -> Error {
    Error::new(ErrorKind::Invalid, "integration_test_failed", detail)
}

pub(super) fn too_many(what: &str, most: u64) -> Error {
    let detail = format!("the number of {what} of an organization is currently limited to {most}");
    Error::new(ErrorKind::Limit, "too_many_notifications", detail)
}

fn name_taken(error: RepoError) -> Error {
    match error {
        RepoError::Taken { existing_id } => {
            taken(format!("display_name is already in use by {existing_id}"))
        }
        other => from_repo(other),
    }
}
