use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::{
    DeleteGroupsResponse, DescribeGroupsResponse, GroupId, HeartbeatResponse, JoinGroupRequest,
    JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, ListGroupsRequest,
    ListGroupsResponse, OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteResponse,
    OffsetFetchRequest, OffsetFetchResponse, SyncGroupResponse, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, Message};
use uuid::Uuid;

use super::text::str_bytes;
use super::*;
use crate::group::{
    Assigned, CommitResponse, CommitResult, DescribedGroup, DescribedMember, FetchedOffset,
    FetchedTopic, GroupError, GroupKey, GroupState, JoinMember, JoinResponse, JoinedGroup,
    LeaveMember, LeaveResult, ListedGroup, TopicResults,
};

/// Encodes and decodes: proves that every member that is set exists in `version`.
fn over_the_wire<M: Encodable + Decodable>(message: &M, version: i16) -> M {
    let mut buf = BytesMut::new();
    message.encode(&mut buf, version).unwrap();
    let mut bytes = buf.freeze();
    let decoded = M::decode(&mut bytes, version).unwrap();
    assert!(bytes.is_empty(), "version {version} left bytes");
    decoded
}

fn key() -> GroupKey {
    GroupKey { tenant: "lkc-1".parse().unwrap(), group: "g".into() }
}

fn client() -> ClientInfo {
    ClientInfo { client_id: "app".into(), address: [127, 0, 0, 1].into() }
}

fn topic_of_two(name: &str) -> Result<ResolvedTopic, GroupError> {
    match name {
        "orders" => Ok(ResolvedTopic { id: Uuid::from_u128(5), partitions: 2 }),
        "secret" => Err(GroupError::TopicAuthorizationFailed),
        _ => Err(GroupError::UnknownTopicOrPartition),
    }
}

#[test]
fn advertised_versions_exist() {
    let known = |v: kafka_protocol::protocol::VersionRange| (v.min, v.max);
    let ranges = [
        (8, known(OffsetCommitRequest::VERSIONS)),
        (9, known(OffsetFetchRequest::VERSIONS)),
        (11, known(JoinGroupRequest::VERSIONS)),
        (13, known(LeaveGroupRequest::VERSIONS)),
        (16, known(ListGroupsRequest::VERSIONS)),
    ];
    for (api, (min, max)) in ranges {
        let ours = GROUP_API_VERSIONS.iter().find(|(key, _, _)| *key == api).unwrap();
        assert!(ours.1 >= min && ours.2 <= max, "api {api}");
    }
}

#[test]
fn join_asks_what_its_version_can_say() {
    for version in 0..=9 {
        let mut wire = JoinGroupRequest::default()
            .with_group_id(GroupId(str_bytes("g")))
            .with_session_timeout_ms(10_000)
            .with_protocol_type(str_bytes("consumer"))
            .with_protocols(vec![
                JoinGroupRequestProtocol::default()
                    .with_name(str_bytes("range"))
                    .with_metadata(Bytes::from_static(b"m")),
            ]);
        if version >= 1 {
            wire.rebalance_timeout_ms = 60_000;
        }
        if version >= 5 {
            wire.group_instance_id = Some(str_bytes("one"));
        }
        let asked =
            join_from_wire(key().tenant, &over_the_wire(&wire, version), version, &client());
        assert_eq!(asked.rebalance_timeout_ms, if version == 0 { 10_000 } else { 60_000 });
        assert_eq!(asked.instance_id.as_deref(), (version >= 5).then_some("one"));
        assert_eq!(asked.require_member_id, version >= 4);
        assert_eq!(asked.knows_skip_assignment, version >= 9);
        assert_eq!((&*asked.client_host, &*asked.protocols[0].name), ("/127.0.0.1", "range"));
    }
}

#[test]
fn join_answers_in_every_version() {
    for version in 0..=9 {
        let refused =
            JoinResponse { member_id: "m".into(), result: Err(GroupError::MemberIdRequired) };
        let wire: JoinGroupResponse = over_the_wire(&join_to_wire(&refused, version), version);
        assert_eq!((wire.error_code, wire.generation_id), (79, -1));
        assert_eq!(wire.protocol_name.is_some(), version < 7);
        assert_eq!(wire.member_id.as_str(), "m");

        let member = JoinMember {
            member_id: "m".into(),
            instance_id: Some("one".into()),
            metadata: Bytes::from_static(b"x"),
        };
        let group = JoinedGroup {
            generation: 3,
            protocol_type: "consumer".into(),
            protocol: "range".into(),
            leader: "m".into(),
            skip_assignment: version >= 9,
            members: vec![member],
        };
        let joined = JoinResponse { member_id: "m".into(), result: Ok(group) };
        let wire: JoinGroupResponse = over_the_wire(&join_to_wire(&joined, version), version);
        assert_eq!((wire.error_code, wire.generation_id, wire.members.len()), (0, 3, 1));
        assert_eq!(wire.members[0].group_instance_id.is_some(), version >= 5);
        assert_eq!(wire.skip_assignment, version >= 9);
    }
}

#[test]
fn sync_and_heartbeat_answer_in_every_version() {
    for version in 0..=5 {
        let assigned = Assigned {
            protocol_type: "consumer".into(),
            protocol: "range".into(),
            assignment: Bytes::from_static(b"work"),
        };
        let wire: SyncGroupResponse = over_the_wire(&sync_to_wire(&Ok(assigned)), version);
        assert_eq!((wire.error_code, &*wire.assignment), (0, &b"work"[..]));
        let refused = sync_to_wire(&Err(GroupError::RebalanceInProgress));
        assert_eq!(over_the_wire(&refused, version).error_code, 27);
    }
    for version in 0..=4 {
        let refused = heartbeat_to_wire(&Err(GroupError::FencedInstanceId));
        let wire: HeartbeatResponse = over_the_wire(&refused, version);
        assert_eq!(wire.error_code, 82);
    }
}

#[test]
fn leave_puts_the_error_where_the_version_has_room() {
    for version in 0..=5 {
        let mut wire = LeaveGroupRequest::default().with_group_id(GroupId(str_bytes("g")));
        if version < 3 {
            wire.member_id = str_bytes("m");
        } else {
            wire.members = vec![MemberIdentity::default().with_member_id(str_bytes("m"))];
        }
        let asked = leave_from_wire(key().tenant, &over_the_wire(&wire, version), version);
        let member = LeaveMember { member_id: "m".into(), instance_id: None };
        assert_eq!(asked.members, std::slice::from_ref(&member));

        let unknown = LeaveResult { member, result: Err(GroupError::UnknownMemberId) };
        let wire: LeaveGroupResponse =
            over_the_wire(&leave_to_wire(&Ok(vec![unknown]), version), version);
        let of_member = wire.members.first().map(|m| m.error_code);
        let expected = if version < 3 { (25, None) } else { (0, Some(25)) };
        assert_eq!((wire.error_code, of_member), expected);
        let refused = leave_to_wire(&Err(GroupError::CoordinatorNotAvailable), version);
        assert_eq!(over_the_wire(&refused, version).error_code, 15);
    }
}

#[test]
fn commit_resolves_topics_and_partitions() {
    let partition = |p| {
        OffsetCommitRequestPartition::default()
            .with_partition_index(p)
            .with_committed_offset(7)
            .with_committed_metadata(None)
    };
    let topic = |name| {
        OffsetCommitRequestTopic::default()
            .with_name(TopicName(str_bytes(name)))
            .with_partitions(vec![partition(1), partition(2)])
    };
    for version in 2..=9 {
        let wire = OffsetCommitRequest::default()
            .with_group_id(GroupId(str_bytes("g")))
            .with_generation_id_or_member_epoch(4)
            .with_topics(vec![topic("orders"), topic("secret"), topic("none")]);
        let wire = over_the_wire(&wire, version);
        let asked = commit_from_wire(key().tenant, &wire, &topic_of_two);
        let refused: Vec<Option<GroupError>> =
            asked.topics.iter().flat_map(|t| &t.partitions).map(|p| p.refused).collect();
        let (unknown, secret) =
            (Some(GroupError::UnknownTopicOrPartition), Some(GroupError::TopicAuthorizationFailed));
        assert_eq!(refused, [None, unknown, secret, secret, unknown, unknown]);
        assert_eq!((asked.topics[0].id, asked.generation), (Uuid::from_u128(5), 4));

        let missing = CommitResult { partition: 1, result: Err(GroupError::GroupIdNotFound) };
        let topics = vec![TopicResults { name: "orders".into(), partitions: vec![missing] }];
        let wire: OffsetCommitResponse =
            over_the_wire(&commit_to_wire(&CommitResponse { topics }, version), version);
        let expected = if version < 9 { 22 } else { 69 };
        assert_eq!(wire.topics[0].partitions[0].error_code, expected);
    }
}

#[test]
fn offset_fetch_speaks_of_one_group_or_many() {
    for version in 1..=9 {
        let wire = if version < 8 {
            let topic = OffsetFetchRequestTopic::default()
                .with_name(TopicName(str_bytes("orders")))
                .with_partition_indexes(vec![0, 1]);
            OffsetFetchRequest::default()
                .with_group_id(GroupId(str_bytes("g")))
                .with_topics(Some(vec![topic]))
        } else {
            let topic = OffsetFetchRequestTopics::default()
                .with_name(TopicName(str_bytes("orders")))
                .with_partition_indexes(vec![0, 1]);
            let group = |name, topics| {
                OffsetFetchRequestGroup::default()
                    .with_group_id(GroupId(str_bytes(name)))
                    .with_topics(topics)
            };
            OffsetFetchRequest::default()
                .with_groups(vec![group("g", Some(vec![topic])), group("h", None)])
        };
        let wire = over_the_wire(&wire, version);
        let asked = offset_fetch_from_wire(key().tenant, &wire, version, &topic_of_two);
        assert_eq!(asked.len(), if version < 8 { 1 } else { 2 });
        assert_eq!(asked[0].topics.as_ref().unwrap()[0].id, Some(Uuid::from_u128(5)));
        assert!(asked.last().is_none_or(|q| version < 8 || q.topics.is_none()));

        let answer = |result| FetchAnswer { question: asked[0].clone(), result };
        let refused = offset_fetch_to_wire(&[answer(Err(GroupError::NotCoordinator))], version);
        let wire: OffsetFetchResponse = over_the_wire(&refused, version);
        let code = match version {
            1 => wire.topics[0].partitions[1].error_code,
            2..=7 => wire.error_code,
            _ => wire.groups[0].error_code,
        };
        assert_eq!(code, 16);

        let offset =
            FetchedOffset { partition: 1, offset: 9, leader_epoch: 2, metadata: "hi".into() };
        let topic = FetchedTopic { name: "orders".into(), id: None, offsets: vec![offset] };
        let wire: OffsetFetchResponse =
            over_the_wire(&offset_fetch_to_wire(&[answer(Ok(vec![topic]))], version), version);
        let (offset, epoch) = if version < 8 {
            let p = &wire.topics[0].partitions[0];
            (p.committed_offset, p.committed_leader_epoch)
        } else {
            let p = &wire.groups[0].topics[0].partitions[0];
            (p.committed_offset, p.committed_leader_epoch)
        };
        assert_eq!((offset, epoch), (9, if version < 5 { -1 } else { 2 }));
    }
}

#[test]
fn a_missing_group_is_dead_or_not_found() {
    for version in 0..=6 {
        let member = DescribedMember {
            member_id: "m".into(),
            instance_id: Some("one".into()),
            client_id: "app".into(),
            client_host: "/127.0.0.1".into(),
            metadata: Bytes::new(),
            assignment: Bytes::new(),
        };
        let group = DescribedGroup {
            group: "g".into(),
            state: GroupState::Stable,
            protocol_type: "consumer".into(),
            protocol: "range".into(),
            members: vec![member],
        };
        let of = |result| GroupDescription { key: key(), result, authorized_operations: Some(264) };
        let all = [of(Ok(Some(group))), of(Ok(None)), of(Err(GroupError::NotCoordinator))];
        let wire: DescribeGroupsResponse =
            over_the_wire(&describe_groups_to_wire(&all, version), version);
        let states: Vec<&str> = wire.groups.iter().map(|g| g.group_state.as_str()).collect();
        assert_eq!(states, ["Stable", "Dead", ""]);
        let codes: Vec<i16> = wire.groups.iter().map(|g| g.error_code).collect();
        assert_eq!(codes, [0, if version < 6 { 0 } else { 69 }, 16]);
    }
}

#[test]
fn list_filters_by_state_and_type() {
    let group = |name: &str, state| ListedGroup {
        group: name.into(),
        protocol_type: "consumer".into(),
        state,
    };
    let groups = [group("a", GroupState::Empty), group("b", GroupState::Stable)];
    let names = |states: &[&str], types: &[&str]| {
        let texts = |list: &[&str]| list.iter().map(|s| str_bytes(s)).collect();
        let request = ListGroupsRequest::default()
            .with_states_filter(texts(states))
            .with_types_filter(texts(types));
        let filter = list_groups_from_wire(&request);
        let answer = list_groups_to_wire(&groups, &filter);
        for version in 0..=5 {
            let wire: ListGroupsResponse = over_the_wire(&answer, version);
            assert_eq!(wire.groups.len(), answer.groups.len());
        }
        answer.groups.iter().map(|g| g.group_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[], &[]), ["a", "b"]);
    assert_eq!(names(&["stable", "Dead"], &[]), ["b"]);
    assert_eq!(names(&[], &["Classic"]), ["a", "b"]);
    assert_eq!(names(&[], &["consumer"]), Vec::<String>::new());
}

#[test]
fn deletions_answer_in_every_version() {
    for version in 0..=2 {
        let results = [(key(), Ok(())), (key(), Err(GroupError::NonEmptyGroup))];
        let wire: DeleteGroupsResponse = over_the_wire(&delete_groups_to_wire(&results), version);
        assert_eq!(wire.results.iter().map(|r| r.error_code).collect::<Vec<_>>(), [0, 68]);
    }
    let refused = delete_offsets_to_wire(&Err(GroupError::GroupIdNotFound));
    let wire: OffsetDeleteResponse = over_the_wire(&refused, 0);
    assert_eq!(wire.error_code, 69);
}
