use api_app::Endpoints;
use api_app::model::{self, DeliveryState, NoticeType};
use api_types::{
    NotificationDelivery, NotificationIntegration, NotificationIntegrationStatus,
    NotificationSubscription, NotificationTarget, NotificationType, ObjectMeta, ObjectRef, rfc3339,
};
use common_types::crn;

use super::meta;

const GROUP: &str = "notifications/v1";

pub(crate) fn notification_integration(
    endpoints: &Endpoints,
    row: model::NotificationIntegration,
    webhook_url: String,
    signing_secret: Option<String>,
) -> NotificationIntegration {
    let path = format!("/{GROUP}/integrations/{}", row.id);
    let name = format!("{}/integration={}", crn::organization(&row.organization_id), row.id);
    let health = row.health;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let state = match (health.disabled.is_empty(), health.failing_since_us) {
        (false, _) => "DISABLED",
        (true, Some(_)) => "FAILING",
        (true, None) => "ENABLED",
    };
    NotificationIntegration {
        api_version: GROUP.to_owned(),
        kind: "Integration".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        display_name: row.display_name,
        description: row.description,
        target: NotificationTarget { kind: row.kind.as_str().to_owned(), webhook_url },
        signing_secret,
        status: NotificationIntegrationStatus {
            state: state.to_owned(),
            reason: some(health.disabled),
            last_attempt_at: (health.last_us > 0).then(|| rfc3339(health.last_us)),
            last_error: some(health.last_error),
            dropped: health.dropped,
        },
    }
}

pub(crate) fn notification_subscription(
    endpoints: &Endpoints,
    row: model::NotificationSubscription,
) -> NotificationSubscription {
    let path = format!("/{GROUP}/subscriptions/{}", row.id);
    let organization = row.organization_id;
    let name = format!("{}/subscription={}", crn::organization(&organization), row.id);
    let integrations = row.integration_ids.into_iter();
    NotificationSubscription {
        api_version: GROUP.to_owned(),
        kind: "Subscription".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        notification_type: reference(
            endpoints,
            ("notification-types", "notification-type"),
            &organization,
            row.notice_type.as_str().to_owned(),
        ),
        integrations: integrations
            .map(|id| reference(endpoints, ("integrations", "integration"), &organization, id))
            .collect(),
        current_state: row.state.as_str().to_owned(),
    }
}

pub(crate) fn notification_type(endpoints: &Endpoints, it: NoticeType) -> NotificationType {
    let (display_name, description) = it.described();
    let severity = it.severity();
    let (id, base) = (it.as_str(), &endpoints.api_base_url);
    NotificationType {
        api_version: GROUP.to_owned(),
        kind: "NotificationType".to_owned(),
        id: id.to_owned(),
        metadata: ObjectMeta {
            self_url: format!("{base}/{GROUP}/notification-types/{id}"),
            resource_name: format!("crn://confluent.cloud/notification-type={id}"),
            ..ObjectMeta::default()
        },
        display_name: display_name.to_owned(),
        description: description.to_owned(),
        category: it.category().to_owned(),
        severity: severity.to_owned(),
        subscription_priority: if severity == "INFO" { "OPTIONAL" } else { "RECOMMENDED" }
            .to_owned(),
        is_included_in_plan: true,
    }
}

pub(crate) fn notification_delivery(
    endpoints: &Endpoints,
    row: model::Delivery,
) -> NotificationDelivery {
    let organization = row.notice.organization_id;
    let waits = row.state == DeliveryState::Pending;
    NotificationDelivery {
        id: row.id,
        notification_id: row.notification_id,
        notification_type: row.notice.notice_type.as_str().to_owned(),
        integration: reference(
            endpoints,
            ("integrations", "integration"),
            &organization,
            row.integration_id,
        ),
        title: row.notice.title,
        message: row.notice.message,
        resource: row.notice.resource,
        created_at: rfc3339(row.notice.at_us),
        state: row.state.as_str().to_owned(),
        attempts: row.attempts,
        next_attempt_at: waits.then(|| rfc3339(row.due_us)),
        ended_at: (row.ended_us > 0).then(|| rfc3339(row.ended_us)),
        error: Some(row.error).filter(|why| !why.is_empty()),
    }
}

fn reference(
    endpoints: &Endpoints,
    (collection, kind): (&str, &str),
    organization: &str,
    id: String,
) -> ObjectRef {
    ObjectRef {
        related: format!("{}/{GROUP}/{collection}/{id}", endpoints.api_base_url),
        resource_name: format!("{}/{kind}={id}", crn::organization(organization)),
        id,
        ..ObjectRef::default()
    }
}
