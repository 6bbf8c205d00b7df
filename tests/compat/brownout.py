#!/usr/bin/env python3
"""Lets the store of a cell answer 503 for a while under load, and prints what that costs.

    tests/compat/brownout.py                    a minute on MinIO
    tests/compat/brownout.py --store moto --seconds 15

A proxy before the store answers for it (`harness/proxy.py`). Producers push as much as the brokers
take, so that whatever has no bound shows.
"""

import argparse
import dataclasses
import pathlib
import sys
import tempfile
import threading
import time

from confluent_kafka import Producer

from harness import brokers, proxy, stores, topics
from harness.wait import eventually

PARTITIONS = 24
ALARM = "wait for the object store"
# Requests that were on their way may still be answered.
UNDER_WAY = 2.0
# The longest pause between two attempts, with what the first one brings along.
RECOVERY_MAX = 15.0
# What a broker may take beyond what it had: the queue of its log, slots in flight, frames of clients.
GROWTH_MAX_MIB = 400


@dataclasses.dataclass
class Found:
    """What a brown-out has cost."""

    records: int
    slowest: float
    recovery: float
    before_mib: dict[int, float]
    peak_mib: dict[int, float]
    refused: int
    unheard: int

    def growth_mib(self) -> float:
        return max(self.peak_mib[id] - self.before_mib[id] for id in self.peak_mib)


class Flood:
    """Producers that send large records as fast as they get rid of them, and send them again soon."""

    def __init__(self, weir, topic: str, producers: int):
        self.topic = topic
        self.taken = 0
        settings = weir.access.librdkafka() | {
            "bootstrap.servers": brokers.bootstraps(weir),
            "queue.buffering.max.kbytes": 32_768,
            "batch.size": 900_000,
            "linger.ms": 20,
            "request.timeout.ms": 5_000,
            "message.timeout.ms": 0,
            "log_level": 0,
        }
        self._stop = threading.Event()
        self._producers = [Producer(settings) for _ in range(producers)]
        self._threads = [threading.Thread(target=self._run, args=[p]) for p in self._producers]

    def _run(self, producer: Producer) -> None:
        value, partition = b"f" * 100_000, 0
        while not self._stop.is_set():
            try:
                producer.produce(self.topic, value, partition=partition % PARTITIONS)
                self.taken += 1
                partition += 1
                producer.poll(0.01)
            except BufferError:
                producer.poll(0.05)

    def __enter__(self) -> "Flood":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        for thread, producer in zip(self._threads, self._producers):
            thread.join(30)
            producer.purge()
            producer.poll(0)


def peak_mib(pid: int, name: str = "VmHWM") -> float:
    """The most memory that a process ever had."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(name + ":"))


def alarmed(weir) -> bool:
    cell = brokers.described(weir)
    return cell is not None and any(ALARM in alarm for alarm in cell["alarms"])


def be_ill(weir, load, before, seconds: float) -> None:
    """The store answers 503 for a while: nothing is acknowledged, and the cell says what is wrong."""
    before.be_ill()
    began = time.monotonic()
    eventually("the last acknowledgement", lambda: load.answers_since(time.monotonic() - UNDER_WAY) == 0)
    silent = time.monotonic()
    eventually(f"an alarm: {brokers.complaints(weir)}", lambda: alarmed(weir), timeout=max(30.0, seconds))
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    assert load.answers_since(silent) == 0, "acknowledged without a store"


def run(folder: pathlib.Path, name: str, seconds: float, producers: int, count: int = 3, rate: int = 200) -> Found:
    with (
        stores.s3(name, folder / "store") as store,
        proxy.before(store.port, folder) as before,
    ):
        weir = brokers.several(folder, store.through(before.port).url, count)
        try:
            weir.start()
            eventually("a balanced cell", lambda: brokers.is_balanced(weir, count), timeout=60)
            return _under_load(weir, before, seconds, producers, rate)
        finally:
            brokers.stop_all(weir)
            weir.kill()


def _under_load(weir, before, seconds: float, producers: int, rate: int) -> Found:
    topic, flooded = (topics.create(weir.access, name, partitions=PARTITIONS) for name in ("kept", "flood"))
    count = len(brokers.metadata(weir).brokers)
    with brokers.Load(weir, topic, PARTITIONS, rate) as load:
        eventually("all partitions", lambda: load.all_answer_since(0), timeout=60)
        pids = {id: brokers.pid_of(weir, id) for id in range(1, count + 1)}
        resident = {id: peak_mib(pid, "VmRSS") for id, pid in pids.items()}
        with Flood(weir, flooded, producers):
            be_ill(weir, load, before, seconds)
        before.be_well()
        well = time.monotonic()
        eventually("all partitions", lambda: load.all_answer_since(well), timeout=90)
        recovery = time.monotonic() - well
        eventually("no alarm", lambda: not alarmed(weir), timeout=60)
        now = {id: brokers.pid_of(weir, id) for id in pids}
        assert now == pids, f"a broker ended: {brokers.complaints(weir)}"
        peaks = {id: peak_mib(pid) for id, pid in pids.items()}
    assert not load.errors, load.errors[:3]
    assert load.left == 0, f"{load.left} records were never answered"
    requests = before.requests()
    total = lambda word: sum(number for kind, number in requests.items() if kind.endswith(word))
    records = brokers.verify(weir, load)
    return Found(records, load.slowest, recovery, resident, peaks, total(" 503"), total(" unheard"))


def shown(found: Found) -> str:
    memory = ", ".join(
        f"{id}: {found.before_mib[id]:.0f} -> {found.peak_mib[id]:.0f}" for id in sorted(found.peak_mib)
    )
    return (
        f"{found.records} records, each once and in order; slowest report {found.slowest:.1f} s\n"
        f"{found.refused} requests refused, {found.unheard} done and refused\n"
        f"memory in MiB, before and at most: {memory}\n"
        f"all partitions again after {found.recovery:.1f} s"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--store", choices=["minio", "moto"], default="minio")
    parser.add_argument("--producers", type=int, default=12, help="that push as much as they can")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weir-brownout-") as name:
        found = run(pathlib.Path(name), options.store, options.seconds, options.producers)
    print(shown(found))
    return 0 if found.recovery <= RECOVERY_MAX and found.growth_mib() <= GROWTH_MAX_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
