//! Queries of one organisation. The files of this folder do not know the trait that a query over a whole
//! table begins with (`cargo xtask tidy` looks): they begin here, with the organisation's rows alone.

use api_app::OrgScope;
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoCondition, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, DeleteMany, EntityTrait, IntoActiveModel,
    PrimaryKeyTrait, QueryFilter, Select, UpdateMany,
};

use crate::entity::{
    acl, api_key, audit_event, audit_settings, audit_topic_queue, client_quota, cluster,
    desired_topic, environment, event, group_mapping, identity_pool, identity_provider, invitation,
    ip_filter, ip_group, notification_delivery, notification_integration,
    notification_subscription, organization, person, receipt, registry, role_binding,
    second_factor, security_address, security_finding, service_account, session, sso_connection,
    sso_domain, sso_link, undo,
};

/// A table whose rows belong to organisations.
pub(super) trait Owned: EntityTrait {
    /// Which rows are the organisation's.
    fn within(org: &OrgScope) -> Condition;

    /// The row as one of the organisation's, whatever it says.
    fn adopted(row: Self::Model, org: &OrgScope) -> Self::Model;
}

macro_rules! with_a_column {
    ($($table:ident),+ $(,)?) => {
        $(impl Owned for $table::Entity {
            fn within(org: &OrgScope) -> Condition {
                Condition::all().add($table::Column::OrganizationId.eq(org.id()))
            }

            fn adopted(mut row: Self::Model, org: &OrgScope) -> Self::Model {
                org.id().clone_into(&mut row.organization_id);
                row
            }
        })+
    };
}

with_a_column!(
    api_key,
    audit_event,
    audit_settings,
    audit_topic_queue,
    client_quota,
    cluster,
    environment,
    group_mapping,
    identity_pool,
    identity_provider,
    invitation,
    ip_filter,
    ip_group,
    notification_delivery,
    notification_integration,
    notification_subscription,
    person,
    receipt,
    role_binding,
    second_factor,
    security_address,
    security_finding,
    service_account,
    session,
    sso_connection,
    sso_domain,
    sso_link,
    undo,
);

/// Rows that belong to whom their cluster or environment belongs to. They are only ever added while that
/// is held, which is when it was found to be the organisation's.
macro_rules! with_a_parent {
    ($($table:ident, $column:ident, $parent:ident);+ $(;)?) => {
        $(impl Owned for $table::Entity {
            fn within(org: &OrgScope) -> Condition {
                Condition::all().add($table::Column::$column.in_subquery($parent(org)))
            }

            fn adopted(row: Self::Model, _: &OrgScope) -> Self::Model {
                row
            }
        })+
    };
}

with_a_parent!(
    acl, ClusterId, clusters;
    desired_topic, ClusterId, clusters;
    registry, EnvironmentId, environments;
);

impl Owned for organization::Entity {
    fn within(org: &OrgScope) -> Condition {
        Condition::all().add(organization::Column::Id.eq(org.id()))
    }

    fn adopted(mut row: Self::Model, org: &OrgScope) -> Self::Model {
        org.id().clone_into(&mut row.id);
        row
    }
}

/// By the cluster that an event is about, one row after the other: events are many, and read behind a number.
impl Owned for event::Entity {
    fn within(org: &OrgScope) -> Condition {
        Condition::all().add(cluster_of_event(cluster::Entity::within(org)))
    }

    fn adopted(row: Self::Model, _: &OrgScope) -> Self::Model {
        row
    }
}

/// Whether the cluster of an event is one of those that `wanted` says.
pub(super) fn cluster_of_event(wanted: impl IntoCondition) -> Expr {
    let of_event = Expr::col((cluster::Entity, cluster::Column::Id))
        .equals((event::Entity, event::Column::ResourceId));
    let cluster = Query::select()
        .expr(Expr::val(1))
        .from(cluster::Entity)
        .and_where(of_event)
        .cond_where(wanted)
        .to_owned();
    Expr::exists(cluster)
}

fn clusters(org: &OrgScope) -> SelectStatement {
    Query::select()
        .column(cluster::Column::Id)
        .from(cluster::Entity)
        .cond_where(cluster::Entity::within(org))
        .to_owned()
}

fn environments(org: &OrgScope) -> SelectStatement {
    Query::select()
        .column(environment::Column::Id)
        .from(environment::Entity)
        .cond_where(environment::Entity::within(org))
        .to_owned()
}

pub(super) fn find<E: Owned>(org: &OrgScope) -> Select<E> {
    E::find().filter(E::within(org))
}

pub(super) fn find_by_id<E: Owned>(
    org: &OrgScope,
    id: impl Into<<E::PrimaryKey as PrimaryKeyTrait>::ValueType>,
) -> Select<E> {
    E::find_by_id(id).filter(E::within(org))
}

pub(super) fn update<E: Owned>(org: &OrgScope) -> UpdateMany<E> {
    E::update_many().filter(E::within(org))
}

pub(super) fn delete<E: Owned>(org: &OrgScope) -> DeleteMany<E> {
    E::delete_many().filter(E::within(org))
}

pub(super) async fn insert<E>(
    org: &OrgScope,
    db: &impl ConnectionTrait,
    row: E::Model,
) -> Result<(), DbErr>
where
    E: Owned,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let row = E::adopted(row, org).into_active_model();
    E::insert(row).exec_without_returning(db).await.map(|_| ())
}
