"""Two clusters with equal names inside: a key of one never reaches the other."""

import functools
import ssl
import struct

import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from harness import rest as weir_rest
from harness import topics, wire
from harness.rest import Rest
from harness.wait import eventually

pytestmark = pytest.mark.weir_only

TOPIC, GROUP = "orders", "billing"
SASL_AUTHENTICATION_FAILED, UNKNOWN_TOPIC_ID = 58, 100


@pytest.fixture(scope="module")
def rest(server):
    return Rest(server)


@pytest.fixture(scope="module")
def pair(server, rest):
    """Two tenants; each has the topic and the group, with a different number of records."""
    made = [weir_rest.tenant(server, rest) for _ in range(2)]
    for number, each in enumerate(made):
        admin_of(each).create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].result(20)
        records = [(b"k", b"tenant %d" % number)] * (3 + number)
        topics.produce(each.access, TOPIC, records)
        consumer = Consumer(each.access.consumer(GROUP))
        place = TopicPartition(TOPIC, 0, number + 1)
        consumer.commit(offsets=[place], asynchronous=False)
        consumer.close()
    return made


@functools.cache
def admin_of(tenant) -> AdminClient:
    """Kept for the whole run: a client that is collected takes its open calls with it."""
    return AdminClient(tenant.access.librdkafka())


def test_each_reads_its_own_records(pair):
    for number, each in enumerate(pair):
        found = topics.consume(each.access, TOPIC, 3 + number)
        assert {message.value() for message in found} == {b"tenant %d" % number}
        assert topics.ends(each.access, TOPIC, 1) == [3 + number]


def test_lists_show_only_what_is_ones_own(pair):
    first, second = pair
    only = topics.create(first.access, "only-first")
    assert only in admin_of(first).list_topics(timeout=10).topics
    assert set(admin_of(second).list_topics(timeout=10).topics) == {TOPIC}


def test_asking_for_a_foreign_topic_by_name_finds_nothing(pair):
    first, second = pair
    only = topics.create(first.access, "secret")
    found = Consumer(second.access.consumer("x")).list_topics(only, timeout=10).topics[only]
    assert found.error is not None and not found.partitions


def test_groups_of_one_name_keep_their_own_offsets(pair):
    for number, each in enumerate(pair):
        asked = [ConsumerGroupTopicPartitions(GROUP)]
        found = admin_of(each).list_consumer_group_offsets(asked)[GROUP].result(20)
        assert [place.offset for place in found.topic_partitions] == [number + 1]


def test_group_lists_are_ones_own(pair):
    first, second = pair
    consumer = Consumer(first.access.consumer("only-in-first"))
    consumer.commit(offsets=[TopicPartition(TOPIC, 0, 1)], asynchronous=False)
    consumer.close()
    names = {each.group_id for each in admin_of(second).list_consumer_groups().result(20).valid}
    assert names == {GROUP}


def test_deleting_in_one_leaves_the_other(pair):
    first, second = pair
    for each in pair:
        admin = admin_of(each)
        admin.create_topics([NewTopic("doomed", 1, 1)])["doomed"].result(20)
        topics.produce(each.access, "doomed", [(b"k", b"v")])
    admin_of(first).delete_topics(["doomed"])["doomed"].result(20)
    assert topics.consume(second.access, "doomed", 1)[0].value() == b"v"
    with pytest.raises(KafkaException):
        admin_of(first).delete_consumer_groups(["only-in-second"])["only-in-second"].result(20)
    admin_of(second).delete_topics(["doomed"])["doomed"].result(20)


def test_cluster_ids_differ(pair):
    ids = [admin_of(each).describe_cluster().result(20).cluster_id for each in pair]
    assert len(set(ids)) == 2


def test_a_foreign_topic_id_is_unknown(pair):
    first, second = pair
    with wire.connect(first.access) as connection:
        identifier = topic_id(connection, TOPIC)
    for each, expected in ((first, 0), (second, UNKNOWN_TOPIC_ID)):
        with wire.connect(each.access) as connection:
            assert fetch_by_id(connection, identifier) == expected


def topic_id(connection, topic: str) -> bytes:
    """Metadata v10: the first version that tells topic ids."""
    name = topic.encode()
    body = b"\0" + b"\x02" + bytes(16) + bytes([len(name) + 1]) + name + b"\0" + b"\0\0\0\0"
    answer = connection.request(wire.METADATA, 10, body)
    at = answer.index(bytes([len(name) + 1]) + name) + 1 + len(name)
    return answer[at : at + 16]


def fetch_by_id(connection, identifier: bytes) -> int:
    """Fetch v13 of partition 0; returns the error of the partition, or that of the request."""
    partition = struct.pack(">iiqiqi", 0, -1, 0, -1, -1, 1 << 20) + b"\0"
    topic = identifier + b"\x02" + partition + b"\0"
    body = b"\0" + struct.pack(">iiiib", -1, 100, 1, 1 << 20, 0) + struct.pack(">ii", 0, -1)
    body += b"\x02" + topic + b"\x01" + b"\x01" + b"\0"
    answer = connection.request(wire.FETCH, 13, body)
    # tags of the header, throttle time, error, session, topics: length, id, partitions: length
    (code,) = struct.unpack_from(">h", answer, 1 + 4)
    if code:
        return code
    at = 1 + 4 + 2 + 4 + 1 + 16 + 1
    return struct.unpack_from(">ih", answer, at)[1]


@pytest.mark.parametrize("name", ["own", "foreign", "absent", "plain"])
def test_server_name_and_key_must_agree(weir, pair, name):
    first, second = pair
    names = {
        "own": f"{first.cluster}.weir.localhost",
        "foreign": f"{second.cluster}.weir.localhost",
        "absent": "lkc-absent.weir.localhost",
        "plain": "localhost",
    }
    tls = (weir.access.ca_path, names[name])
    try:
        with wire.Connection(weir.access.address(tls=True), tls=tls) as connection:
            assert connection.handshake() == 0
            code, _ = connection.authenticate(first.access.key, first.access.secret)
    except (wire.Closed, ssl.SSLError):
        code = SASL_AUTHENTICATION_FAILED
    assert code == (0 if name in ("own", "plain") else SASL_AUTHENTICATION_FAILED)


def test_kafka_key_opens_only_its_own_cluster_over_rest(weir, pair):
    first, second = pair
    rest = Rest(weir, auth=(first.access.key, first.access.secret))
    own = rest.call("GET", f"/kafka/v3/clusters/{first.cluster}/topics")
    assert own.status_code == 200 and TOPIC in own.text
    assert rest.call("GET", f"/kafka/v3/clusters/{second.cluster}/topics").status_code in (401, 403, 404)
    assert rest.call("GET", "/org/v2/environments").status_code in (401, 403)


def test_cloud_key_is_no_kafka_key(weir):
    admin = weir.admin
    with wire.connect(weir.access, log_in=False) as connection:
        connection.handshake()
        code, _ = connection.authenticate(admin["api_key"], admin["api_secret"])
    assert code == SASL_AUTHENTICATION_FAILED


def test_deleted_key_is_refused_and_its_connections_end(weir, rest, pair):
    first, _ = pair
    key, secret = rest.api_key(first.account, first.cluster)
    with wire.connect(first.access.with_key(key, secret)) as connection:
        wire.metadata(connection, TOPIC)
        rest.delete_key(key)
        eventually("an old connection of a deleted key ends", lambda: ended(connection), 15)
    with wire.connect(weir.access, log_in=False) as connection:
        connection.handshake()
        assert connection.authenticate(key, secret)[0] == SASL_AUTHENTICATION_FAILED


def ended(connection) -> bool:
    try:
        wire.metadata(connection, TOPIC)
    except (wire.Closed, OSError):
        return True
    return False


def test_topics_made_over_rest_and_over_kafka_are_the_same(weir, pair):
    first, _ = pair
    rest = Rest(weir, auth=(first.access.key, first.access.secret))
    base = f"/kafka/v3/clusters/{first.cluster}/topics"
    rest.ok("POST", base, json={"topic_name": "by-rest", "partitions_count": 3})
    found = admin_of(first).list_topics(timeout=10).topics
    assert len(found["by-rest"].partitions) == 3
    name = topics.create(first.access, "by-kafka", 2)
    assert rest.ok("GET", f"{base}/{name}")["partitions_count"] == 2
    rest.ok("DELETE", f"{base}/by-rest")
    assert "by-rest" not in admin_of(first).list_topics(timeout=10).topics


def test_deleted_cluster_takes_its_keys_and_records_with_it(weir, rest):
    doomed = weir_rest.tenant(weir, rest)
    topics.create(doomed.access, "inside")
    assert rest.delete_cluster(doomed.cluster).status_code == 204
    scope = {"environment": rest.environment}
    assert rest.call("GET", f"/cmk/v2/clusters/{doomed.cluster}", params=scope).status_code in (403, 404)
    with wire.connect(weir.access, log_in=False) as connection:
        connection.handshake()
        code, _ = connection.authenticate(doomed.access.key, doomed.access.secret)
    assert code == SASL_AUTHENTICATION_FAILED
