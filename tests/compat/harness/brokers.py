"""A cell of several brokers: which processes there are, and a load that notices every pause."""

import collections
import fcntl
import json
import os
import signal
import subprocess
import threading
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from .paths import weir_binary
from .wait import eventually, retried
from .weir import Weir

FIRST = 1


def several(folder, store: str, count: int = 3, flags=()) -> Weir:
    return Weir(folder, flags=["--store", store, "--brokers", str(count), *flags])


def pid_of(weir: Weir, broker: int) -> int | None:
    """The process of a broker, by the lock that it holds. Broker 1 is `weir up` itself."""
    if broker == FIRST:
        return weir.process.pid if weir.process.alive() else None
    path = weir.data / "brokers" / str(broker) / "lock"
    if not path.exists():
        return None
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            return int(file.read().strip() or 0) or None


def stop_all(weir: Weir) -> None:
    """What a killed `weir up` left running."""
    for broker in range(2, 10):
        pid = pid_of(weir, broker)
        if pid:
            os.kill(pid, signal.SIGKILL)


def bootstraps(weir: Weir) -> str:
    """The addresses of all brokers that there ever were, so that one of them answers."""
    ports = [weir.ports[1]]
    for path in weir.data.glob("brokers/*/ports.json"):
        if path.parent.name != str(FIRST):
            ports.append(json.loads(path.read_text())["kafka"])
    return ",".join(f"127.0.0.1:{port}" for port in ports)


def complaints(weir: Weir) -> str:
    """What the brokers found worth a line, and their last words."""
    logs = [weir.log, *sorted(weir.data.glob("brokers/*/broker.log"))]
    return "\n".join(f"{log}:\n{log.read_text(errors='replace')[-3000:]}" for log in logs if log.exists())


def metadata(weir: Weir, bootstrap: str | None = None, timeout: float = 10.0):
    settings = weir.access.librdkafka() | {"bootstrap.servers": bootstrap or bootstraps(weir)}
    return AdminClient(settings).list_topics(timeout=timeout)


def leaders(weir: Weir, topic: str, bootstrap: str | None = None) -> dict[int, int]:
    found = metadata(weir, bootstrap).topics[topic].partitions
    return {number: partition.leader for number, partition in found.items()}


def command(weir: Weir, *arguments: str, timeout: float = 60.0) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_")}
    home = str(weir.folder / "home")
    env |= {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
    done = [str(weir_binary()), *arguments]
    return subprocess.run(done, env=env, capture_output=True, text=True, timeout=timeout)


def described(weir: Weir) -> dict | None:
    """The cell as its controller sees it; none while there is no controller."""
    shown = command(weir, "cell", "describe", "--data-dir", str(weir.data), "-o", "json")
    return json.loads(shown.stdout) if shown.returncode == 0 else None


def controller(weir: Weir) -> int:
    """The broker that writes the metadata."""
    cell = eventually("a controller", lambda: described(weir), timeout=30)
    there = cell["brokers"].values()
    return next(broker["broker_id"] for broker in there if broker["rpc"] == cell["controller"])


def is_balanced(weir: Weir, count: int) -> bool:
    """Every broker leads its share of the placement groups."""
    cell = described(weir)
    if cell is None:
        return False
    groups = [broker["groups"] for broker in cell["brokers"].values()]
    whole = len(groups) == count and cell["groups_without_leader"] == 0 and not cell["moves"]
    return whole and min(groups) >= cell["groups"] // count


def accepts(weir: Weir, topic: str, partitions: int) -> bool:
    """Whether a new producer gets a record into every partition within three seconds."""
    reports = []
    settings = weir.access.librdkafka() | {"message.timeout.ms": 3000, "linger.ms": 0}
    settings["bootstrap.servers"] = bootstraps(weir)
    producer = Producer(settings)
    for partition in range(partitions):
        report = lambda error, message: reports.append(error)
        producer.produce(topic, b"probe", partition=partition, on_delivery=report)
    producer.flush(4)
    return len(reports) == partitions and not any(reports)


class Load:
    """An idempotent producer that sends to every partition all the time, and remembers when each
    partition acknowledged."""

    def __init__(self, weir: Weir, topic: str, partitions: int, rate: int = 400, size: int = 200):
        self.topic, self.partitions, self.rate, self.size = topic, partitions, rate, size
        self.sent = collections.Counter()
        self.acknowledged = collections.defaultdict(list)
        self.times = collections.defaultdict(list)
        self.errors = []
        self.slowest = 0.0
        settings = weir.access.librdkafka() | {
            "bootstrap.servers": bootstraps(weir),
            "enable.idempotence": True,
            "linger.ms": 5,
            "reconnect.backoff.max.ms": 1000,
            "message.timeout.ms": 120_000,
            "log_level": 0,
        }
        self.producer = Producer(settings)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _report(self, began: float, partition: int, number: int):
        def report(error, message):
            if error:
                self.errors.append(str(error))
                return
            now = time.monotonic()
            self.slowest = max(self.slowest, now - began)
            self.acknowledged[partition].append((message.offset(), number))
            self.times[partition].append(now)

        return report

    def _run(self):
        pad = b"x" * self.size
        next_at = time.monotonic()
        turn = 0
        while not self._stop.is_set():
            partition = turn % self.partitions
            turn += 1
            number = self.sent[partition]
            report = self._report(time.monotonic(), partition, number)
            try:
                value = b"%d %s" % (number, pad)
                self.producer.produce(self.topic, value, partition=partition, on_delivery=report)
                self.sent[partition] += 1
            except BufferError:
                turn -= 1
            next_at += 1 / self.rate
            self.producer.poll(max(0.0, next_at - time.monotonic()))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(30)
        self.left = self.producer.flush(120)

    def longest_gap(self, since: float, until: float) -> float:
        """The longest time in which some partition acknowledged nothing."""
        worst = 0.0
        for partition in range(self.partitions):
            inside = [t for t in self.times[partition] if since <= t <= until]
            edges = [since, *inside, until]
            worst = max(worst, max(b - a for a, b in zip(edges, edges[1:])))
        return worst

    def answers_since(self, moment: float) -> int:
        """How many acknowledgements came after a moment."""
        return sum(t > moment for times in self.times.values() for t in times)

    def all_answer_since(self, moment: float) -> bool:
        return all(any(t > moment for t in self.times[p][-200:]) for p in range(self.partitions))


def verify(weir: Weir, load: Load, timeout: float = 60.0) -> int:
    """Every acknowledged record is there once, at its offset, in order. Returns how many there are."""
    consumer = Consumer(weir.access.consumer("unused") | {"bootstrap.servers": bootstraps(weir)})
    total = 0
    try:
        for partition in range(load.partitions):
            place = TopicPartition(load.topic, partition, 0)
            low, high = retried(lambda: consumer.get_watermark_offsets(place, 30))
            assert low == 0, f"log of {partition} starts at {low}"
            consumer.assign([place])
            found, deadline = {}, time.monotonic() + timeout
            while len(found) < high and time.monotonic() < deadline:
                for message in consumer.consume(min(high - len(found), 10_000), 0.5):
                    assert not message.error(), message.error()
                    assert message.offset() not in found, "an offset came twice"
                    found[message.offset()] = int(message.value().split(b" ", 1)[0])
            assert len(found) == high, f"partition {partition}: {len(found)} of {high} records"
            numbers = [found[offset] for offset in sorted(found)]
            assert numbers == sorted(set(numbers)), f"partition {partition}: order or duplicates"
            there = set(numbers)
            for offset, number in load.acknowledged[partition]:
                # A client that has given an answer up is told that the record is there, not where.
                right = number in there if offset is None else found.get(offset) == number
                assert right, f"partition {partition}: {number} not at {offset}"
            total += len(found)
    finally:
        consumer.close()
    return total
