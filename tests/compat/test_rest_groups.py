"""Consumer groups as the REST API shows them, beside what the members themselves say."""

import pytest
from confluent_kafka import Consumer, TopicPartition

from harness import rest as weir_rest
from harness import topics
from harness.rest import Rest
from harness.wait import eventually

pytestmark = pytest.mark.weir_only

PARTITIONS, RECORDS, READ = 3, 30, 12


@pytest.fixture(scope="module")
def tenant(server):
    return weir_rest.tenant(server, Rest(server))


def groups_of(server, tenant):
    base = f"/kafka/v3/clusters/{tenant.cluster}/consumer-groups"
    as_admin = Rest(server, auth=(tenant.access.key, tenant.access.secret))
    return base, as_admin


def committed(tenant, group: str, topic: str) -> dict[int, int]:
    consumer = Consumer(tenant.access.consumer(group))
    asked = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    found = {one.partition: one.offset for one in consumer.committed(asked, timeout=10)}
    consumer.close()
    return found


def test_group_with_a_member_is_shown_with_its_partitions_and_lags(server, tenant):
    topic, group = topics.create(tenant.access, "lagging", partitions=PARTITIONS), topics.unique("team/a")
    topics.produce(tenant.access, topic, [(str(n).encode(), b"v") for n in range(RECORDS)])
    base, rest = groups_of(server, tenant)
    consumer = Consumer(tenant.access.consumer(group, **{"client.id": "reader", "enable.auto.commit": False}))
    consumer.subscribe([topic])
    topics.take(consumer, READ)
    consumer.commit(asynchronous=False)
    path = f"{base}/{group.replace('/', '%2F')}"

    listed = {one["consumer_group_id"]: one for one in rest.ok("GET", base)["data"]}
    assert listed[group]["state"] == "STABLE" and listed[group]["partition_assignor"] == "range"
    assert rest.ok("GET", path)["consumer_group_id"] == group
    (member,) = rest.ok("GET", f"{path}/consumers")["data"]
    assert member["client_id"] == "reader"
    owned = rest.ok("GET", f"{path}/consumers/{member['consumer_id']}/assignments")["data"]
    assert {(one["topic_name"], one["partition_id"]) for one in owned} == {(topic, n) for n in range(PARTITIONS)}

    lags = {one["partition_id"]: one for one in rest.ok("GET", f"{path}/lags")["data"]}
    consumer.close()
    offsets = {number: at for number, at in committed(tenant, group, topic).items() if at >= 0}
    assert {number: one["current_offset"] for number, one in lags.items()} == offsets
    assert sum(one["current_offset"] for one in lags.values()) == READ
    with_records = Consumer(tenant.access.consumer(group))
    for number, one in lags.items():
        _, end = with_records.get_watermark_offsets(TopicPartition(topic, number), timeout=10)
        assert (one["log_end_offset"], one["lag"]) == (end, end - offsets[number])
    with_records.close()
    summary = rest.ok("GET", f"{path}/lag-summary")
    assert summary["max_lag"] == max(one["lag"] for one in lags.values())
    assert summary["total_lag"] == sum(one["lag"] for one in lags.values())
    number, first = next(iter(lags.items()))
    one = rest.ok("GET", f"{path}/lags/{topic}/partitions/{number}")
    assert one["lag"] == first["lag"]


def test_group_without_members_is_empty_and_unknown_ones_are_not_found(server, tenant):
    topic, group = topics.create(tenant.access, "left"), topics.unique("left")
    topics.produce(tenant.access, topic, [(b"k", b"v")])
    consumer = Consumer(tenant.access.consumer(group))
    consumer.subscribe([topic])
    topics.take(consumer, 1)
    consumer.close()
    base, rest = groups_of(server, tenant)
    eventually("the group is empty", lambda: rest.ok("GET", f"{base}/{group}")["state"] == "EMPTY", 10)
    assert rest.ok("GET", f"{base}/{group}/consumers")["data"] == []
    assert rest.call("GET", f"{base}/{group}-not-there").status_code == 404


def test_other_tenants_see_nothing_of_it(server, tenant):
    topic, group = topics.create(tenant.access, "secret"), topics.unique("secret")
    topics.produce(tenant.access, topic, [(b"k", b"v")])
    consumer = Consumer(tenant.access.consumer(group))
    consumer.subscribe([topic])
    topics.take(consumer, 1)
    consumer.close()
    base, _ = groups_of(server, tenant)
    mine = Rest(server, auth=(server.access.key, server.access.secret))
    assert mine.call("GET", base).status_code == 401
    own = f"/kafka/v3/clusters/{server.admin['cluster_id']}/consumer-groups"
    assert group not in [one["consumer_group_id"] for one in mine.ok("GET", own)["data"]]
