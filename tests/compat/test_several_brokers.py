"""Three brokers on one store: leaders are spread, clients find them, and no crash loses a record."""

import failover
import pytest
from confluent_kafka import Consumer

from harness import brokers, topics
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
