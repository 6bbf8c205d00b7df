use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{DatabaseTransaction, EntityTrait};

use super::next_of;
use crate::entity::event;
use crate::errors::Fault;

/// Something that happened to a resource.
pub(crate) struct Happened<'a> {
    pub(crate) resource_id: &'a str,
    pub(crate) generation: i64,
    pub(crate) actor: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) message: String,
}

/// Writes it down. The last statement of its transaction: the counter is held until the end, so that whoever
/// reads on behind an event misses none that was numbered before it.
pub(crate) async fn happened(
    tx: &DatabaseTransaction,
    it: Happened<'_>,
    now_us: i64,
) -> Result<(), Fault> {
    next_of(tx, "event_order").await?;
    let row = event::ActiveModel {
        id: NotSet,
        at_us: Set(now_us),
        resource_id: Set(it.resource_id.to_owned()),
        generation: Set(it.generation),
        actor: Set(it.actor.to_owned()),
        reason: Set(it.reason.to_owned()),
        message: Set(it.message),
    };
    event::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
