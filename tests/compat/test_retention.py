"""What goes away on purpose, and only that: DeleteRecords, retention by size and by time."""

import os
import time

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, OFFSET_BEGINNING, TopicPartition
from confluent_kafka.admin import AdminClient

from harness import topics, wait
from harness.weir import Weir

MIB = 1 << 20


def watermarks(access, topic: str) -> tuple[int, int]:
    consumer = Consumer(access.consumer("unused"))
    try:
        return consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    finally:
        consumer.close()


def delete_before(access, topic: str, offset: int) -> int:
    place = TopicPartition(topic, 0, offset)
    admin = AdminClient(access.librdkafka())
    answers = admin.delete_records([place])
    return next(iter(answers.values())).result(30).low_watermark


def values_from(access, topic: str, offset: int, count: int) -> list:
    consumer = Consumer(access.consumer("unused") | {"auto.offset.reset": "earliest"})
    try:
        consumer.assign([TopicPartition(topic, 0, offset)])
        return [message.value() for message in topics.take(consumer, count)]
    finally:
        consumer.close()


def test_deleted_records_are_gone_and_the_rest_keeps_its_offsets(access):
    topic = topics.create(access, "shortened")
    for n in range(10):
        topics.produce(access, topic, [(None, b"%d" % n)])
    assert delete_before(access, topic, 4) == 4
    assert watermarks(access, topic) == (4, 10)
    assert values_from(access, topic, OFFSET_BEGINNING, 6) == [b"%d" % n for n in range(4, 10)]
    assert values_from(access, topic, 1, 6) == [b"%d" % n for n in range(4, 10)], "reset to the start"
    assert delete_before(access, topic, 2) == 4, "the start never goes back"
    with pytest.raises(KafkaException) as refused:
        delete_before(access, topic, 11)
    assert refused.value.args[0].code() == KafkaError.OFFSET_OUT_OF_RANGE
    assert delete_before(access, topic, -1) == 10, "-1 is the high watermark"
    topics.produce(access, topic, [(None, b"after")])
    assert values_from(access, topic, OFFSET_BEGINNING, 1) == [b"after"]
    assert watermarks(access, topic) == (10, 11)


@pytest.mark.weir_only
@pytest.mark.parametrize("hard", [False, True], ids=["stop", "kill -9"])
def test_deleted_records_stay_deleted_over_a_restart(server, access, hard):
    topic = topics.create(access, "shortened")
    for n in range(6):
        topics.produce(access, topic, [(None, b"%d" % n)])
    delete_before(access, topic, 5)
    emptied = topics.create(access, "emptied")
    topics.produce(access, emptied, [(None, b"x")] * 3)
    delete_before(access, emptied, -1)
    server.restart(hard)
    assert watermarks(access, topic) == (5, 6)
    assert watermarks(access, emptied) == (3, 3), "an emptied partition does not start again at 0"
    topics.produce(access, emptied, [(None, b"next")])
    assert values_from(access, emptied, OFFSET_BEGINNING, 1) == [b"next"]


@pytest.mark.weir_only
def test_retention_drops_old_records_by_size_and_time_and_frees_the_disk(tmp_path):
    with Weir(tmp_path) as weir:
        access = weir.access
        small = topics.create(access, "small", config={"retention.bytes": str(4 * MIB)})
        old = topics.create(access, "old", config={"retention.ms": "60000"})
        kept = topics.create(access, "kept", config={"retention.ms": "-1", "retention.bytes": "-1"})
        an_hour_ago = int(time.time() * 1000) - 3_600_000
        topics.produce(access, old, [{"value": b"old", "timestamp": an_hour_ago}])
        topics.produce(access, kept, [{"value": b"kept", "timestamp": an_hour_ago}])
        body = os.urandom(MIB // 2)
        topics.produce(access, small, [(None, body)] * 640)
        # As in Kafka a file goes as a whole: what is new lies in another file than what is old.
        topics.produce(access, old, [{"value": b"new"}])

        def shortened() -> bool:
            start, _ = watermarks(access, small)
            return start > 500 and watermarks(access, old) == (1, 2) and log_bytes(weir) < 256 * MIB

        wait.eventually("retention of 320 MiB to 4 MiB", shortened, 120)
        start, end = watermarks(access, small)
        assert end == 640
        assert 4 * MIB <= (end - start) * len(body), "what is below the limit stays"
        assert values_from(access, small, start, end - start) == [body] * (end - start)
        weir.restart(True)
        assert watermarks(access, small)[0] >= start
        assert values_from(access, old, OFFSET_BEGINNING, 1) == [b"new"]
        assert values_from(access, kept, OFFSET_BEGINNING, 1) == [b"kept"]


def log_bytes(weir: Weir) -> int:
    files = (file for file in (weir.data / "cell" / "wal").rglob("*") if file.is_file())
    return sum(file.stat().st_blocks * 512 for file in files)
