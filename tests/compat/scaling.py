#!/usr/bin/env python3
"""Measures what more partitions cost a cell of three brokers, and prints one table.

    tests/compat/scaling.py                        1,000 and 10,000 partitions on a folder
    tests/compat/scaling.py --partitions 500,5000  other numbers
    tests/compat/scaling.py --rounds 5             more kills and planned stops of each
    tests/compat/scaling.py --busy 2000            while all partitions take records, so many a second
"""

import argparse
import contextlib
import itertools
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import threading
import time

from confluent_kafka import Producer

import failover
from harness import brokers, topics
from harness.wait import eventually

COUNT = 3
# Partitions under load: one for each placement group.
PROBED = 64
PER_TOPIC = 100
IDLE_S = 30
TICKS = os.sysconf("SC_CLK_TCK")


def pids(weir) -> list[int]:
    return [brokers.pid_of(weir, broker) for broker in range(1, COUNT + 1)]


def cpu(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_mb(pid: int) -> float:
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def fill(weir, count: int) -> list[str]:
    """Topics with a record in every partition."""
    names = []
    for _ in range(count // PER_TOPIC):
        topic = topics.create(weir.access, "many", partitions=PER_TOPIC)
        producer = Producer(weir.access.librdkafka() | {"linger.ms": 50})
        for partition in range(PER_TOPIC):
            producer.produce(topic, b"x" * 100, partition=partition)
        assert producer.flush(60) == 0, "records were not acknowledged"
        names.append(topic)
    return names


@contextlib.contextmanager
def busy(weir, names: list[str], rate: int):
    """All partitions of all topics take a record in turn: who takes over finds every one of them in the log."""
    stop, errors = threading.Event(), []
    settings = {"bootstrap.servers": brokers.bootstraps(weir), "linger.ms": 5, "message.timeout.ms": 120_000}
    producer = Producer(weir.access.librdkafka() | settings | {"log_level": 0})

    def report(error, _):
        if error:
            errors.append(str(error))

    def send():
        places = itertools.cycle(itertools.product(names, range(PER_TOPIC)))
        next_at = time.monotonic()
        while not stop.is_set():
            topic, partition = next(places)
            with contextlib.suppress(BufferError):
                producer.produce(topic, b"x" * 100, partition=partition, on_delivery=report)
            next_at += 1 / rate
            producer.poll(max(0.0, next_at - time.monotonic()))

    thread = threading.Thread(target=send, daemon=True)
    if rate:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if rate:
            thread.join(30)
            left = producer.flush(120)
            assert not left and not errors, (left, errors[:3])


def commit_ms(weir) -> float:
    """What a change of metadata takes: a topic with one partition."""
    took = []
    for _ in range(20):
        began = time.monotonic()
        topics.create(weir.access, "one")
        took.append((time.monotonic() - began) * 1000)
    return statistics.median(took)


def idle_percent(weir) -> float:
    """CPU of all brokers together, in percent of a core."""
    before = sum(map(cpu, pids(weir)))
    time.sleep(IDLE_S)
    return (sum(map(cpu, pids(weir))) - before) / IDLE_S * 100


def start_s(weir, topic: str) -> float:
    """From a start of everything until every placement group takes records."""
    os.kill(weir.process.pid, signal.SIGTERM)
    weir.process.wait(60)
    began = time.monotonic()
    weir.start()
    eventually("all partitions", lambda: brokers.accepts(weir, topic, PROBED), timeout=120)
    return time.monotonic() - began


def metadata_kb(folder: pathlib.Path) -> float:
    """The snapshot that a start writes."""
    return max(path.stat().st_size for path in (folder / "bucket/meta/snap").iterdir()) / 1000


def pauses(weir, topic: str, rounds: int) -> tuple[list, list]:
    """How long partitions were away: after kill -9, and when a broker gave up what it led."""
    crashes, plans = [], []
    with brokers.Load(weir, topic, PROBED) as load:
        time.sleep(3)
        for n in range(rounds):
            victim = 2 + n % (COUNT - 1)
            crashes.append(failover.crash(weir, load, victim, COUNT))
            eventually("a balanced cell", lambda: brokers.is_balanced(weir, COUNT), timeout=120)
            plans.append(failover.planned(weir, load, victim, COUNT))
            eventually("a balanced cell", lambda: brokers.is_balanced(weir, COUNT), timeout=120)
    assert not load.errors, load.errors[:3]
    return crashes, plans


def measure(folder: pathlib.Path, count: int, rounds: int, rate: int) -> dict[str, float]:
    weir = brokers.several(folder, f"file://{folder}/bucket", COUNT)
    try:
        weir.start()
        eventually("a balanced cell", lambda: brokers.is_balanced(weir, COUNT), timeout=60)
        names = fill(weir, count)
        topic = topics.create(weir.access, "probed", partitions=PROBED)
        found = {"commit, ms": commit_ms(weir)}
        found["start, s"] = start_s(weir, topic)
        found["metadata, kB"] = metadata_kb(folder)
        eventually("a balanced cell", lambda: brokers.is_balanced(weir, COUNT), timeout=120)
        # Clients have gone, and what a start leaves to be done is done.
        time.sleep(15)
        found["idle CPU, % of a core"] = idle_percent(weir)
        found["memory of all brokers, MB"] = sum(map(pss_mb, pids(weir)))
        with busy(weir, names, rate):
            crashes, plans = pauses(weir, topic, rounds)
        found["failover, s (median)"] = statistics.median(crashes)
        found["failover, s (worst)"] = max(crashes)
        found["leader move, s (median)"] = statistics.median(plans)
        found["leader move, s (worst)"] = max(plans)
        return found
    finally:
        brokers.stop_all(weir)
        weir.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--partitions", default="1000,10000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--busy", type=int, default=0, help="records a second over all partitions, beside the load")
    options = parser.parse_args()
    counts = [int(text) for text in options.partitions.split(",")]
    found = {}
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="weir-scaling-") as name:
            found[count] = measure(pathlib.Path(name), count, options.rounds, options.busy)
        print(f"{count} partitions: {found[count]}", flush=True)
    first, last = found[counts[0]], found[counts[-1]]
    print("\n|| " + "|".join(f"{count:,} partitions" for count in counts) + "|ratio|")
    print("|---" * (len(counts) + 2) + "|")
    for name in first:
        values = "|".join(f"{found[count][name]:.2f}" for count in counts)
        print(f"|{name}|{values}|{last[name] / max(first[name], 1e-9):.1f}|")
    return 0


if __name__ == "__main__":
    sys.exit(main())
