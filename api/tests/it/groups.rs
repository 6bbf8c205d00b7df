use api_app::{GroupInfo, GroupMember, GroupOffset};

use crate::rig::{Rig, Transcript};

fn offset(topic: &str, partition: i32, committed: i64, end: i64) -> GroupOffset {
    GroupOffset { topic: topic.to_owned(), partition, committed, end }
}

#[tokio::test]
async fn groups_and_lags_have_their_public_shape() {
    let rig = Rig::settled().await;
    let member = GroupMember {
        id: "reader-1".to_owned(),
        instance_id: Some("first".to_owned()),
        client_id: "app".to_owned(),
        assignment: vec![("orders".to_owned(), 0), ("orders".to_owned(), 1)],
    };
    let group = GroupInfo {
        id: "team/a b".to_owned(),
        state: "Stable".to_owned(),
        assignor: "range".to_owned(),
        is_simple: false,
        coordinator: 1,
        members: vec![member],
    };
    let offsets =
        vec![offset("orders", 0, 5, 5), offset("orders", 1, 3, 10), offset("old", 0, 9, 2)];
    rig.cell.put_group(group, offsets);
    let empty =
        GroupInfo { id: "empty".to_owned(), state: "Empty".to_owned(), ..GroupInfo::default() };
    rig.cell.put_group(empty, Vec::new());
    let kafka = rig.kafka();
    let base = format!("/kafka/v3/clusters/{}/consumer-groups", rig.first.cluster_id);
    let one = format!("{base}/team%2Fa%20b");
    let mut seen = Transcript::default();
    for (what, path) in [
        ("list", base.clone()),
        ("get", one.clone()),
        ("get unknown", format!("{base}/nope")),
        ("get without a right", format!("{base}/forbidden")),
        ("consumers", format!("{one}/consumers")),
        ("consumer", format!("{one}/consumers/reader-1")),
        ("unknown consumer", format!("{one}/consumers/nope")),
        ("assignments", format!("{one}/consumers/reader-1/assignments")),
        ("lags", format!("{one}/lags")),
        ("lag", format!("{one}/lags/orders/partitions/1")),
        ("lag of what was not read", format!("{one}/lags/orders/partitions/7")),
        ("summary", format!("{one}/lag-summary")),
        ("summary of nothing", format!("{base}/empty/lag-summary")),
    ] {
        seen.add(what, &kafka.get(&path).await);
    }
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn cluster_that_is_not_there_yet_has_no_groups() {
    let rig = Rig::new().await;
    let base = format!("/kafka/v3/clusters/{}/consumer-groups", rig.first.cluster_id);
    assert_eq!(
        rig.kafka().get(&base).await.expect(200).names("consumer_group_id"),
        [] as [&str; 0]
    );
    rig.kafka().get(&format!("{base}/any")).await.expect(404);
}
