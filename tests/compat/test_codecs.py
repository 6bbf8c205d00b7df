"""Every client writes with every codec; every client reads all of it."""

import asyncio
import subprocess

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as AioPartition
from kafka import KafkaConsumer, KafkaProducer
from kafka import TopicPartition as KafkaPythonPartition

from harness import java, topics

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
EACH = 40


def batch(client: str, codec: str) -> list[tuple[bytes, bytes]]:
    """Compressible, distinct, and free of the separators that kcat and the Java program use."""
    label = f"{client}/{codec}"
    return [
        (f"{label}/{n}".encode(), (f"{label} number {n} " * 100).encode()) for n in range(EACH)
    ]


def write_confluent(access, topic, codec, _folder):
    topics.produce(access, topic, batch("confluent", codec), **{"compression.type": codec})


def write_kafka_python(access, topic, codec, _folder):
    settings = {"compression_type": None if codec == "none" else codec, "acks": "all"}
    producer = KafkaProducer(**access.kafka_python(**settings))
    sent = [producer.send(topic, value, key) for key, value in batch("kafka-python", codec)]
    for each in sent:
        each.get(30)
    producer.close()


def write_aiokafka(access, topic, codec, _folder):
    asyncio.run(_write_aiokafka(access, topic, codec))


async def _write_aiokafka(access, topic, codec):
    settings = {"compression_type": None if codec == "none" else codec, "enable_idempotence": True}
    async with AIOKafkaProducer(**access.kafka_python(**settings)) as producer:
        waiting = [await producer.send(topic, value, key) for key, value in batch("aiokafka", codec)]
        await asyncio.gather(*waiting)


def write_kcat(access, topic, codec, _folder):
    text = b"".join(b"%s\t%s\n" % record for record in batch("kcat", codec))
    command = ["kcat", *access.kcat(), "-P", "-t", topic, "-K", r"\t", "-z", codec]
    subprocess.run(command, input=text, check=True, timeout=60)


def write_java(access, topic, codec, folder):
    source = folder / f"java-{codec}.tsv"
    source.write_bytes(b"".join(b"%s\t%s\n" % record for record in batch("java", codec)))
    facts = java.run(folder, access, "produce", topic, str(source), codec)
    assert len(facts) == EACH


WRITERS = {
    "confluent": write_confluent,
    "kafka-python": write_kafka_python,
    "aiokafka": write_aiokafka,
    "kcat": write_kcat,
    "java": write_java,
}


def read_confluent(access, topic, count, _folder):
    messages = topics.consume(access, topic, count)
    return [(message.offset(), message.key(), message.value()) for message in messages]


def read_kafka_python(access, topic, count, _folder):
    consumer = KafkaConsumer(**access.kafka_python(consumer_timeout_ms=15_000))
    consumer.assign([KafkaPythonPartition(topic, 0)])
    consumer.seek_to_beginning()
    found = []
    for message in consumer:
        found.append((message.offset, message.key, message.value))
        if len(found) == count:
            break
    consumer.close()
    return found


def read_aiokafka(access, topic, count, _folder):
    return asyncio.run(_read_aiokafka(access, topic, count))


async def _read_aiokafka(access, topic, count):
    found = []
    async with AIOKafkaConsumer(**access.kafka_python()) as consumer:
        consumer.assign([AioPartition(topic, 0)])
        await consumer.seek_to_beginning()
        async with asyncio.timeout(30):
            while len(found) < count:
                for messages in (await consumer.getmany(timeout_ms=500)).values():
                    found += [(each.offset, each.key, each.value) for each in messages]
    return found


def read_kcat(access, topic, _count, _folder):
    command = ["kcat", *access.kcat(), "-C", "-t", topic, "-o", "beginning", "-e", "-q"]
    command += ["-f", r"%o\t%k\t%s\n"]
    text = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    parts = (line.split(b"\t", 2) for line in text.splitlines())
    return [(int(offset), key, value) for offset, key, value in parts]


def read_java(access, topic, count, folder):
    out = folder / "codecs.tsv"
    java.run(folder, access, "consume", topic, str(count), str(out))
    parts = (line.split(b"\t", 3) for line in out.read_bytes().splitlines())
    return [(int(offset), key, value) for _, offset, key, value in parts]


READERS = {
    "confluent": read_confluent,
    "kafka-python": read_kafka_python,
    "aiokafka": read_aiokafka,
    "kcat": read_kcat,
    "java": read_java,
}


@pytest.fixture(scope="module")
def topic(server):
    return topics.create(server.access, "codecs")


@pytest.fixture(scope="module")
def written(topic):
    """Filled by the writers, in the order of their sending."""
    return []


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("client", WRITERS)
def test_client_writes_codec(access, topic, written, scratch, client, codec):
    WRITERS[client](access, topic, codec, scratch)
    written += batch(client, codec)
    assert topics.ends(access, topic, 1) == [len(written)]


@pytest.mark.parametrize("client", READERS)
def test_client_reads_what_all_wrote(access, topic, written, scratch, client):
    if not written:
        pytest.skip("no writer ran")
    found = READERS[client](access, topic, len(written), scratch)
    assert found == [(offset, key, value) for offset, (key, value) in enumerate(written)]
