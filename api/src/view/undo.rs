use api_app::{Endpoints, model};
use api_types::{DeletedObject, Restoration, rfc3339};
use common_types::crn;

use super::cluster::environment_ref;
use super::meta;

pub(crate) fn deleted_object(endpoints: &Endpoints, row: model::Deleted) -> DeletedObject {
    let org = &row.organization_id;
    let (kind, place, name) = if row.id == row.environment_id {
        ("DeletedEnvironment", "deleted-environments", crn::environment(org, &row.id))
    } else {
        let name = crn::kafka_cluster(org, &row.environment_id, &row.id);
        ("DeletedCluster", "deleted-clusters", name)
    };
    let path = format!("/weir/v1/{place}/{}", row.id);
    DeletedObject {
        api_version: "weir/v1".to_owned(),
        kind: kind.to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.created_us),
        environment: environment_ref(endpoints, org, &row.environment_id),
        display_name: row.display_name,
        deleted_with: row.deleted_with,
        deleted_by: row.deleted_by,
        deleted_at: rfc3339(row.created_us),
        restorable_until: rfc3339(row.until_us),
        api_keys: row.api_keys as u64,
        role_bindings: row.role_bindings.len() as u64,
        acls: row.acls as u64,
        client_quotas: row.client_quotas as u64,
        id: row.id,
    }
}

pub(crate) fn restoration(id: String, done: model::Restored) -> Restoration {
    Restoration {
        api_version: "weir/v1".to_owned(),
        kind: "Restoration".to_owned(),
        id,
        clusters: done.clusters,
        gone_principals: done.gone_principals.into_iter().collect(),
    }
}
