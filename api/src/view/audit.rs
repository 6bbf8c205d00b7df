use api_app::model::{self, AuditKind, AuditResult, AuditService};
use api_types::{
    AuditAddress, AuditAuthentication, AuditAuthorization, AuditCredentials, AuditData, AuditEvent,
    AuditFailure, AuditOutcome, AuditRequest, AuditRequestMetadata, AuditSettings, rfc3339,
};
use common_types::crn;

pub(crate) fn audit_event(row: model::AuditEvent) -> AuditEvent {
    let source = crn::organization(&row.organization_id);
    let service = match row.service {
        AuditService::Cloud => "crn://confluent.cloud/".to_owned(),
        AuditService::Kafka => source.clone(),
    };
    let event_type = format!("{}/{}", row.service.as_str(), row.kind.as_str());
    let address = Some(row.address.clone()).filter(|ip| !ip.is_empty());
    AuditEvent {
        id: row.id.clone(),
        specversion: "1.0".to_owned(),
        event_type,
        time: rfc3339(row.created_us),
        subject: if row.subject.is_empty() { source.clone() } else { row.subject.clone() },
        source,
        datacontenttype: "application/json".to_owned(),
        data: AuditData {
            service_name: service,
            method_name: row.method.clone(),
            resource_name: row.subject.clone(),
            authentication_info: authentication(&row),
            authorization_info: (!row.operation.is_empty()).then(|| AuditAuthorization {
                granted: row.kind != AuditKind::Authorization,
                operation: row.operation,
                resource_type: row.resource_type,
                resource_name: row.resource_name,
                pattern_type: "LITERAL".to_owned(),
            }),
            request: (!row.request.is_empty()).then_some(AuditRequest { access: row.request }),
            request_metadata: AuditRequestMetadata {
                request_id: row.id,
                client_address: address.map(|ip| AuditAddress { ip }).into_iter().collect(),
            },
            result: AuditOutcome {
                status: row.result.as_str().to_owned(),
                data: match row.result {
                    AuditResult::Failure | AuditResult::Denied if !row.error_code.is_empty() => {
                        Some(AuditFailure { error_type: row.error_code })
                    }
                    AuditResult::Success
                    | AuditResult::Failure
                    | AuditResult::Denied
                    | AuditResult::Pending => None,
                },
            },
        },
    }
}

/// The same as bytes: JSON.
#[must_use]
pub fn cloud_event(row: model::AuditEvent) -> Vec<u8> {
    // Text and numbers alone: there is nothing in it that JSON cannot say.
    serde_json::to_vec(&audit_event(row)).unwrap_or_default()
}

fn authentication(row: &model::AuditEvent) -> AuditAuthentication {
    let result = match row.kind {
        AuditKind::Authentication => "UNAUTHENTICATED",
        AuditKind::Request | AuditKind::Authorization => "SUCCESS",
    };
    AuditAuthentication {
        principal_resource_id: row.principal.strip_prefix("User:").unwrap_or_default().to_owned(),
        principal: row.principal.clone(),
        metadata: AuditCredentials {
            mechanism: row.mechanism.clone(),
            identifier: row.key_id.clone(),
        },
        result: result.to_owned(),
        identity: Some(row.identity.clone()).filter(|identity| !identity.is_empty()),
    }
}

pub(crate) fn audit_settings(row: &model::AuditSettings) -> AuditSettings {
    AuditSettings {
        api_version: "weir/v1".to_owned(),
        kind: "AuditSettings".to_owned(),
        retention_days: row.retention_days,
        legal_hold: row.legal_hold,
        topic_cluster_id: row.topic_cluster_id.clone(),
        topic_name: model::AUDIT_TOPIC.to_owned(),
    }
}
