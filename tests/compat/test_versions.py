"""Every version of every API that the server announces is answered, and by its own schema.

An announced version that no test client happens to use is a promise all the same: the next client
takes it. Each is asked twice, about things that exist and about things that do not.
"""

import struct
import uuid

import pytest
from confluent_kafka import Consumer, TopicPartition

from harness import messages, topics, wire
from harness.wait import eventually, retried

NONE = 0
UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_MEMBER_ID = 3, 25
# COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR
COORDINATOR_STARTING = {14, 15, 16}
TOPIC_ALREADY_EXISTS, SECURITY_DISABLED, MEMBER_ID_REQUIRED = 36, 54, 79

# Answers about things that exist; everything else must be without an error.
EXPECTED_FOR_EXISTING = {
    wire.CREATE_TOPICS: {TOPIC_ALREADY_EXISTS},
    wire.JOIN_GROUP: {NONE, MEMBER_ID_REQUIRED},
    12: {UNKNOWN_MEMBER_ID},
    13: {NONE, UNKNOWN_MEMBER_ID},
    14: {UNKNOWN_MEMBER_ID},
    # The baseline has no authoriser.
    29: {NONE, SECURITY_DISABLED},
    30: {NONE, SECURITY_DISABLED},
    31: {NONE, SECURITY_DISABLED},
}


def announced(access) -> dict[int, tuple[int, int]]:
    with wire.connect(access, log_in=False) as connection:
        answer = connection.request(wire.API_VERSIONS, 0, b"")
    (count,) = struct.unpack_from(">i", answer, 2)
    rows = (struct.unpack_from(">hhh", answer, 6 + 6 * n) for n in range(count))
    return {key: (low, high) for key, low, high in rows}


# Transactions and the like are Kafka's alone so far.
KEYS = [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 29, 30, 31, 32, 33, 37, 42, 44, 47, 48, 49, 60]
SASL = [17, 36]


@pytest.fixture(scope="module")
def offered(server):
    return announced(server.access)


@pytest.fixture(scope="module")
def existing(server):
    """Values that name a topic and a group which exist."""
    access = server.access
    topic = topics.create(access, "versions")
    topics.produce(access, topic, [(b"k", b"v")] * 3)
    consumer = Consumer(access.consumer("versions"))
    first = TopicPartition(topic, 0, 1)
    retried(lambda: consumer.commit(offsets=[first], asynchronous=False))  # wakes Kafka's coordinator
    consumer.close()
    return subject(topic, topic_id(access, topic))


def topic_id(access, topic: str) -> uuid.UUID:
    body = messages.request(3, 12, {"name": topic, "topic_id": uuid.UUID(int=0)})

    def known():
        with wire.connect(access) as connection:
            (found,) = messages.exchange(connection, 3, 12, body)["topics"]
        return found["error_code"] == NONE and found["topic_id"]

    return uuid.UUID(str(eventually("the topic is known", known)))


def subject(topic: str, identifier: uuid.UUID) -> dict:
    group = topics.unique("versions")
    data = wire.batch(wire.record(0, b"v"), 1)
    return {
        "topic": topic,
        "topic_id": identifier,
        "name": topic,
        "topic_names": [topic],
        "resource_name": topic,
        "group_id": group,
        "groups_names": [group],
        "key": group,
        "coordinator_keys": [group],
        "records": data,
        "forgotten_topics_data": [],
        "assignments": [],
        "states_filter": [],
        "types_filter": [],
    }


def values(key: int, version: int, base: dict) -> dict:
    """What one API calls differently from the others."""
    out = dict(base)
    if key == wire.METADATA and version >= 10:
        out["topic_id"] = uuid.UUID(int=0)  # asked by name
    if key == wire.JOIN_GROUP:
        out |= {"group_id": topics.unique("join"), "name": "range"}
    if key == 15:
        out["groups"] = [base["group_id"]]
    if key in (19, 33, 44):
        out["configs"] = []
    if key == 20:
        # By name up to version 5; then by id, and the name is null.
        out["name"] = None
    if key == 30:
        out |= {"operation": 3, "permission_type": 3}
    if key == 37:
        out["assignments"] = None
    if key == 48:
        out |= {"entity_type": "user", "match_type": 2, "match": None}
    if key == 49:
        # Nothing is there to be removed, so that nobody else is slowed.
        user = {"entity_type": "user", "entity_name": None}
        out |= user | {"key": "producer_byte_rate", "value": 0.0, "remove": True}
    return out


def ask(access, key: int, version: int, base: dict) -> set[int]:
    """The error codes of the answer."""
    body = messages.request(key, version, values(key, version, base))

    def settled():
        with wire.connect(access, log_in=key not in SASL) as connection:
            if key == wire.SASL_AUTHENTICATE:
                connection.handshake()
            codes = messages.errors(messages.exchange(connection, key, version, body))
        return None if codes & COORDINATOR_STARTING else codes or {NONE}

    return eventually("a coordinator is there", settled, 20)


def versions(offered, key: int):
    low, high = offered[key]
    low = max(low, 3) if key == wire.PRODUCE else low  # announced from 0 for librdkafka's sake
    low = max(low, 1) if key == wire.SASL_HANDSHAKE else low  # 0 is followed by bare tokens
    return [version for version in range(low, high + 1) if messages.known(key, version)]


@pytest.mark.parametrize("key", [key for key in KEYS if key not in (20, 42, 47)])
def test_every_version_is_answered_about_what_exists(access, offered, existing, key):
    found = {}
    for version in versions(offered, key):
        base = existing | {"count": 2 + version} if key == 37 else existing
        try:
            found[version] = ask(access, key, version, base)
        except (wire.Closed, AssertionError, TimeoutError) as problem:
            found[version] = repr(problem)
    allowed = EXPECTED_FOR_EXISTING.get(key, {NONE})
    wrong = {version: codes for version, codes in found.items() if not set_of(codes) <= allowed}
    assert found and not wrong


def set_of(codes) -> set:
    return codes if isinstance(codes, set) else {codes}


@pytest.mark.parametrize("key", [key for key in KEYS if key not in (16, 18, 22, 60)])
def test_every_version_is_answered_about_what_does_not_exist(access, offered, key):
    problems = {}
    for version in versions(offered, key):
        absent = subject(topics.unique("absent"), uuid.uuid4()) | {"allow_auto_topic_creation": False}
        try:
            codes = ask(access, key, version, absent)
            if -1 in codes:
                problems[version] = "UNKNOWN_SERVER_ERROR"
        except (wire.Closed, AssertionError, TimeoutError) as problem:
            problems[version] = repr(problem)
    assert not problems


@pytest.mark.parametrize("key", SASL)
def test_every_version_of_login_is_answered(access, offered, key):
    token = f"\0{access.key}\0{access.secret}".encode()
    for version in versions(offered, key):
        assert ask(access, key, version, {"auth_bytes": token}) == {NONE}


def test_every_version_of_deletion_deletes(access, offered):
    for version in versions(offered, 20):
        name = topics.create(access, "delete-versions")
        doomed = subject(name, topic_id(access, name))
        assert ask(access, 20, version, doomed) == {NONE}, version


def test_two_topics_and_an_error_fit_into_one_answer(access, offered, existing):
    """Error rows and good rows stand beside each other in the oldest and the newest Metadata."""
    for version in (0, 1, 4, 9, 12):
        names = [existing["name"], topics.unique("absent")]
        cls = messages.CLASSES[3, "request"]
        rows = [cls.MetadataRequestTopic(version=version, name=name) for name in names]
        extra = {"allow_auto_topic_creation": False} if version >= 4 else {}
        body = cls(version=version, topics=rows, **extra).encode(version=version)
        with wire.connect(access) as connection:
            answer = messages.exchange(connection, 3, version, body)
        codes = {row["name"]: row["error_code"] for row in answer["topics"]}
        assert codes[names[0]] == NONE
        if version >= 4:
            assert codes[names[1]] == UNKNOWN_TOPIC_OR_PARTITION
