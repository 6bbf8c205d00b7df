"""Records in a bucket: the disk may go, and two processes never both have the cell."""

import os
import shutil

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from harness import stores, topics
from harness.wait import eventually
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

TAKEN_OVER = 5


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    folder = tmp_path / "bucket"
    folder.mkdir()
    with stores.moto(folder) as store:
        for name, value in store.env.items():
            monkeypatch.setenv(name, value)
        yield store


def weir_on(bucket, folder) -> Weir:
    folder.mkdir(exist_ok=True)
    return Weir(folder, flags=["--store", bucket.url])


def test_what_was_acknowledged_is_in_the_bucket_and_nowhere_else(bucket, tmp_path):
    sent = [(b"%d" % (n % 7), os.urandom(200)) for n in range(4_000)]
    with weir_on(bucket, tmp_path / "a") as weir:
        topic = topics.create(weir.access, "kept", partitions=3)
        topics.produce(weir.access, topic, sent)
        places = [TopicPartition(topic, number, 100 + number) for number in range(3)]
        group = {"group.id": "readers", "enable.auto.commit": False}
        committer = Consumer(weir.access.consumer("readers") | group)
        committer.commit(offsets=places, asynchronous=False)
        committer.close()
        weir.kill()
        shutil.rmtree(weir.data / "cell", ignore_errors=True)
        weir.start()
        found = topics.consume(weir.access, topic, len(sent))
        by_key = lambda pairs: {key: [v for k, v in pairs if k == key] for key, _ in pairs}
        assert by_key([(m.key(), m.value()) for m in found]) == by_key(sent), "in order per key"
        reader = Consumer(weir.access.consumer("readers") | group)
        assert [place.offset for place in reader.committed(places, 30)] == [100, 101, 102]
        reader.close()
        assert not list((weir.data).glob("cell/wal/**/*")), "no records on the disk"


def test_a_process_that_was_replaced_acknowledges_nothing_more(bucket, tmp_path):
    with weir_on(bucket, tmp_path / "a") as first:
        topic = topics.create(first.access, "contested")
        acknowledged = [m.value() for m in topics.produce(first.access, topic, [(None, b"%d" % n) for n in range(500)])]
        copy = tmp_path / "b" / "data"
        copy.parent.mkdir()
        shutil.copytree(first.data, copy, ignore=shutil.ignore_patterns("lock", "instance.json", "*.sock"))
        late, failed = [], []
        settings = {"message.timeout.ms": 20_000, "linger.ms": 0}
        producer = Producer(first.access.librdkafka() | settings)
        with weir_on(bucket, tmp_path / "b") as second:
            for n in range(500, 600):
                report = lambda error, message: (failed if error else late).append(message.value())
                producer.produce(topic, b"%d" % n, on_delivery=report)
            eventually("the end of the first", lambda: not first.process.alive())
            assert first.process.wait(10) == TAKEN_OVER, first.process.tail()
            producer.flush(30)
            values = [m.value() for m in topics.consume(second.access, topic, len(acknowledged))]
            assert values == acknowledged
            rest = {m.value() for m in topics.consume(second.access, topic, 600, timeout=3)}
            assert rest >= set(late), "what the first acknowledged last is there, too"
            topics.produce(second.access, topic, [(None, b"after")])
