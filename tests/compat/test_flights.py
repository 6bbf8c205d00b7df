"""Half a million real records in through one client and out through three unrelated ones.

What came out must equal what went in, record by record at its offset, and per key in the order of
sending. `--rows 500000` is the full form.
"""

import collections
import hashlib
import subprocess
import time

import pytest
from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPythonPartition

from harness import flights, java, topics

PARTITIONS = 6


class Sent:
    """What the producer was told: the record at every (partition, offset)."""

    def __init__(self, topic: str, rows: int):
        self.topic = topic
        self.rows = rows
        self.at: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self.by_key: dict[bytes, list[bytes]] = collections.defaultdict(list)

    def digest(self) -> str:
        return digest(self.at)


def digest(records: dict) -> str:
    whole = hashlib.sha256()
    for (partition, offset), (key, value) in sorted(records.items()):
        whole.update(b"%d %d %s %s\n" % (partition, offset, key, value))
    return whole.hexdigest()


@pytest.fixture(scope="module")
def sent(server, request) -> Sent:
    rows = request.config.getoption("--rows")
    access = server.access
    result = Sent(topics.create(access, "flights", PARTITIONS), rows)
    start = time.monotonic()

    def tracked():
        for key, value in flights.records(rows):
            result.by_key[key].append(value)
            yield key, value

    size = 0
    for message in topics.produce(access, result.topic, tracked()):
        result.at[message.partition(), message.offset()] = (message.key(), message.value())
        size += len(message.value())
    seconds = time.monotonic() - start
    print(f"\nflights: {rows} records, {size / 1e6:.1f} MB in {seconds:.1f} s by confluent-kafka")
    assert len(result.at) == rows, "two records were acknowledged at one offset"
    assert len({partition for partition, _ in result.at}) == PARTITIONS
    return result


def check(sent: Sent, reader: str, received: list, seconds: float) -> None:
    """`received` holds (partition, offset, key, value) in the order of arrival."""
    found = {}
    next_offset = collections.Counter()
    by_key = collections.defaultdict(list)
    for partition, offset, key, value in received:
        assert offset == next_offset[partition], f"{reader}: partition {partition} jumps to {offset}"
        next_offset[partition] += 1
        found[partition, offset] = (key, value)
        by_key[key].append(value)
    assert len(received) == sent.rows
    assert found == sent.at
    assert by_key == sent.by_key
    print(f"\nflights: {len(received)} records by {reader} in {seconds:.1f} s, {digest(found)[:16]}")


def test_sent_order_is_offset_order(sent):
    by_key = collections.defaultdict(list)
    for _, (key, value) in sorted(sent.at.items()):
        by_key[key].append(value)
    assert by_key == sent.by_key


@pytest.mark.parametrize("tls", [False, True], ids=["plaintext", "tls"])
def test_kcat_reads_what_was_sent(sent, access, tls):
    start = time.monotonic()
    command = ["kcat", *access.kcat(tls), "-C", "-t", sent.topic, "-o", "beginning", "-e", "-q"]
    done = subprocess.run([*command, "-f", r"%p\t%o\t%k\t%s\n"], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    check(sent, f"kcat{' over TLS' if tls else ''}", lines(done.stdout), time.monotonic() - start)


def test_kafka_python_reads_what_was_sent(sent, access):
    start = time.monotonic()
    consumer = KafkaConsumer(**access.kafka_python(consumer_timeout_ms=20_000))
    consumer.assign([KafkaPythonPartition(sent.topic, number) for number in range(PARTITIONS)])
    consumer.seek_to_beginning()
    received = []
    for message in consumer:
        received.append((message.partition, message.offset, message.key, message.value))
        if len(received) == sent.rows:
            break
    consumer.close()
    check(sent, "kafka-python", received, time.monotonic() - start)


def test_java_reads_what_was_sent(sent, access, tmp_path):
    start = time.monotonic()
    out = tmp_path / "java.tsv"
    facts = java.run(tmp_path, access, "consume", sent.topic, str(sent.rows), str(out))
    assert facts == [["records", str(sent.rows)]]
    check(sent, "the Java client", lines(out.read_bytes()), time.monotonic() - start)


def lines(text: bytes) -> list:
    parts = (line.split(b"\t", 3) for line in text.splitlines())
    return [(int(partition), int(offset), key, value) for partition, offset, key, value in parts]
