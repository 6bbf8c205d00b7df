"""Client quotas: a principal gets its rate and no more, others are not slowed, and without it nobody is."""

import threading
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from harness import java, topics
from harness import rest as weir_rest
from harness.rest import Rest

pytestmark = pytest.mark.weir_only

PATH = "/kafka-quotas/v1/client-quotas"
RATE = 1_000_000  # bytes a second
SECONDS = 10
VALUE = bytes(10_000)
# A second is free after silence, and each connection begins with one request: that is not measured.
SETTLE_S = 2
SLACK = 0.2
# Nobody who is unlimited is this slow on a machine that can build Weir.
FREE = 5 * RATE


class Principal:
    """A service account that may do everything with a cluster, and its own topic."""

    def __init__(self, server, rest: Rest, tenant, crn: str):
        self.account = rest.service_account()
        rest.grant(self.account, "CloudClusterAdmin", crn)
        self.access = tenant.access.with_key(*rest.api_key(self.account, tenant.cluster))


@pytest.fixture(scope="module")
def world(server):
    rest = Rest(server)
    tenant = weir_rest.tenant(server, rest)
    crn = rest.cluster(tenant.cluster)["metadata"]["resource_name"].rsplit("/kafka=", 1)[0]
    return rest, tenant, [Principal(server, rest, tenant, crn) for _ in range(2)]


def make(rest: Rest, tenant, principals: list[str], ingress: int = 10**12, egress: int = 10**12) -> str:
    spec = {
        "display_name": topics.unique("quota"),
        "throughput": {"ingress_byte_rate": str(ingress), "egress_byte_rate": str(egress)},
        "cluster": {"id": tenant.cluster, "environment": rest.environment},
        "principals": [{"id": each} for each in principals],
        "environment": {"id": rest.environment},
    }
    return rest.ok("POST", PATH, json={"spec": spec})["id"]


def produced(access, topic: str, seconds: float) -> tuple[float, int]:
    """Bytes a second that are acknowledged, and the longest time that a broker asked for, in ms."""
    acknowledged, at_first, told = 0, None, []

    def report(error, message):
        nonlocal acknowledged
        assert error is None, error
        acknowledged += len(message.value())

    producer = Producer(
        access.librdkafka(
            **{
                "linger.ms": 5,
                "batch.size": 100_000,
                "queue.buffering.max.kbytes": 2_000,
                "throttle_cb": lambda event: told.append(event.throttle_time * 1000),
            }
        )
    )
    began = time.monotonic()
    while (now := time.monotonic()) < began + SETTLE_S + seconds:
        if at_first is None and now >= began + SETTLE_S:
            at_first, settled = acknowledged, now
        try:
            producer.produce(topic, VALUE, on_delivery=report)
        except BufferError:
            producer.poll(0.05)
        producer.poll(0)
    rate = (acknowledged - at_first) / (time.monotonic() - settled)
    producer.flush(60)
    return rate, round(max(told, default=0))


def consumed(access, topic: str, seconds: float, settle: float = SETTLE_S) -> float:
    """Bytes of values a second that one consumer gets."""
    consumer = Consumer(access.consumer("unused") | {"queued.max.messages.kbytes": 1_000})
    consumer.assign([TopicPartition(topic, 0, 0)])
    began, got, at_first = time.monotonic(), 0, None
    while (now := time.monotonic()) < began + settle + seconds:
        if at_first is None and now >= began + settle:
            at_first, settled = got, now
        for message in consumer.consume(500, 0.1):
            assert not message.error(), message.error()
            got += len(message.value())
    rate = (got - at_first) / (time.monotonic() - settled)
    consumer.close()
    return rate


def at_once(*works) -> list:
    """What each of these returns, all carried out at the same time."""
    results = [None] * len(works)

    def run(place: int, work) -> None:
        results[place] = work()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def near(rate: float) -> bool:
    return RATE * (1 - SLACK) <= rate <= RATE * (1 + SLACK)


def test_producer_gets_its_rate_and_the_next_one_is_not_slowed(world):
    rest, tenant, (slow, free) = world
    one, two = (topics.create(tenant.access, "quota") for _ in range(2))
    quota = make(rest, tenant, [slow.account], ingress=RATE)
    (limited, told), (other, untold) = at_once(
        lambda: produced(slow.access, one, SECONDS), lambda: produced(free.access, two, SECONDS)
    )
    print(f"limited {limited:.0f} B/s, told {told} ms; beside it {other:.0f} B/s")
    assert near(limited), limited
    assert told > 0, "throttle_time_ms says why"
    assert other > FREE and untold == 0, (other, untold)

    spec = {"throughput": {"ingress_byte_rate": str(2 * RATE)}}
    rest.ok("PATCH", f"{PATH}/{quota}", json={"spec": spec})
    doubled, _ = produced(slow.access, one, SECONDS)
    assert near(doubled / 2), doubled
    rest.ok("DELETE", f"{PATH}/{quota}")
    lifted, untold = produced(slow.access, one, 3)
    print(f"doubled {doubled:.0f} B/s, lifted {lifted:.0f} B/s")
    assert lifted > FREE and untold == 0, (lifted, untold)


def test_consumer_gets_its_rate_under_the_default_and_one_with_its_own_quota_more(world):
    rest, tenant, (slow, free) = world
    topic = topics.create(tenant.access, "quota")
    topics.produce(tenant.access, topic, [(None, VALUE) for _ in range(10_000)])
    default = make(rest, tenant, ["<default>"], egress=RATE)
    own = make(rest, tenant, [free.account])
    limited, other = at_once(
        lambda: consumed(slow.access, topic, SECONDS), lambda: consumed(free.access, topic, 3, settle=0)
    )
    print(f"limited {limited:.0f} B/s, with a quota of its own {other:.0f} B/s")
    assert near(limited), limited
    assert other > FREE, other
    rest.ok("DELETE", f"{PATH}/{default}")
    lifted = consumed(slow.access, topic, 3, settle=0)
    rest.ok("DELETE", f"{PATH}/{own}")
    assert lifted > FREE, lifted


def test_quota_outlives_a_crash_and_is_one_for_all_connections(world, server):
    rest, tenant, (slow, _) = world
    topic = topics.create(tenant.access, "quota", partitions=4)
    quota = make(rest, tenant, [slow.account], ingress=RATE)
    server.restart(hard=True)
    rates = at_once(*[lambda: produced(slow.access, topic, SECONDS)[0]] * 4)
    print(f"four connections {[round(rate) for rate in rates]} B/s, together {sum(rates):.0f}")
    assert near(sum(rates)), rates
    rest.ok("DELETE", f"{PATH}/{quota}")


def test_kafka_admin_protocol_says_and_sets_what_rest_does(world, tmp_path):
    rest, tenant, (slow, _) = world
    facts = {fact: found for fact, *found in java.run(tmp_path, tenant.access, "quotas", slow.account)}
    assert facts["none"] == facts["nothing"] == ["ok", "{}"]
    assert facts["set"][0] == facts["second"][0] == facts["removed"][0] == facts["gone"][0] == "ok", facts
    assert facts["one"] == ["ok", "{producer_byte_rate=1000000.0}"]
    assert facts["both"] == ["ok", "{consumer_byte_rate=2000000.0, producer_byte_rate=1000000.0}"]
    assert facts["left"] == ["ok", "{consumer_byte_rate=2000000.0}"]
    assert facts["stranger"][0] == "PolicyViolationException" and "sa-none" in facts["stranger"][1], facts
    assert facts["client"][0] == facts["requests"][0] == "InvalidRequestException", facts
    query = {"environment": rest.environment, "spec.cluster": tenant.cluster}
    assert rest.ok("GET", PATH, params=query)["data"] == []
    quota = make(rest, tenant, [slow.account], ingress=3, egress=4)
    facts = {fact: found for fact, *found in java.run(tmp_path, tenant.access, "quotas", slow.account)}
    assert facts["none"] == ["ok", "{consumer_byte_rate=4.0, producer_byte_rate=3.0}"]
    assert rest.call("GET", f"{PATH}/{quota}").status_code == 404, "without a rate it is gone"
