use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ApiState;
use crate::described::{SESSION, describe_alike};
use crate::handlers::{
    api_keys, audit, client_quotas, cluster_events, clusters, devices, environments,
    group_mappings, health, identity_pools, identity_providers, invitations, ip_filters, ip_groups,
    kafka_acls, kafka_brokers, kafka_configs, kafka_groups, kafka_records, kafka_topics, metrics,
    notification_integrations, notification_subscriptions, organizations, registries,
    role_bindings, roles, second_factor, security, service_accounts, service_quotas, sessions, sso,
    token_exchange, undo, users, v1,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Weir",
        description = "The control plane and the Kafka REST API of Weir. Every path is also served \
                       with /api before it. Unknown members of a body are ignored and named in the \
                       header X-Weir-Warning; every answer carries X-Request-Id.",
        version = "0.0.0",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&KeyAuthentication)
)]
struct Document;

/// HTTP Basic: the API key is the user, its secret the password. HTTP Bearer: the token of a session.
struct KeyAuthentication;

impl Modify for KeyAuthentication {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_with(Default::default);
        for (name, text) in [
            ("cloud_key", "A Cloud API key: opens everything but kafka/v3."),
            (
                "cluster_key",
                "An API key of the cluster in the path: opens kafka/v3 of that cluster.",
            ),
        ] {
            let scheme =
                HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(text)).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
        let session = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "The token of a person who signed in, or of an identity pool from sts/v1: opens \
                 everything that they may open.",
            ))
            .build();
        components.add_security_scheme(SESSION, SecurityScheme::Http(session));
    }
}

/// Every route, in two lists.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Document::openapi()).merge(control_routes()).merge(kafka_routes())
}

/// The routes of the control plane.
fn control_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(health::read_health))
        .routes(routes!(health::read_readiness))
        .routes(routes!(organizations::list_organizations))
        .routes(routes!(organizations::get_organization, organizations::update_organization))
        .routes(routes!(environments::list_environments, environments::create_environment))
        .routes(routes!(
            environments::get_environment,
            environments::update_environment,
            environments::delete_environment
        ))
        .routes(routes!(clusters::list_clusters, clusters::create_cluster))
        .routes(routes!(clusters::get_cluster, clusters::update_cluster, clusters::delete_cluster))
        .routes(routes!(
            service_accounts::list_service_accounts,
            service_accounts::create_service_account
        ))
        .routes(routes!(
            service_accounts::get_service_account,
            service_accounts::update_service_account,
            service_accounts::delete_service_account
        ))
        .routes(routes!(users::list_users))
        .routes(routes!(users::get_user, users::update_user, users::delete_user))
        .merge(people_routes())
        .routes(routes!(role_bindings::list_role_bindings, role_bindings::create_role_binding))
        .routes(routes!(role_bindings::get_role_binding, role_bindings::delete_role_binding))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::get_api_key, api_keys::update_api_key, api_keys::delete_api_key))
        .routes(routes!(ip_groups::list_ip_groups, ip_groups::create_ip_group))
        .routes(routes!(
            ip_groups::get_ip_group,
            ip_groups::update_ip_group,
            ip_groups::delete_ip_group
        ))
        .routes(routes!(ip_filters::list_ip_filters, ip_filters::create_ip_filter))
        .routes(routes!(
            ip_filters::get_ip_filter,
            ip_filters::update_ip_filter,
            ip_filters::delete_ip_filter
        ))
        .routes(routes!(ip_filters::get_ip_filter_summary))
        .routes(routes!(audit::list_audit_events))
        .routes(routes!(cluster_events::list_cluster_events))
        .routes(routes!(audit::get_audit_settings, audit::update_audit_settings))
        .routes(routes!(registries::list_registries))
        .routes(routes!(registries::get_registry))
        .routes(routes!(roles::list_roles))
        .routes(routes!(roles::get_role))
        .routes(routes!(roles::list_role_names))
        .merge(workload_routes())
        .merge(quota_routes())
        .merge(undo_routes())
        .merge(notification_routes())
        .merge(security_routes())
        .merge(metrics_routes())
        .merge(v1_routes())
}

/// The routes of people who join.
fn people_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(invitations::list_invitations, invitations::create_invitation))
        .routes(routes!(invitations::get_invitation, invitations::delete_invitation))
        .routes(routes!(invitations::create_invitation_link))
        .routes(routes!(invitations::create_membership))
        .routes(routes!(sessions::update_password))
        .routes(routes!(devices::create_device_code))
        .routes(routes!(devices::get_device_code, devices::update_device_code))
        .routes(routes!(devices::create_device_session))
        .routes(routes!(second_factor::get_second_factor, second_factor::create_second_factor))
        .routes(routes!(second_factor::update_second_factor))
        .routes(routes!(second_factor::delete_second_factor))
        .routes(routes!(second_factor::delete_user_second_factor))
        .routes(routes!(
            sso::get_sso_connection,
            sso::update_sso_connection,
            sso::delete_sso_connection
        ))
        .routes(routes!(group_mappings::list_group_mappings, group_mappings::create_group_mapping))
        .routes(routes!(
            group_mappings::get_group_mapping,
            group_mappings::update_group_mapping,
            group_mappings::delete_group_mapping
        ))
        .routes(routes!(sso::create_sso_sign_in))
        .routes(routes!(sso::create_sso_session))
}

/// The routes of workloads that have an identity elsewhere.
fn workload_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(
            identity_providers::list_identity_providers,
            identity_providers::create_identity_provider
        ))
        .routes(routes!(
            identity_providers::get_identity_provider,
            identity_providers::update_identity_provider,
            identity_providers::delete_identity_provider
        ))
        .routes(routes!(identity_providers::update_identity_provider_jwks))
        .routes(routes!(identity_pools::list_identity_pools, identity_pools::create_identity_pool))
        .routes(routes!(
            identity_pools::get_identity_pool,
            identity_pools::update_identity_pool,
            identity_pools::delete_identity_pool
        ))
        .routes(routes!(token_exchange::create_access_token_of_pool))
}

/// The routes of quotas.
fn quota_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(client_quotas::list_client_quotas, client_quotas::create_client_quota))
        .routes(routes!(
            client_quotas::get_client_quota,
            client_quotas::update_client_quota,
            client_quotas::delete_client_quota
        ))
        .routes(routes!(service_quotas::list_applied_quotas))
        .routes(routes!(service_quotas::get_applied_quota))
        .routes(routes!(service_quotas::list_quota_scopes))
        .routes(routes!(service_quotas::get_quota_scope))
}

/// The routes of what was deleted and can be brought back.
fn undo_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(undo::list_deleted_clusters))
        .routes(routes!(undo::get_deleted_cluster, undo::delete_deleted_cluster))
        .routes(routes!(undo::create_cluster_restore))
        .routes(routes!(undo::list_deleted_environments))
        .routes(routes!(undo::get_deleted_environment, undo::delete_deleted_environment))
        .routes(routes!(undo::create_environment_restore))
}

/// The routes of who is told of what happens.
fn notification_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(
            notification_integrations::list_notification_integrations,
            notification_integrations::create_notification_integration
        ))
        .routes(routes!(
            notification_integrations::get_notification_integration,
            notification_integrations::update_notification_integration,
            notification_integrations::delete_notification_integration
        ))
        .routes(routes!(notification_integrations::create_notification_test))
        .routes(routes!(notification_integrations::list_notification_deliveries))
        .routes(routes!(
            notification_subscriptions::list_notification_subscriptions,
            notification_subscriptions::create_notification_subscription
        ))
        .routes(routes!(
            notification_subscriptions::get_notification_subscription,
            notification_subscriptions::update_notification_subscription,
            notification_subscriptions::delete_notification_subscription
        ))
        .routes(routes!(notification_subscriptions::list_notification_types))
        .routes(routes!(notification_subscriptions::get_notification_type))
}

/// The routes of what rules over the audit log found.
fn security_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(security::list_security_findings))
        .routes(routes!(security::get_security_finding, security::update_security_finding))
        .routes(routes!(security::get_security_score))
}

/// The routes of metrics.
fn metrics_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(metrics::list_metric_descriptors))
        .routes(routes!(metrics::list_metric_resources))
        .routes(routes!(metrics::read_metrics))
        .routes(routes!(metrics::list_metric_attributes))
        .routes(routes!(metrics::get_metrics_export))
}

/// What command lines written before `v2` ask for.
fn v1_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(sessions::get_login_realm))
        .routes(routes!(sessions::create_session, sessions::delete_session))
        .routes(routes!(sessions::get_me))
        .routes(routes!(sessions::create_access_token))
        .routes(routes!(v1::list_v1_users))
        .routes(routes!(v1::list_v1_service_accounts))
        .routes(routes!(v1::list_v1_clouds))
        .routes(routes!(v1::list_v1_usage_limits))
        .routes(routes!(v1::create_v1_usage))
        .routes(routes!(v1::create_v1_feedback))
}

/// The routes of `kafka/v3`.
fn kafka_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(kafka_topics::get_kafka_cluster))
        .routes(routes!(kafka_acls::list_acls, kafka_acls::create_acl, kafka_acls::delete_acls))
        .routes(routes!(kafka_acls::create_acls))
        .routes(routes!(kafka_topics::list_topics, kafka_topics::create_topic))
        .routes(routes!(
            kafka_topics::get_topic,
            kafka_topics::update_topic,
            kafka_topics::delete_topic
        ))
        .routes(routes!(kafka_topics::list_partitions))
        .routes(routes!(kafka_topics::get_partition))
        .routes(routes!(kafka_records::create_record))
        .routes(routes!(kafka_brokers::list_replicas))
        .routes(routes!(kafka_brokers::get_replica))
        .routes(routes!(kafka_brokers::list_brokers))
        .routes(routes!(kafka_brokers::get_broker))
        .routes(routes!(kafka_groups::list_consumer_groups))
        .routes(routes!(kafka_groups::get_consumer_group))
        .routes(routes!(kafka_groups::list_consumers))
        .routes(routes!(kafka_groups::get_consumer))
        .routes(routes!(kafka_groups::list_consumer_assignments))
        .routes(routes!(kafka_groups::get_consumer_group_lag_summary))
        .routes(routes!(kafka_groups::list_consumer_lags))
        .routes(routes!(kafka_groups::get_consumer_lag))
        .routes(routes!(kafka_configs::list_all_topic_configs))
        .routes(routes!(kafka_configs::list_topic_configs))
        .routes(routes!(kafka_configs::list_topic_default_configs))
        .routes(routes!(kafka_configs::alter_topic_configs))
        .routes(routes!(
            kafka_configs::get_topic_config,
            kafka_configs::update_topic_config,
            kafka_configs::delete_topic_config
        ))
}

/// The description of the API as it is committed: pretty JSON with a line end.
///
/// # Panics
/// Never: a description is made of texts and maps.
#[must_use]
pub fn openapi() -> String {
    let (_, mut document) = routes().split_for_parts();
    describe_alike(&mut document);
    let mut text =
        document.to_pretty_json().expect("a description is texts and maps, which JSON can hold");
    text.push('\n');
    text
}
