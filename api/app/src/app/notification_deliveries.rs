use std::collections::BTreeSet;
use std::time::Duration;

use api_types::rfc3339;
use common_errors::Error;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::App;
use crate::failures::from_repo;
use crate::model::{Delivery, DeliveryState, NotificationIntegration, micros};
use crate::notification::{FAILING_MAX, Message, TRIES_MAX, Target, pause_us, post};
use crate::ports::{OrgScope, SystemWide};

/// How often it is looked for messages that are due.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether a limit is nearly used up, and old messages go.
const WATCH_PAUSE: Duration = Duration::from_secs(60);
/// Integrations that are sent to at the same time: those that hang hold up only as many.
const AT_ONCE: usize = 8;
/// Integrations with something due that are looked at: those that are sent to just now are among them.
const LOOKED_AT: u32 = 16;
/// How long messages that ended are shown.
const LOG_KEPT: Duration = Duration::from_secs(7 * 86_400);

impl App {
    /// Sends what is due, and looks at limits. Never ends; spawn it.
    pub async fn keep_notifications(&self) {
        tokio::join!(self.keep_delivering(), self.keep_watching());
    }

    async fn keep_delivering(&self) {
        loop {
            if let Err(error) = self.deliver_notifications().await {
                tracing::warn!(%error, "notifications wait, because the store does not answer");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn keep_watching(&self) {
        loop {
            if let Err(error) = self.watch_quotas().await {
                tracing::warn!(%error, "nobody looked how much of the limits is used");
            }
            let until_us = self.now_us().saturating_sub(micros(LOG_KEPT));
            let forgotten =
                self.parts.repo.forget_deliveries(SystemWide::Housekeeping, until_us).await;
            if let Err(error) = forgotten {
                tracing::warn!(%error, "old notifications stay for now");
            }
            tokio::time::sleep(WATCH_PAUSE).await;
        }
    }

    /// Sends until nothing is due: to each integration one message at a time, the oldest that waits, and to those first
    /// that were not sent to for longest. One that is slow holds up nobody else.
    ///
    /// # Errors
    /// The store. What was sent and could not be noted is sent again, with the same id.
    pub async fn deliver_notifications(&self) -> Result<(), Error> {
        let reach = SystemWide::Notifications;
        let (mut busy, mut sending) = (BTreeSet::new(), FuturesUnordered::new());
        loop {
            let due = self.parts.repo.due_deliveries(reach, self.now_us(), LOOKED_AT).await;
            for row in due.map_err(from_repo)? {
                if sending.len() < AT_ONCE && busy.insert(row.integration_id.clone()) {
                    sending.push(self.deliver_one(row));
                }
            }
            // What comes meanwhile for others does not wait until somebody answered.
            match tokio::time::timeout(PAUSE, sending.next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(ended)) => drop(busy.remove(&ended?)),
                Err(_) => {}
            }
        }
    }

    /// Tries one message; returns whose it is.
    async fn deliver_one(&self, row: Delivery) -> Result<String, Error> {
        let (org, id) = (OrgScope::of(&row.notice.organization_id), row.integration_id.clone());
        let found = self.parts.repo.notification_integration(org, id.clone()).await;
        // One that is deleted takes its messages along.
        if let Some(integration) = found.map_err(from_repo)? {
            self.deliver(row, integration).await?;
        }
        Ok(id)
    }

    /// Tries once, and notes how it ended.
    async fn deliver(
        &self,
        mut row: Delivery,
        integration: NotificationIntegration,
    ) -> Result<(), Error> {
        let failure = match self.target_of(&integration) {
            Ok(target) => self.send(&row, &integration, &target).await.err(),
            Err(error) => Some(error.detail),
        };
        let (now_us, mut health) = (self.now_us(), integration.health);
        row.attempts += 1;
        health.last_us = now_us;
        match failure {
            None => {
                (row.state, row.ended_us, row.error) =
                    (DeliveryState::Delivered, now_us, String::new());
                (health.last_error, health.failing_since_us) = (String::new(), None);
            }
            Some(why) => {
                let since_us = *health.failing_since_us.get_or_insert(now_us);
                let given_up = row.attempts >= TRIES_MAX;
                if given_up {
                    (row.state, row.ended_us) = (DeliveryState::Failed, now_us);
                } else {
                    row.due_us = now_us.saturating_add(pause_us(row.attempts));
                }
                if given_up && now_us.saturating_sub(since_us) >= micros(FAILING_MAX) {
                    let since = rfc3339(since_us);
                    health.disabled =
                        format!("nothing arrived since {since}; the last time: {why}");
                }
                row.error.clone_from(&why);
                health.last_error = why;
            }
        }
        let settled = self.parts.repo.settle_delivery(SystemWide::Notifications, row, health);
        settled.await.map_err(from_repo)
    }

    async fn send(
        &self,
        row: &Delivery,
        integration: &NotificationIntegration,
        target: &Target,
    ) -> Result<(), String> {
        let notice = &row.notice;
        let message = Message {
            id: &row.notification_id,
            notice_type: notice.notice_type.as_str(),
            severity: notice.notice_type.severity(),
            organization_id: &notice.organization_id,
            resource: &notice.resource,
            title: &notice.title,
            message: &notice.message,
            created_at: &rfc3339(notice.at_us),
        };
        let sent = post(integration.kind, target, &message, self.now_us());
        match self.parts.poster.post(sent).await {
            Ok(200..=299) => Ok(()),
            Ok(status) => Err(format!("the receiver answers {status}")),
            Err(error) => Err(error.to_string()),
        }
    }
}
