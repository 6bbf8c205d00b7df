"""A cell at zero: no broker, no request to the store; whoever comes first waits a little and is served."""

import contextlib
import os
import threading
import time
import urllib.request

import pytest
from confluent_kafka import Consumer, Producer

from harness import brokers, proxy, stores, topics
from harness.rest import Rest
from harness.wait import eventually

pytestmark = pytest.mark.weir_only

BROKERS = 2
WAKE_MAX_S = 5.0
QUIET_S = 20


@pytest.fixture
def store(tmp_path):
    """An S3 server of somebody else, behind a proxy that counts the requests."""
    (tmp_path / "moto").mkdir()
    with stores.moto(tmp_path / "moto") as behind, proxy.before(behind.port, tmp_path) as counting:
        os.environ.update(behind.env)
        yield behind.through(counting.port).url, counting
        for name in behind.env:
            del os.environ[name]


@contextlib.contextmanager
def cell(tmp_path, url: str, *flags: str):
    weir = brokers.several(tmp_path, url, BROKERS, flags=flags)
    weir.start()
    try:
        eventually("a balanced cell", lambda: brokers.is_balanced(weir, BROKERS), timeout=60)
        yield weir
    finally:
        weir.stop()
        brokers.stop_all(weir)


def state(weir) -> str:
    shown = brokers.described(weir)
    return shown["state"] if shown else "unknown"


def is_api_ready(weir) -> bool:
    """Without a connection to Kafka, which would wake the cell."""
    try:
        with urllib.request.urlopen(weir.endpoint + "/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def to_zero(weir) -> None:
    scaled = brokers.command(weir, "cell", "scale", "0", "--data-dir", str(weir.data))
    assert scaled.returncode == 0, scaled.stderr
    assert state(weir) == "zero"
    assert brokers.pid_of(weir, 2) is None


def wake_ms(weir) -> int:
    return eventually("an awake cell", lambda: (brokers.described(weir) or {}).get("woken"))["took_ms"]


def patient(access) -> dict:
    return access.librdkafka() | {"log_level": 0}


def send(access, topic: str, value: bytes) -> tuple[float, list]:
    """Seconds until a new producer's record is acknowledged, and every error that the client noticed."""
    errors, reports = [], []
    began = time.monotonic()
    producer = Producer(patient(access) | {"error_cb": errors.append, "linger.ms": 0})
    producer.produce(topic, value, on_delivery=lambda error, _: reports.append(error))
    assert producer.flush(60) == 0
    return time.monotonic() - began, errors + [error for error in reports if error]


def read(access, topic: str, group: str, count: int) -> tuple[float, list[bytes]]:
    began = time.monotonic()
    consumer = Consumer(access.consumer(group))
    try:
        consumer.subscribe([topic])
        found = topics.take(consumer, count, 60)
        seconds = time.monotonic() - began
        consumer.commit(asynchronous=False)
        return seconds, [message.value() for message in found]
    finally:
        consumer.close()


def test_clients_wake_a_cell_that_asks_the_store_for_nothing(tmp_path, store):
    url, counting = store
    with cell(tmp_path, url) as weir:
        access = weir.access
        topic = topics.create(access, "sleepy")
        sent = [b"%d" % n for n in range(1000)]
        topics.produce(access, topic, [(None, value) for value in sent])
        assert read(access, topic, "g", 1000)[1] == sent

        to_zero(weir)
        before = counting.requests()
        time.sleep(QUIET_S)
        asked = counting.requests() - before
        print(f"at zero for {QUIET_S} s: {sum(asked.values())} requests to the store")
        assert not asked

        seconds, errors = send(access, topic, b"after")
        print(f"a producer's first record: {seconds:.2f} s; the cell took {wake_ms(weir)} ms")
        assert seconds <= WAKE_MAX_S and not errors
        eventually("all brokers", lambda: brokers.is_balanced(weir, BROKERS), timeout=60)

        to_zero(weir)
        seconds, values = read(access, topic, "g", 1)
        print(f"a consumer's first record: {seconds:.2f} s")
        assert values == [b"after"], "the group goes on where it was"
        assert read(access, topic, "from the start", 1001)[1] == [*sent, b"after"]

        to_zero(weir)
        began = time.monotonic()
        found = Rest(weir, auth=(access.key, access.secret)).ok("GET", f"/kafka/v3/clusters/{weir.admin['cluster_id']}/topics/{topic}")
        print(f"a REST call: {time.monotonic() - began:.2f} s")
        assert found["topic_name"] == topic
        shown = brokers.described(weir)
        assert shown["state"] == "awake" and shown["woken"]["by"] == "rest"


def test_a_killed_supervisor_comes_back_at_zero_and_wakes(tmp_path, store):
    url, counting = store
    with cell(tmp_path, url) as weir:
        access = weir.access
        topic = topics.create(access, "killed")
        topics.produce(access, topic, [(None, b"kept")])
        to_zero(weir)
        weir.process.kill()
        before = counting.requests()
        weir.spawn()
        weir.process.await_condition("the API", lambda: is_api_ready(weir), 30)
        assert eventually("the state", lambda: state(weir) == "zero")
        time.sleep(3)
        assert state(weir) == "zero" and not counting.requests() - before
        seconds, errors = send(access, topic, b"new")
        print(f"a producer's first record after kill -9 at zero: {seconds:.2f} s")
        assert seconds <= WAKE_MAX_S and not errors
        assert [m.value() for m in topics.consume(access, topic, 2)] == [b"kept", b"new"]


def test_two_who_come_at_once_wake_one_cell(tmp_path, store):
    url, _ = store
    with cell(tmp_path, url) as weir:
        access = weir.access
        topic = topics.create(access, "both")
        before = max(map(int, brokers.described(weir)["brokers"]))
        to_zero(weir)
        took = []
        threads = [
            threading.Thread(target=lambda n=n: took.append(send(access, topic, b"%d" % n))) for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
        assert len(took) == 20 and not any(errors for _, errors in took)
        print(f"20 producers at once: the slowest waited {max(seconds for seconds, _ in took):.2f} s")
        assert max(seconds for seconds, _ in took) <= WAKE_MAX_S
        values = {message.value() for message in topics.consume(access, topic, 20)}
        assert values == {b"%d" % n for n in range(20)}
        eventually("all brokers", lambda: brokers.is_balanced(weir, BROKERS), timeout=60)
        epochs = [int(epoch) for epoch in brokers.described(weir)["brokers"]]
        assert max(epochs) <= before + BROKERS, "each broker started once"


def test_a_cell_that_nobody_uses_goes_to_zero_and_a_connected_client_keeps_it_awake(tmp_path, store):
    url, _ = store
    with cell(tmp_path, url, "--idle-stop", "5s") as weir:
        access = weir.access
        topic = topics.create(access, "idle")
        producer = Producer(patient(access))
        producer.produce(topic, b"first")
        assert producer.flush(30) == 0
        time.sleep(8)
        assert state(weir) == "awake", "a client is connected"
        refused = brokers.command(weir, "cell", "scale", "0", "--data-dir", str(weir.data))
        assert refused.returncode == 5 and "connected" in refused.stderr
        del producer
        eventually("zero", lambda: state(weir) == "zero", timeout=30)
        assert brokers.pid_of(weir, 2) is None
        seconds, errors = send(access, topic, b"second")
        assert seconds <= WAKE_MAX_S and not errors
        assert [m.value() for m in topics.consume(access, topic, 2)] == [b"first", b"second"]
        eventually("zero again", lambda: state(weir) == "zero", timeout=60)
