use api_app::model::{Notice, NoticeType};
use api_types::rfc3339;
use common_types::crn;

use crate::entity::cluster;

/// It can be used for the first time, or again after it failed.
pub(crate) fn ready(row: &cluster::Model, at_us: i64) -> Notice {
    let place = &row.environment_id;
    notice(row, NoticeType::ClusterReady, ("is ready", format!("in {place} can be used.")), at_us)
}

/// It was deleted, and everybody in it was sent away: told at once, while there is time to bring it back.
pub(super) fn deleted(row: &cluster::Model, kept_until_us: Option<i64>, at_us: i64) -> Notice {
    let then = match kept_until_us {
        Some(until_us) => format!(
            "was deleted; nobody can use it. It can be brought back until {}, and is gone then with everything in it.",
            rfc3339(until_us)
        ),
        None => "is gone with everything that was in it.".to_owned(),
    };
    notice(row, NoticeType::ClusterDeleted, ("is deleted", then), at_us)
}

/// Its deletion was undone.
pub(super) fn back(row: &cluster::Model, at_us: i64) -> Notice {
    let place = &row.environment_id;
    let then = format!("in {place} was brought back with what was in it, and can be used.");
    notice(row, NoticeType::ClusterReady, ("is back", then), at_us)
}

fn notice(
    row: &cluster::Model,
    notice_type: NoticeType,
    (what, then): (&str, String),
    at_us: i64,
) -> Notice {
    let (name, id) = (&row.display_name, &row.id);
    Notice {
        notice_type,
        organization_id: row.organization_id.clone(),
        resource: crn::kafka_cluster(&row.organization_id, &row.environment_id, id),
        title: format!("Cluster {name} {what}"),
        message: format!("Cluster {name} ({id}) {then}"),
        at_us,
    }
}
