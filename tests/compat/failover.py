#!/usr/bin/env python3
"""Kills brokers of a cell under load, and prints how long partitions were away.

    tests/compat/failover.py --kills 20            every kind of end, a folder as the store
    tests/compat/failover.py --kills 3 --store s3  on an S3 server (moto)
"""

import argparse
import os
import pathlib
import signal
import sys
import tempfile
import time

from harness import brokers, topics
from harness.wait import eventually

PARTITIONS = 24
CRASH_MAX = 5.0
PLANNED_MAX = 0.5
SILENCE_MAX = 12.0


def wait_whole(weir, load, count: int) -> None:
    """All brokers are there again, and every partition acknowledges."""
    eventually("all brokers", lambda: len(brokers.metadata(weir).brokers) == count, timeout=60)
    began = time.monotonic()
    eventually("all partitions", lambda: load.all_answer_since(began), timeout=60)


def crash(weir, load, broker: int, count: int) -> float:
    began = time.monotonic()
    os.kill(brokers.pid_of(weir, broker), signal.SIGKILL)
    if broker == brokers.FIRST:
        weir.process.wait(10)
    eventually("all partitions", lambda: load.all_answer_since(began + 0.2), timeout=60)
    until = time.monotonic()
    gap = load.longest_gap(began, until)
    if broker == brokers.FIRST:
        weir.start()
    wait_whole(weir, load, count)
    return gap


def planned(weir, load, broker: int, count: int) -> float:
    began = time.monotonic()
    pid = brokers.pid_of(weir, broker)
    os.kill(pid, signal.SIGTERM)
    eventually("the end of the broker", lambda: brokers.pid_of(weir, broker) != pid, timeout=60)
    wait_whole(weir, load, count)
    return load.longest_gap(began, time.monotonic())


def stands_still(pid: int) -> bool:
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/stat")
    return all(task.read_text().rsplit(") ", 1)[1].startswith("T") for task in tasks)


def freeze(weir, load, broker: int, count: int, seconds: float) -> float:
    """Stops a process for a while: others take over, and when it wakes it ends by itself.

    Measured by new producers: one that has asked the silent broker waits for its own time-outs."""
    eventually("a balanced cell", lambda: brokers.is_balanced(weir, count), timeout=120)
    probe = topics.create(weir.access, "probe", partitions=PARTITIONS)
    began = time.monotonic()
    pid = brokers.pid_of(weir, broker)
    os.kill(pid, signal.SIGSTOP)
    eventually("the process to stand still", lambda: stands_still(pid), timeout=5)
    try:
        eventually("all partitions", lambda: brokers.accepts(weir, probe, PARTITIONS), timeout=60)
        gap = time.monotonic() - began
        time.sleep(max(0.0, began + seconds - time.monotonic()))
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually("the end of the one that slept", lambda: brokers.pid_of(weir, broker) != pid, timeout=30)
    eventually("all brokers", lambda: len(brokers.metadata(weir).brokers) == count, timeout=60)
    eventually("the load", lambda: load.all_answer_since(began + seconds), timeout=120)
    return gap


def run(
    folder: pathlib.Path, store: str, kills: int, count: int = 3, freezes: int = 0, frozen_s: float = 60
) -> tuple[list, list, list]:
    crashes, plans, silences = [], [], []
    weir = brokers.several(folder, store, count)
    try:
        weir.start()
        eventually("a balanced cell", lambda: brokers.is_balanced(weir, count), timeout=60)
        topic = topics.create(weir.access, "failover", partitions=PARTITIONS)
        with brokers.Load(weir, topic, PARTITIONS) as load:
            time.sleep(3)
            for n in range(kills):
                victim = 1 + (n + 1) % count
                leads = sum(l == victim for l in brokers.leaders(weir, topic).values())
                gap = crash(weir, load, victim, count)
                crashes.append(gap)
                print(f"kill -9 of broker {victim}, which led {leads}: {gap:.2f} s", flush=True)
            for victim in [id for id in range(2, count + 1)][: max(1, kills // 5)]:
                gap = planned(weir, load, victim, count)
                plans.append(gap)
                print(f"planned stop of broker {victim}: {gap:.2f} s", flush=True)
            for n in range(freezes):
                victim = 1 + (n + 1) % count
                gap = freeze(weir, load, victim, count, frozen_s)
                silences.append(gap)
                print(f"SIGSTOP of broker {victim} for {frozen_s:.0f} s: {gap:.2f} s", flush=True)
        assert not load.errors, load.errors[:3]
        assert load.left == 0, f"{load.left} records were never answered"
        records = brokers.verify(weir, load)
        print(f"{records} records, each once and in order; slowest report {load.slowest:.2f} s")
        return crashes, plans, silences
    finally:
        brokers.stop_all(weir)
        weir.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--freezes", type=int, default=2)
    parser.add_argument("--store", choices=["folder", "s3"], default="folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weir-failover-") as name:
        folder = pathlib.Path(name)
        if options.store == "s3":
            from harness import stores

            bucket = folder / "bucket"
            bucket.mkdir()
            with stores.moto(bucket) as store:
                os.environ.update(store.env)
                found = run(folder, store.url, options.kills, freezes=options.freezes)
        else:
            found = run(folder, f"file://{folder}/bucket", options.kills, freezes=options.freezes)
    named = ["crashes", "planned stops", "silences"]
    good = True
    for name, gaps, limit in zip(named, found, [CRASH_MAX, PLANNED_MAX, SILENCE_MAX]):
        if gaps:
            print(f"worst of {len(gaps)} {name}: {max(gaps):.2f} s (at most {limit})")
            good &= max(gaps) <= limit
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
