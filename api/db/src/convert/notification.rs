use api_app::model::{
    Delivery, IntegrationHealth, Notice, NotificationIntegration, NotificationSubscription,
};

use super::{from_json, read, to_json};
use crate::entity::{notification_delivery, notification_integration, notification_subscription};
use crate::errors::Fault;

pub(crate) fn notification_integration(
    row: notification_integration::Model,
) -> Result<NotificationIntegration, Fault> {
    let pepper = u32::try_from(row.pepper_version);
    Ok(NotificationIntegration {
        kind: read("notification_integration.kind", &row.kind)?,
        pepper_version: pepper
            .map_err(|_| Fault::Corrupt("notification_integration: pepper_version".to_owned()))?,
        id: row.id,
        organization_id: row.organization_id,
        display_name: row.display_name,
        description: row.description,
        target: row.target,
        health: IntegrationHealth {
            last_us: row.last_us,
            last_error: row.last_error,
            failing_since_us: row.failing_since_us,
            disabled: row.disabled,
            dropped: row.dropped,
        },
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn notification_integration_row(
    it: NotificationIntegration,
) -> notification_integration::Model {
    notification_integration::Model {
        id: it.id,
        organization_id: it.organization_id,
        display_name: it.display_name,
        description: it.description,
        kind: it.kind.as_str().to_owned(),
        target: it.target,
        pepper_version: i32::try_from(it.pepper_version).unwrap_or(i32::MAX),
        last_us: it.health.last_us,
        last_error: it.health.last_error,
        failing_since_us: it.health.failing_since_us,
        disabled: it.health.disabled,
        dropped: it.health.dropped,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn notification_subscription(
    row: notification_subscription::Model,
) -> Result<NotificationSubscription, Fault> {
    Ok(NotificationSubscription {
        notice_type: read("notification_subscription.notice_type", &row.notice_type)?,
        integration_ids: from_json("integration_ids", &row.integration_ids)?,
        state: read("notification_subscription.state", &row.state)?,
        id: row.id,
        organization_id: row.organization_id,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn notification_subscription_row(
    it: NotificationSubscription,
) -> notification_subscription::Model {
    notification_subscription::Model {
        id: it.id,
        organization_id: it.organization_id,
        notice_type: it.notice_type.as_str().to_owned(),
        integration_ids: to_json(&it.integration_ids),
        state: it.state.as_str().to_owned(),
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn delivery(row: notification_delivery::Model) -> Result<Delivery, Fault> {
    let attempts = u32::try_from(row.attempts);
    Ok(Delivery {
        notice: Notice {
            notice_type: read("notification_delivery.notice_type", &row.notice_type)?,
            organization_id: row.organization_id,
            resource: row.resource,
            title: row.title,
            message: row.message,
            at_us: row.at_us,
        },
        state: read("notification_delivery.state", &row.state)?,
        attempts: attempts
            .map_err(|_| Fault::Corrupt("notification_delivery: attempts".to_owned()))?,
        id: row.id,
        notification_id: row.notification_id,
        integration_id: row.integration_id,
        due_us: row.due_us,
        ended_us: row.ended_us,
        error: row.error,
        created_us: row.created_us,
    })
}

pub(crate) fn delivery_row(it: Delivery) -> notification_delivery::Model {
    notification_delivery::Model {
        id: it.id,
        organization_id: it.notice.organization_id,
        notification_id: it.notification_id,
        integration_id: it.integration_id,
        notice_type: it.notice.notice_type.as_str().to_owned(),
        resource: it.notice.resource,
        title: it.notice.title,
        message: it.notice.message,
        at_us: it.notice.at_us,
        state: it.state.as_str().to_owned(),
        attempts: i32::try_from(it.attempts).unwrap_or(i32::MAX),
        due_us: it.due_us,
        ended_us: it.ended_us,
        error: it.error,
        created_us: it.created_us,
    }
}
