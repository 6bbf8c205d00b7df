"""Access control lists: made over REST and over Kafka, enforced on open connections, at once."""

import contextlib
import functools
import time

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from kafka.admin import (
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePatternFilter,
)
from kafka.admin import ResourceType as KafkaResourceType
from kafka.errors import ClusterAuthorizationFailedError

from harness import rest as weir_rest
from harness import topics, wire
from harness.rest import Rest

pytestmark = pytest.mark.weir_only

NONE, TOPIC_DENIED = 0, KafkaError.TOPIC_AUTHORIZATION_FAILED
GROUP_DENIED, CLUSTER_DENIED = KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED


class Application:
    """A service account without a role, and the administrator beside it."""

    def __init__(self, server):
        cloud = Rest(server)
        self.tenant = weir_rest.tenant(server, cloud)
        self.account = cloud.service_account()
        self.principal = f"User:{self.account}"
        key, secret = cloud.api_key(self.account, self.tenant.cluster)
        self.access = self.tenant.access.with_key(key, secret)
        base = f"/kafka/v3/clusters/{self.tenant.cluster}"
        self.acls = f"{base}/acls"
        self.topics = f"{base}/topics"
        self.as_admin = Rest(server, auth=(self.tenant.access.key, self.tenant.access.secret))
        self.as_self = Rest(server, auth=(key, secret))

    def acl(self, operation: str, resource: str, name: str, permission="ALLOW", pattern="LITERAL") -> dict:
        return {
            "resource_type": resource,
            "resource_name": name,
            "pattern_type": pattern,
            "principal": self.principal,
            "host": "*",
            "operation": operation,
            "permission": permission,
        }

    def allow(self, *arguments, **more) -> None:
        self.as_admin.ok("POST", self.acls, json=self.acl(*arguments, **more))

    def forbid_all(self) -> None:
        everything = dict.fromkeys(("resource_type", "pattern_type", "operation", "permission"), "ANY")
        self.as_admin.ok("DELETE", self.acls, params=everything | {"principal": self.principal})


@pytest.fixture(scope="module")
def app(server):
    return Application(server)


@pytest.fixture(autouse=True)
def nothing_allowed(app):
    app.forbid_all()


@functools.cache
def admin_of(access) -> AdminClient:
    return AdminClient(access.librdkafka())


def code_of(action) -> int:
    try:
        action()
    except KafkaException as refused:
        return refused.args[0].code()
    return NONE


def produce(connection, topic: str) -> int:
    return wire.produce(connection, topic, wire.batch(wire.record(0, b"v"), 1))[0]


def until(code: int, action) -> float:
    """Seconds until an action answers with this code."""
    began = time.monotonic()
    while action() != code:
        assert time.monotonic() - began < 10, f"never {code}"
    return time.monotonic() - began


def test_change_is_in_force_on_open_connections(app):
    topic = topics.create(app.tenant.access, "timed")
    allowed, refused = [], []
    with wire.connect(app.access) as connection:
        attempt = functools.partial(produce, connection, topic)
        assert attempt() == TOPIC_DENIED, "nothing is allowed that nobody allowed"
        for _ in range(20):
            began = time.monotonic()
            app.allow("WRITE", "TOPIC", topic)
            until(NONE, attempt)
            allowed.append(time.monotonic() - began)
            began = time.monotonic()
            app.forbid_all()
            until(TOPIC_DENIED, attempt)
            refused.append(time.monotonic() - began)
    print(f"\nACL made and in force: {max(allowed) * 1000:.0f} ms at most, "
          f"deleted and refused: {max(refused) * 1000:.0f} ms at most, of {len(allowed)}")


def test_role_is_in_force_on_open_connections(server, app):
    cloud = Rest(server)
    topic = topics.create(app.tenant.access, "role")
    cluster = cloud.cluster(app.tenant.cluster)
    crn = cluster["metadata"]["resource_name"].rsplit("/kafka=", 1)[0]
    with wire.connect(app.access) as connection:
        attempt = functools.partial(produce, connection, topic)
        began = time.monotonic()
        binding = cloud.grant(app.account, "CloudClusterAdmin", crn)
        until(NONE, attempt)
        bound = time.monotonic() - began
        app.allow("WRITE", "TOPIC", topic, permission="DENY")
        assert attempt() == TOPIC_DENIED, "what is denied is denied, also with a role"
        app.forbid_all()
        assert attempt() == NONE
        began = time.monotonic()
        cloud.ok("DELETE", f"/iam/v2/role-bindings/{binding['id']}")
        until(TOPIC_DENIED, attempt)
        unbound = time.monotonic() - began
    print(f"\nrole bound and in force: {bound * 1000:.0f} ms, unbound and refused: {unbound * 1000:.0f} ms")


def kafka_crn(cloud: Rest, cluster: str) -> str:
    return cloud.cluster(cluster)["metadata"]["resource_name"]


def test_roles_on_topics_and_groups_open_what_they_say(server, app):
    cloud = Rest(server)
    crn = kafka_crn(cloud, app.tenant.cluster)
    topic = topics.create(app.tenant.access, "roles.orders")
    other = topics.create(app.tenant.access, "other.orders")
    topics.produce(app.tenant.access, topic, [(b"k", b"v")])
    prefix = topic[:-1]
    bind = lambda role, tail: cloud.grant(app.account, role, f"{crn}/{tail}")["id"]
    drop = lambda binding: cloud.ok("DELETE", f"/iam/v2/role-bindings/{binding}")
    bound = [bind("DeveloperRead", f"topic={prefix}*"), bind("DeveloperRead", "group=roles-*")]
    consumer = Consumer(app.access.consumer("roles-team"))
    consumer.subscribe([topic])
    assert topics.take(consumer, 1)[0].value() == b"v"
    consumer.commit(asynchronous=False)
    assert set(admin_of(app.access).list_topics(timeout=10).topics) == {topic}
    refused, allowed = [], []
    with wire.connect(app.access) as connection:
        attempt = functools.partial(produce, connection, topic)
        assert attempt() == TOPIC_DENIED, "who may read may not write"
        for _ in range(10):
            began = time.monotonic()
            writing = bind("DeveloperWrite", f"topic={topic}")
            until(NONE, attempt)
            allowed.append(time.monotonic() - began)
            assert produce(connection, other) == TOPIC_DENIED
            began = time.monotonic()
            drop(writing)
            until(TOPIC_DENIED, attempt)
            refused.append(time.monotonic() - began)
        writing = bind("DeveloperWrite", f"topic={topic}")
        app.allow("WRITE", "TOPIC", topic, permission="DENY")
        assert attempt() == TOPIC_DENIED, "a list that denies wins over a role"
        app.forbid_all()
        assert attempt() == NONE, "it took nothing from the role"
        drop(writing)
    for each in bound:
        drop(each)
    codes = set()
    deadline = time.monotonic() + 5
    while not codes and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        codes |= {message.error().code()} if message and message.error() else set()
    consumer.close()
    assert codes and codes <= {TOPIC_DENIED, GROUP_DENIED}, "an open consumer is refused"
    assert max(allowed) < 1 and max(refused) < 1
    print(f"\nrole on a topic bound and in force: {max(allowed) * 1000:.0f} ms at most, "
          f"unbound and refused: {max(refused) * 1000:.0f} ms at most, of {len(allowed)}")


def events(cloud: Rest, count: int, **wanted) -> list[dict]:
    """The newest events of the audit log, once there are as many."""
    deadline = time.monotonic() + 10
    while True:
        found = cloud.ok("GET", "/weir/v1/audit-events", params=wanted | {"page_size": 100})["data"]
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def test_what_brokers_deny_and_change_is_in_the_audit_log(server, app):
    cloud = Rest(server)
    topic = topics.create(app.tenant.access, "audited")
    with wire.connect(app.access) as connection:
        for _ in range(300):
            assert produce(connection, topic) == TOPIC_DENIED
    (event,) = events(cloud, 1, resource=topic)
    assert event["type"] == "io.confluent.kafka.server/authorization"
    told = event["data"]
    assert told["methodName"] == "Produce" and told["result"]["status"] == "DENIED"
    assert told["authenticationInfo"]["principal"] == app.principal
    assert told["authenticationInfo"]["metadata"]["identifier"] == app.access.key
    assert told["requestMetadata"]["client_address"][0]["ip"] == "127.0.0.1"
    time.sleep(1.5)
    assert len(events(cloud, 1, resource=topic)) == 1, "a client in a loop fills no log"
    with wire.connect(app.access, log_in=False) as stranger:
        assert stranger.handshake() == NONE
        assert stranger.authenticate(app.access.key, "wrong")[0] == KafkaError.SASL_AUTHENTICATION_FAILED
    admin = admin_of(app.tenant.access)
    for made in admin.create_acls([binding(app.principal, topic)]).values():
        made.result(20)
    for gone in admin.delete_acls([search(app.principal)]).values():
        gone.result(20)
    newest = events(cloud, 100)
    methods = {(each["data"]["methodName"], each["data"]["result"]["status"]) for each in newest}
    assert {("CreateAcls", "SUCCESS"), ("DeleteAcls", "SUCCESS")} <= methods
    strangers = [each for each in newest if each["type"] == "io.confluent.kafka.server/authentication"]
    assert any(
        each["data"]["authenticationInfo"]["metadata"]["identifier"] == app.access.key for each in strangers)


def test_fetch_that_waits_is_refused_after_the_right_is_gone(app):
    topic = topics.create(app.tenant.access, "waiting")
    app.allow("READ", "TOPIC", topic)
    app.allow("READ", "GROUP", "waiting")
    consumer = Consumer(app.access.consumer("waiting", **{"fetch.wait.max.ms": 5000}))
    consumer.subscribe([topic])
    topics.produce(app.tenant.access, topic, [(b"k", b"seen")])
    assert topics.take(consumer, 1)[0].value() == b"seen"
    app.forbid_all()
    topics.produce(app.tenant.access, topic, [(b"k", b"unseen")])
    refused = set()
    deadline = time.monotonic() + 10
    while not refused and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        assert message is None or message.error(), "a record came after the right was gone"
        refused |= {message.error().code()} if message else set()
    consumer.close()
    assert refused and refused <= {TOPIC_DENIED, GROUP_DENIED}


def test_prefixes_and_denials_decide_what_is_listed_read_and_written(app):
    names = ["shop.orders", "shop.secret", "other"]
    for name in names:
        admin_of(app.tenant.access).create_topics([NewTopic(name, 1, 1)])[name].result(20)
    app.allow("ALL", "TOPIC", "shop.", pattern="PREFIXED")
    app.allow("ALL", "TOPIC", "shop.secret", permission="DENY")
    client = admin_of(app.access)
    assert set(client.list_topics(timeout=10).topics) == {"shop.orders"}
    assert client.list_topics("other", timeout=10).topics["other"].error.code() == TOPIC_DENIED
    absent = client.list_topics("not-there", timeout=10).topics["not-there"].error.code()
    assert absent == TOPIC_DENIED, "whether it is there is not told"
    listed = app.as_self.ok("GET", app.topics)["data"]
    assert [topic["topic_name"] for topic in listed] == ["shop.orders"]
    topics.produce(app.access, "shop.orders", [(b"k", b"v")])
    app.allow("READ", "GROUP", "unused")
    assert topics.consume(app.access, "shop.orders", 1)[0].value() == b"v"
    with wire.connect(app.access) as connection:
        assert produce(connection, "shop.secret") == TOPIC_DENIED
        assert produce(connection, "other") == TOPIC_DENIED


def test_idempotent_producer_needs_no_more_than_write(app):
    topic = topics.create(app.tenant.access, "idempotent")
    producer = Producer(app.access.librdkafka(**{"enable.idempotence": True, "message.timeout.ms": 5000}))
    reports = []
    producer.produce(topic, b"v", on_delivery=lambda error, _: reports.append(error))
    producer.flush(10)
    assert reports and reports[0] is not None
    app.allow("WRITE", "TOPIC", topic)
    assert len(topics.produce(app.access, topic, [(b"k", b"v")])) == 1


def test_group_needs_a_right_of_its_own(app):
    topic = topics.create(app.tenant.access, "grouped")
    topics.produce(app.tenant.access, topic, [(b"k", b"v")])
    app.allow("READ", "TOPIC", topic)
    consumer = Consumer(app.access.consumer("team-a"))
    consumer.subscribe([topic])
    with pytest.raises(RuntimeError, match="[Gg]roup"):
        topics.take(consumer, 1, 10)
    consumer.close()
    app.allow("READ", "GROUP", "team-", pattern="PREFIXED")
    consumer = Consumer(app.access.consumer("team-a"))
    consumer.subscribe([topic])
    assert topics.take(consumer, 1)[0].value() == b"v"
    consumer.commit(asynchronous=False)
    consumer.close()
    other = Consumer(app.tenant.access.consumer("others"))
    other.subscribe([topic])
    topics.take(other, 1)
    other.commit(asynchronous=False)
    other.close()
    groups = {each.group_id for each in admin_of(app.access).list_consumer_groups().result(20).valid}
    assert groups == {"team-a"}
    assert code_of(lambda: admin_of(app.access).delete_consumer_groups(["team-a"])["team-a"].result(20)) == GROUP_DENIED
    app.allow("DELETE", "GROUP", "team-a")
    assert code_of(lambda: admin_of(app.access).delete_consumer_groups(["team-a"])["team-a"].result(20)) == NONE


def binding(principal: str, name: str, operation=AclOperation.READ, **more) -> AclBinding:
    pattern = more.get("pattern", ResourcePatternType.LITERAL)
    permission = more.get("permission", AclPermissionType.ALLOW)
    return AclBinding(ResourceType.TOPIC, name, pattern, principal, "*", operation, permission)


def search(principal: str | None = None) -> AclBindingFilter:
    anything = (AclOperation.ANY, AclPermissionType.ANY)
    return AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, principal, None, *anything)


def test_kafka_admin_protocol_makes_lists_and_deletes(app):
    admin = admin_of(app.tenant.access)
    wanted = [
        binding(app.principal, "kafka-made"),
        binding(app.principal, "kafka-", AclOperation.WRITE, pattern=ResourcePatternType.PREFIXED),
        binding(app.principal, "kafka-made", AclOperation.DELETE, permission=AclPermissionType.DENY),
    ]
    for made in admin.create_acls(wanted).values():
        made.result(20)
    found = admin.describe_acls(search(app.principal)).result(20)
    assert set(found) == set(wanted)
    by_rest = app.as_admin.ok("GET", app.acls, params={"principal": app.principal})["data"]
    assert len(by_rest) == 3
    with wire.connect(app.access) as connection:
        topic = topics.create(app.tenant.access, "kafka-made")
        assert produce(connection, topic) == NONE, "in force when it is answered"
        (gone,) = admin.delete_acls([search(app.principal)]).values()
        assert set(gone.result(20)) == set(wanted)
        assert produce(connection, topic) == TOPIC_DENIED, "out of force when it is answered"
    assert not admin.describe_acls(search(app.principal)).result(20)


def test_kafka_admin_protocol_is_for_those_who_may(app):
    admin = admin_of(app.access)
    (made,) = admin.create_acls([binding(app.principal, "x", AclOperation.ALL)]).values()
    assert code_of(lambda: made.result(20)) == CLUSTER_DENIED
    # librdkafka drops the error of this answer and shows an empty list.
    assert not admin.describe_acls(search()).result(20)
    kafka_python = KafkaAdminClient(**app.access.kafka_python())
    with contextlib.closing(kafka_python):
        anything = ResourcePatternFilter(KafkaResourceType.ANY, None, ACLResourcePatternType.ANY)
        with pytest.raises(ClusterAuthorizationFailedError):
            kafka_python.describe_acls(
                ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, anything))
    (gone,) = admin.delete_acls([search()]).values()
    assert code_of(lambda: gone.result(20)) == CLUSTER_DENIED


def test_acl_that_cannot_be_is_refused_and_the_others_are_made(app):
    good = binding(app.principal, "good")
    bad = AclBinding(
        ResourceType.TOPIC, "bad", ResourcePatternType.LITERAL, app.principal, "10.0.0.1",
        AclOperation.READ, AclPermissionType.ALLOW,
    )
    made = admin_of(app.tenant.access).create_acls([good, bad])
    made[good].result(20)
    assert code_of(lambda: made[bad].result(20)) == KafkaError.INVALID_REQUEST


def test_topics_are_made_changed_and_deleted_as_allowed(app):
    admin = admin_of(app.access)
    make = lambda name: code_of(lambda: admin.create_topics([NewTopic(name, 1, 1)])[name].result(20))
    drop = lambda name: code_of(lambda: admin.delete_topics([name])[name].result(20))
    assert make("mine.a") == TOPIC_DENIED
    app.allow("CREATE", "TOPIC", "mine.", pattern="PREFIXED")
    assert make("mine.a") == NONE and make("theirs") == TOPIC_DENIED
    assert drop("mine.a") == TOPIC_DENIED
    app.allow("DELETE", "TOPIC", "mine.a")
    assert drop("mine.a") == NONE
    app.allow("CREATE", "CLUSTER", "kafka-cluster")
    assert make("theirs") == NONE


def test_acls_are_there_after_a_restart(server, app):
    topic = topics.create(app.tenant.access, "kept")
    app.allow("WRITE", "TOPIC", topic)
    server.restart()
    with wire.connect(server.access.with_key(app.access.key, app.access.secret)) as connection:
        assert produce(connection, topic) == NONE
        assert produce(connection, "another") == TOPIC_DENIED
