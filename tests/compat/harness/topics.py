"""Topics and records, through confluent-kafka: the shortest way for tests about something else."""

import itertools
import time
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from .server import Access

_numbers = itertools.count(1)


def unique(prefix: str) -> str:
    """A name no earlier test has used, also not in an earlier run on the same folder."""
    return f"{prefix}-{next(_numbers)}-{uuid.uuid4().hex[:8]}"


def create(access: Access, prefix: str, partitions: int = 1, config: dict | None = None) -> str:
    name = unique(prefix)
    admin = AdminClient(access.librdkafka())
    wanted = NewTopic(name, partitions, 1, config=config or {})
    admin.create_topics([wanted])[name].result(30)
    return name


def produce(access: Access, topic: str, records, tls: bool = False, **settings) -> list:
    """Sends `(key, value)` pairs or dicts of `produce` arguments; returns the delivered messages."""
    delivered, failed = [], []

    def report(error, message):
        (failed if error else delivered).append(error or message)

    defaults = {"enable.idempotence": True, "linger.ms": 5}
    producer = Producer(access.librdkafka(tls, **(defaults | settings)))
    for record in records:
        arguments = record if isinstance(record, dict) else dict(zip(("key", "value"), record))
        _send(producer, topic, arguments | {"on_delivery": report})
    producer.flush(60)
    if failed:
        raise failed[0] if isinstance(failed[0], Exception) else RuntimeError(str(failed[0]))
    return delivered


def _send(producer: Producer, topic: str, arguments: dict) -> None:
    while True:
        try:
            return producer.produce(topic, **arguments)
        except BufferError:
            producer.poll(0.1)


def consume(access: Access, topic: str, count: int, tls: bool = False, timeout: float = 30.0) -> list:
    """Reads `count` messages from the start of all partitions, with assignment, without a group."""
    consumer = Consumer(access.consumer("unused", tls))
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        return take(consumer, count, timeout)
    finally:
        consumer.close()


def take(consumer: Consumer, count: int, timeout: float = 30.0) -> list:
    """Polls until `count` messages came or the time is over; errors are raised."""
    messages, deadline = [], time.monotonic() + timeout
    while len(messages) < count and time.monotonic() < deadline:
        for message in consumer.consume(min(count - len(messages), 10_000), 0.2):
            if message.error():
                raise RuntimeError(str(message.error()))
            messages.append(message)
    return messages


def ends(access: Access, topic: str, partitions: int) -> list[int]:
    """The next offset of each partition."""
    consumer = Consumer(access.consumer("unused"))
    try:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        return [consumer.get_watermark_offsets(place, timeout=10)[1] for place in places]
    finally:
        consumer.close()
