"""Three brokers on one store: leaders are spread, clients find them, and no crash loses a record."""

import dataclasses
import time

import failover
import pytest
from confluent_kafka import Consumer

from harness import brokers, messages, topics, wire
from harness.wait import eventually

pytestmark = pytest.mark.weir_only

BROKERS = 3


@pytest.fixture
def cell(tmp_path):
    weir = brokers.several(tmp_path, f"file://{tmp_path}/bucket", BROKERS)
    weir.start()
    eventually("a balanced cell", lambda: brokers.is_balanced(weir, BROKERS), timeout=60)
    yield weir
    weir.stop()
    assert all(brokers.pid_of(weir, id) is None for id in range(1, 10)), "a broker was left behind"


def test_every_broker_leads_and_clients_find_the_leaders(cell):
    topic = topics.create(cell.access, "spread", partitions=24)
    spread = lambda: len(set(brokers.leaders(cell, topic).values())) == BROKERS
    eventually("leaders on every broker", spread, timeout=60)
    sent = [(b"%d" % (n % 50), b"%d" % n) for n in range(5_000)]
    topics.produce(cell.access, topic, sent)
    found = topics.consume(cell.access, topic, len(sent))
    assert sorted(m.value() for m in found) == sorted(value for _, value in sent)
    for number in range(8):
        group = Consumer(cell.access.consumer(f"readers-{number}") | {"auto.offset.reset": "earliest"})
        group.subscribe([topic])
        assert len(topics.take(group, len(sent))) == len(sent)
        group.commit(asynchronous=False)
        group.close()


def test_no_crash_and_no_stop_loses_a_record(tmp_path):
    ends = failover.Ends(kills=3, plans=1)
    found = failover.run(tmp_path, f"file://{tmp_path}/bucket", ends)
    assert max(found.crashes) <= failover.CRASH_MAX
    # The promise is half a second on a quiet machine: failover.py measures it.
    assert max(found.plans) <= 3.0


def test_topics_and_keys_made_at_one_broker_work_at_every_one(cell):
    topic = topics.create(cell.access, "everywhere", partitions=3)
    for broker in brokers.metadata(cell).brokers.values():
        found = brokers.leaders(cell, topic, f"{broker.host}:{broker.port}")
        assert len(found) == 3 and -1 not in found.values()


def test_acls_made_at_any_broker_are_in_force_at_every_one(cell):
    """Whoever asks any broker changes what all of them allow, by the time of the answer."""
    topic = topics.create(cell.access, "acls", partitions=3)
    found = brokers.metadata(cell).brokers.values()
    accesses = [dataclasses.replace(cell.access, bootstrap=f"{b.host}:{b.port}") for b in found]
    slowest = 0.0
    for number, access in enumerate(accesses):
        principal = f"User:sa-{number}"
        wanted = {"resource_name": topic, "principal": principal, "operation": 3, "permission_type": 3}
        body = messages.request(30, 3, wanted)
        began = time.monotonic()
        with wire.connect(access) as connection:
            assert messages.errors(messages.exchange(connection, 30, 3, body)) == {0}
        for other in accesses:
            with wire.connect(other) as connection:
                body = messages.request(29, 3, {"principal_filter": principal})
                answer = messages.exchange(connection, 29, 3, body)
            assert [row["resource_name"] for row in answer["resources"]] == [topic]
        slowest = max(slowest, time.monotonic() - began)
    print(f"\nan ACL made at one broker was seen at all {len(accesses)} within {slowest * 1000:.0f} ms")
    assert slowest < 1.0
