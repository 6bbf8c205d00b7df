#!/usr/bin/env python3
"""Measures how fast and how small Weir is, and prints one table. Nothing here is a gate.

    timings.py                   with a data folder of 5 GB for the start-up figures
    timings.py --gigabytes 0.5   a quicker look

Times are medians of several runs; the goal stands beside each figure.
"""

import argparse
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

from confluent_kafka import Producer

from harness import rest as weir_rest
from harness import topics, wire
from harness.rest import Rest
from harness.weir import Weir

ROUNDS = 7


class Table:
    def __init__(self):
        self._rows = []

    def add(self, what: str, value: float, unit: str, goal: float, note: str = "") -> None:
        self._rows.append((what, f"{value:.0f} {unit}", f"< {goal:.0f} {unit}", value < goal, note))
        print(f"  {what}: {value:.0f} {unit} {note}", flush=True)

    def show(self) -> None:
        width = max(len(row[0]) for row in self._rows)
        print(f"\n{'figure':<{width}}  {'measured':>10}  {'goal':>10}")
        for what, value, goal, met, note in self._rows:
            print(f"{what:<{width}}  {value:>10}  {goal:>10}  {'ok' if met else 'MISSED'}  {note}")


def milliseconds(start: float) -> float:
    return (time.monotonic() - start) * 1000


def spread(values: list[float]) -> str:
    return f"({min(values):.0f} to {max(values):.0f} in {len(values)} runs)"


def first_record(weir, rest) -> float:
    """From POST of the cluster to the first acknowledged record, with every call in between."""
    account = rest.service_account()
    start = time.monotonic()
    made = rest.create_cluster()
    rest.grant(account, "CloudClusterAdmin", made["metadata"]["resource_name"].rsplit("/kafka=", 1)[0])
    key, secret = rest.api_key(account, made["id"])
    rest.await_provisioned(made["id"])
    access = weir.access.with_key(key, secret)
    topics.produce(access, topics.create(access, "first"), [(b"k", b"v")])
    return milliseconds(start)


def key_works(weir, rest, account: str, cluster: str) -> float:
    """From the return of the POST to the first login that succeeds, tried without a pause."""
    key, secret = rest.api_key(account, cluster)
    start = time.monotonic()
    while milliseconds(start) < 5000:
        with wire.connect(weir.access, log_in=False) as connection:
            connection.handshake()
            if connection.authenticate(key, secret)[0] == 0:
                return milliseconds(start)
    raise TimeoutError("the key does not work after 5 s")


def fill(weir, gigabytes: float) -> float:
    """Produces incompressible records until the folder holds this much; returns MB/s."""
    topic = topics.create(weir.access, "bulk", 16)
    settings = {"batch.size": 1_000_000, "linger.ms": 10, "queue.buffering.max.kbytes": 65_536}
    producer = Producer(weir.access.librdkafka(**{"enable.idempotence": True, **settings}))
    value, count = bytes(range(256)) * 256, int(gigabytes * 1e9 / 65_536)
    start = time.monotonic()
    for number in range(count):
        while True:
            try:
                producer.produce(topic, value, partition=number % 16)
                break
            except BufferError:
                producer.poll(0.05)
    producer.flush(300)
    return count * 65_536 / 1e6 / (time.monotonic() - start)


def start_up(weir, hard: bool) -> list[float]:
    """Process start to readiness; the process ended cleanly or by kill -9 just before."""
    found, topic = [], topics.create(weir.access, "between")
    for _ in range(5):
        topics.produce(weir.access, topic, [(b"k", b"v")])
        weir.kill() if hard else weir.stop()
        start = time.monotonic()
        weir.start(120)
        found.append(milliseconds(start))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=5)
    options = parser.parse_args()
    folder, table = pathlib.Path(tempfile.mkdtemp(prefix="weir-timings-")), Table()
    try:
        with Weir(folder) as weir:
            measure(weir, table, options.gigabytes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table.show()
    return 0


def measure(weir, table: Table, gigabytes: float) -> None:
    rest = Rest(weir)
    table.add("idle memory (Pss) after the first start", weir.process.pss_mib(), "MiB", 80)
    created = [first_record(weir, rest) for _ in range(ROUNDS)]
    table.add("cluster POST to first record", statistics.median(created), "ms", 1000, spread(created))
    tenant = weir_rest.tenant(weir, rest)
    keys = [key_works(weir, rest, tenant.account, tenant.cluster) for _ in range(ROUNDS * 3)]
    table.add("new key works after its POST", max(keys), "ms", 100, "worst of " + spread(keys)[1:-1])
    rate = fill(weir, gigabytes)
    print(f"  filled {gigabytes} GB at {rate:.0f} MB/s")
    for hard, goal, name in ((False, 500, "a clean stop"), (True, 2000, "kill -9")):
        starts = start_up(weir, hard)
        what = f"start of a {gigabytes:g} GB folder after {name}"
        table.add(what, statistics.median(starts), "ms", goal, spread(starts))
    cpu, begin = weir.process.cpu_seconds(), time.monotonic()
    time.sleep(10)  # the length of the observation itself
    idle = (weir.process.cpu_seconds() - cpu) / (time.monotonic() - begin) * 100
    table.add("idle memory (Pss) with that folder", weir.process.pss_mib(), "MiB", 80)
    table.add("idle CPU of one core", idle, "%", 2)


if __name__ == "__main__":
    sys.exit(main())
