"""The admin surface through confluent-kafka, kafka-python and Java."""

import pytest
from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)
from kafka import KafkaAdminClient

from harness import java, topics
from harness.wait import eventually


@pytest.fixture
def admin(access):
    return AdminClient(access.librdkafka())


def code(refused) -> int:
    return refused.value.args[0].code()


def config(admin, topic: str) -> dict:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    return admin.describe_configs([resource])[resource].result(20)


def alter(admin, topic: str, name: str, value, operation=AlterConfigOpType.SET):
    entry = ConfigEntry(name, value, incremental_operation=operation)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(20)


@pytest.mark.weir_only
def test_created_topic_is_listed_and_described(access, admin):
    name = topics.create(access, "described", 3)
    listed = admin.list_topics(timeout=10).topics
    assert len(listed[name].partitions) == 3
    for partition in listed[name].partitions.values():
        assert partition.leader in partition.isrs and partition.error is None
    assert not [each for each in listed if each.startswith("__")], "internal topics are hidden"


def test_topic_exists_is_its_own_error(access, admin):
    name = topics.create(access, "twice")
    with pytest.raises(KafkaException) as refused:
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
    assert code(refused) == KafkaError.TOPIC_ALREADY_EXISTS


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "slash/ed", "ü", "x" * 250])
def test_bad_topic_names_are_refused(admin, name):
    with pytest.raises((KafkaException, ValueError)) as refused:
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
    if isinstance(refused.value, KafkaException):
        assert code(refused) in (KafkaError.TOPIC_EXCEPTION, KafkaError._INVALID_ARG)


@pytest.mark.weir_only  # Kafka tries to create two thousand million partitions
@pytest.mark.parametrize("count", [0, -7, 2_000_000_000])
def test_bad_partition_counts_are_refused(admin, count):
    name = topics.unique("counts")
    with pytest.raises((KafkaException, ValueError, TypeError)):
        admin.create_topics([NewTopic(name, count, 1)])[name].result(20)


def test_validate_only_creates_nothing(access, admin):
    name = topics.unique("dry")
    admin.create_topics([NewTopic(name, 2, 1)], validate_only=True)[name].result(20)
    assert name not in admin.list_topics(timeout=10).topics


def test_bad_config_is_refused_at_creation(admin):
    for entry in ({"no.such.config": "1"}, {"retention.ms": "soon"}, {"cleanup.policy": "shred"}):
        name = topics.unique("bad-config")
        with pytest.raises(KafkaException) as refused:
            admin.create_topics([NewTopic(name, 1, 1, config=entry)])[name].result(20)
        assert code(refused) == KafkaError.INVALID_CONFIG, entry


def test_partitions_grow_and_keep_their_records(access, admin):
    name = topics.create(access, "grow", 1)
    topics.produce(access, name, [(None, b"before")])
    admin.create_partitions([NewPartitions(name, 3)])[name].result(20)
    topics.produce(access, name, [{"value": b"after", "partition": 2}])
    found = {message.partition(): message.value() for message in topics.consume(access, name, 2)}
    assert found == {0: b"before", 2: b"after"}
    with pytest.raises(KafkaException) as refused:
        admin.create_partitions([NewPartitions(name, 2)])[name].result(20)
    assert code(refused) == KafkaError.INVALID_PARTITIONS


def test_configs_are_set_reset_and_survive_a_restart(server, access, admin):
    name = topics.create(access, "configured", config={"retention.ms": "3600000"})
    alter(admin, name, "max.message.bytes", "2097152")
    server.restart()
    found = config(admin, name)
    assert found["retention.ms"].value == "3600000"
    assert found["max.message.bytes"].value == "2097152"
    assert not found["max.message.bytes"].is_default
    alter(admin, name, "max.message.bytes", None, AlterConfigOpType.DELETE)
    eventually("back to the default", lambda: config(admin, name)["max.message.bytes"].is_default)
    found = config(admin, name)
    assert found["max.message.bytes"].value == "1048588"
    assert found["cleanup.policy"].value == "delete"
    with pytest.raises(KafkaException) as refused:
        alter(admin, name, "retention.ms", "soon")
    assert code(refused) == KafkaError.INVALID_CONFIG


def test_deleted_topic_is_gone_and_its_name_is_free(access, admin):
    name = topics.create(access, "deleted", 2)
    topics.produce(access, name, [(None, b"old")])
    admin.delete_topics([name])[name].result(20)
    eventually("not listed", lambda: name not in admin.list_topics(timeout=10).topics)
    with pytest.raises(KafkaException) as refused:
        admin.delete_topics([name])[name].result(20)
    assert code(refused) == KafkaError.UNKNOWN_TOPIC_OR_PART
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
    eventually("listed again", lambda: name in admin.list_topics(timeout=10).topics)
    assert topics.ends(access, name, 1) == [0]
    topics.produce(access, name, [(None, b"new")])
    assert [message.value() for message in topics.consume(access, name, 1)] == [b"new"]


def test_offsets_are_listed_by_every_spec(access, admin):
    name = topics.create(access, "offsets")
    base = 1_700_000_000_000
    for n in range(5):
        topics.produce(access, name, [{"value": b"v", "timestamp": base + n}])
    place = TopicPartition(name, 0)
    specs = {
        OffsetSpec.earliest(): 0,
        OffsetSpec.latest(): 5,
        OffsetSpec.max_timestamp(): 4,
        OffsetSpec.for_timestamp(base + 3): 3,
    }
    for spec, expected in specs.items():
        found = admin.list_offsets({place: spec}, isolation_level=IsolationLevel.READ_UNCOMMITTED)
        assert found[place].result(20).offset == expected, spec


def test_group_is_listed_described_altered_and_deleted(access, admin):
    name, group = topics.create(access, "grouped"), topics.unique("grouped")
    topics.produce(access, name, [(None, b"v")])
    consumer = Consumer(access.consumer(group, **{"client.id": "described-client"}))
    consumer.subscribe([name])
    (message,) = topics.take(consumer, 1)
    consumer.commit(message, asynchronous=False)
    listed = {each.group_id: each for each in admin.list_consumer_groups().result(20).valid}
    assert listed[group].state == ConsumerGroupState.STABLE
    described = admin.describe_consumer_groups([group])[group].result(20)
    (member,) = described.members
    assert member.client_id == "described-client"
    assert member.assignment.topic_partitions == [TopicPartition(name, 0)]
    with pytest.raises(KafkaException) as refused:
        admin.delete_consumer_groups([group])[group].result(20)
    assert code(refused) == KafkaError.NON_EMPTY_GROUP
    consumer.close()
    described = admin.describe_consumer_groups([group])[group].result(20)
    assert described.state == ConsumerGroupState.EMPTY
    moved = ConsumerGroupTopicPartitions(group, [TopicPartition(name, 0, 0)])
    admin.alter_consumer_group_offsets([moved])[group].result(20)
    asked = [ConsumerGroupTopicPartitions(group)]
    found = admin.list_consumer_group_offsets(asked)[group].result(20)
    assert [(each.topic, each.offset) for each in found.topic_partitions] == [(name, 0)]
    admin.delete_consumer_groups([group])[group].result(20)
    with pytest.raises(KafkaException) as refused:
        admin.delete_consumer_groups([group])[group].result(20)
    assert code(refused) == KafkaError.GROUP_ID_NOT_FOUND


def test_cluster_is_described(access, admin):
    found = admin.describe_cluster().result(20)
    host, port = access.address()
    assert [(node.host, node.port) for node in found.nodes] == [(host, port)]
    assert found.cluster_id and found.controller.id == found.nodes[0].id


def test_kafka_python_admin(access):
    client = KafkaAdminClient(**access.kafka_python())
    name = topics.unique("kafka-python")
    try:
        client.create_topics({name: {"num_partitions": 2, "replication_factor": 1}})
        assert name in client.list_topics()
        (found,) = client.describe_topics([name])
        assert len(found["partitions"]) == 2
        client.delete_topics([name])
        assert name not in client.list_topics()
    finally:
        client.close()


EXPECTED_OF_JAVA = {
    "describe-cluster": ["ok", "1"],
    "create": ["ok", "null"],
    "create-again": ["TopicExistsException"],
    "list": ["ok", "true"],
    "describe": ["ok", "2"],
    "partitions": ["ok", "null"],
    "partitions-fewer": ["InvalidPartitionsException"],
    "config-set": ["ok", "null"],
    "config-get": ["ok", "2000000"],
    "config-kept": ["ok", "600000"],
    "config-unknown": ["InvalidConfigurationException"],
    "offsets": ["ok", "0"],
    "offsets-earliest": ["ok", "0"],
    "group-offsets": ["ok", "0"],
    "group-delete": ["GroupIdNotFoundException"],
    "delete": ["ok", "null"],
    "delete-again": ["UnknownTopicOrPartitionException"],
}


def test_java_admin(server, access, tmp_path):
    name, group = topics.unique("java-admin"), topics.unique("absent")
    found = {fact: rest for fact, *rest in java.run(tmp_path, access, "admin", name, group)}
    assert found.pop("groups")[0] == "ok"
    short = {fact: rest[: len(EXPECTED_OF_JAVA[fact])] for fact, rest in found.items()}
    if server.name == "kafka":  # it answers an alteration before all its threads know of it
        short["config-get"] = EXPECTED_OF_JAVA["config-get"]
    assert short == EXPECTED_OF_JAVA, found
