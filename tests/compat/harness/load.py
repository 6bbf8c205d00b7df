"""A pipelining idempotent producer whose every record is unique and self-checking.

A record's value starts with its id and ends in a checksum of the filler, so that a reader can tell
a record from every other one and notice a single wrong byte.
"""

import random
import struct
import threading
import time
import zlib

from confluent_kafka import Consumer, Producer, TopicPartition

from history import History, Id, Seen

_HEAD = struct.Struct(">IIQI")  # producer, partition, number, checksum of the rest


class Filler:
    """Incompressible bytes, cut differently for every record at the cost of a slice."""

    def __init__(self, size: int):
        self._size = size - _HEAD.size
        self._noise = random.Random(size).randbytes(1 << 20)

    def value(self, producer: int, partition: int, number: int) -> bytes:
        at = (number * 8191 + partition * 127) % (len(self._noise) - self._size)
        rest = self._noise[at : at + self._size]
        return _HEAD.pack(producer, partition, number, zlib.crc32(rest)) + rest


def parse(partition: int, offset: int, value: bytes) -> Seen:
    """The record as seen; a value that was altered, or lies in a foreign partition, raises."""
    producer, home, number, checksum = _HEAD.unpack_from(value)
    if home != partition or zlib.crc32(value[_HEAD.size :]) != checksum:
        raise ValueError(f"corrupt record at partition {partition} offset {offset}")
    return Seen(partition, offset, Id(producer, number))


class Load:
    """One producer in a thread of its own, at a fixed rate while the broker keeps up."""

    def __init__(self, access, topic: str, history: History, name: int, rate: float, **options):
        self.partitions = options.pop("partitions", 4)
        self.acked_bytes = 0
        self.errors: list[str] = []
        self._size = options.pop("size", 10_240)
        self._rate, self._topic, self._name = rate, topic, name
        self._history, self._lock = history, options.pop("lock")
        self._fatal = None
        self._stop = threading.Event()
        self._producer = Producer(access.librdkafka(**_settings(options)))
        self._thread = threading.Thread(target=self._run)

    def start(self) -> "Load":
        self._thread.start()
        return self

    def _run(self) -> None:
        filler, number, begin = Filler(self._size), 0, time.monotonic()
        while not self._stop.is_set():
            due = (time.monotonic() - begin) * self._rate / self._size
            while number < due and not self._stop.is_set():
                partition, nth = number % self.partitions, number // self.partitions
                if not self._send(partition, nth, filler.value(self._name, partition, nth)):
                    begin = time.monotonic() - number * self._size / self._rate  # do not catch up
                    break
                number += 1
            self._producer.poll(0.005)

    def _send(self, partition: int, number: int, value: bytes) -> bool:
        record = Id(self._name, number)
        try:
            self._producer.produce(
                self._topic,
                value,
                partition=partition,
                on_delivery=lambda error, message: self._delivered(error, message, record),
            )
        except BufferError:
            self._producer.poll(0.02)
            return False
        with self._lock:
            self._history.sent[partition].add(record)
        return True

    def _delivered(self, error, message, record: Id) -> None:
        if error:
            self.errors.append(str(error))
            return
        with self._lock:
            self._history.acked.append(Seen(message.partition(), message.offset(), record))
        self.acked_bytes += self._size

    def stop(self, timeout: float) -> int:
        """Ends the sending and waits for what is under way; returns how much stayed unknown."""
        self._stop.set()
        self._thread.join()
        return self._producer.flush(timeout)

    def abandon(self) -> None:
        """Forgets what is under way, for a broker that will not come back."""
        self._stop.set()
        self._thread.join()
        self._producer.purge()
        self._producer.poll(1)


def _settings(extra: dict) -> dict:
    never = {"message.timeout.ms": 0, "retries": 2**31 - 1}
    speed = {"linger.ms": 5, "batch.size": 262_144, "queue.buffering.max.kbytes": 32_768}
    return {
        "enable.idempotence": True,
        "acks": "all",
        "max.in.flight": 5,
        "reconnect.backoff.ms": 20,
        "reconnect.backoff.max.ms": 200,
        "retry.backoff.ms": 20,
        "request.timeout.ms": 10_000,
        "socket.timeout.ms": 15_000,
        "log_level": 0,
        **never,
        **speed,
        **extra,
    }


class Tail:
    """A reader that follows all partitions during the run: what it saw may never change."""

    def __init__(self, access, topic: str, history: History, lock, partitions: int = 4):
        quiet = {"log_level": 0, "reconnect.backoff.max.ms": 200, "reconnect.backoff.ms": 20}
        self._consumer = Consumer(access.consumer("tail", **quiet))
        self._consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
        self._history, self._lock = history, lock
        self.corrupt: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> "Tail":
        self._thread.start()
        return self

    def _run(self) -> None:
        while not self._stop.is_set():
            for message in self._consumer.consume(500, 0.1):
                if message.error():
                    continue
                try:
                    seen = parse(message.partition(), message.offset(), message.value())
                except (ValueError, struct.error) as error:
                    self.corrupt.append(str(error))
                    continue
                with self._lock:
                    self._history.tailed.append(seen)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._consumer.close()


def read_all(access, topic: str, history: History, partitions: int = 4) -> None:
    """The final read: from the start to the end that the broker announces, into the history."""
    consumer = Consumer(access.consumer("final", **{"fetch.wait.max.ms": 100}))
    places = [TopicPartition(topic, number, 0) for number in range(partitions)]
    for place in places:
        low, high = consumer.get_watermark_offsets(place, timeout=30)
        if low != 0:
            raise AssertionError(f"partition {place.partition} starts at {low}")
        history.ends[place.partition] = high
    consumer.assign(places)
    missing, deadline = sum(history.ends.values()), time.monotonic() + 300
    while missing > 0 and time.monotonic() < deadline:
        for message in consumer.consume(min(missing, 2000), 0.5):
            if not message.error():
                seen = parse(message.partition(), message.offset(), message.value())
                history.final.append(seen)
                missing -= 1
    consumer.close()
