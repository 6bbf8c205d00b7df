use api_app::model::Deleted;
use serde::{Deserialize, Serialize};

use super::{from_json, role_binding};
use crate::entity::undo;
use crate::entity::{acl, api_key, client_quota, desired_topic, registry, role_binding as binding};
use crate::errors::Fault;

/// What was taken away with a deletion, row by row, as `undo.taken` has it. Stores of earlier versions have it in
/// their shape: a column that comes later wants `#[serde(default)]`, and one that goes stays known here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Taken {
    pub(crate) keys: Vec<api_key::Model>,
    pub(crate) acls: Vec<acl::Model>,
    pub(crate) quotas: Vec<client_quota::Model>,
    pub(crate) bindings: Vec<binding::Model>,
    pub(crate) topics: Vec<desired_topic::Model>,
    pub(crate) registries: Vec<registry::Model>,
}

impl Taken {
    pub(crate) fn of(row: &undo::Model) -> Result<Self, Fault> {
        from_json("undo.taken", &row.taken)
    }
}

pub(crate) fn deleted(row: undo::Model) -> Result<Deleted, Fault> {
    let taken = Taken::of(&row)?;
    Ok(Deleted {
        api_keys: taken.keys.len(),
        acls: taken.acls.len(),
        client_quotas: taken.quotas.len(),
        role_bindings: taken.bindings.into_iter().map(role_binding).collect::<Result<_, _>>()?,
        id: row.id,
        organization_id: row.organization_id,
        environment_id: row.environment_id,
        deleted_with: row.deleted_with,
        display_name: row.display_name,
        deleted_by: row.deleted_by,
        created_us: row.created_us,
        until_us: row.until_us,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the first version that had undo windows wrote it.
    const FIRST: &str = r#"{"keys":[{"id":"K","organization_id":"o","owner_id":"sa-1","resource_id":"lkc-1","environment_id":"env-1","display_name":"k","description":"","verifier":[1,2],"pepper_version":1,"created_us":1,"updated_us":2}],"acls":[{"cluster_id":"lkc-1","principal":"User:sa-1","resource_type":"TOPIC","resource_name":"t","pattern":"LITERAL","host":"*","operation":"READ","permission":"ALLOW","created_us":3}],"quotas":[{"id":"cq-1","organization_id":"o","environment_id":"env-1","cluster_id":"lkc-1","display_name":"q","description":"","principals":"[\"sa-1\"]","ingress":5,"egress":null,"created_us":4,"updated_us":5}],"bindings":[{"id":"rb-1","organization_id":"o","principal":"User:sa-1","role":"CloudClusterAdmin","crn_pattern":"crn://","created_us":6,"updated_us":7}],"topics":[{"cluster_id":"lkc-1","name":"t","partitions":1,"replication_factor":null,"configs":"[]","failure":null,"created_us":8}],"registries":[{"id":"lsrc-1","environment_id":"env-1","cloud":"AWS","region":"r","created_us":9,"updated_us":10}]}"#;

    #[test]
    fn what_the_first_version_kept_is_read_and_written_alike() {
        let taken: Taken = from_json("taken", FIRST).unwrap();
        assert_eq!(taken.keys[0].verifier, [1, 2]);
        assert_eq!(taken.quotas[0].principals, "[\"sa-1\"]");
        assert_eq!(taken.registries[0].region, "r");
        assert_eq!(super::super::to_json(&taken), FIRST);
    }

    #[test]
    fn end_of_a_key_is_kept() {
        let kept =
            FIRST.replacen("\"pepper_version\":1", "\"pepper_version\":1,\"expires_us\":9", 1);
        let taken: Taken = from_json("taken", &kept).unwrap();
        assert_eq!(taken.keys[0].expires_us, Some(9));
        assert_eq!(super::super::to_json(&taken), kept);
    }

    #[test]
    fn what_a_version_did_not_keep_is_empty() {
        assert_eq!(from_json::<Taken>("taken", "{}").unwrap(), Taken::default());
    }
}
