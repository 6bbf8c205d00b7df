#!/usr/bin/env python3
"""Kills, stops and freezes brokers of a cell under load, and prints how long partitions were away.

    tests/compat/failover.py --kills 20              every kind of end, a folder as the store
    tests/compat/failover.py --kills 20 --store minio   on an S3 server
    tests/compat/failover.py --kills 3 --store moto --rate 100   on a slower one
    tests/compat/failover.py --kills 3 --meta etcd   with the metadata in an etcd
    tests/compat/failover.py --kills 0 --plans 0 --freezes 0 --controllers 2   only the controller sleeps
"""

import argparse
import contextlib
import dataclasses
import itertools
import os
import pathlib
import signal
import sys
import tempfile
import time

from harness import brokers, etcd, stores, topics
from harness.wait import eventually
from harness.zombie import Zombie

PARTITIONS = 24
CRASH_MAX = 5.0
PLANNED_MAX = 0.5
SILENCE_MAX = 12.0
TAKEN_OVER = 5


@dataclasses.dataclass
class Ends:
    """How often brokers end in which way, and under which load."""

    kills: int = 0
    plans: int = 0
    freezes: int = 0
    # The same for whichever broker is the controller.
    controllers: int = 0
    frozen_s: float = 60.0
    rate: int = 400
    # A client has five requests of one partition each under way to a broker: more partitions wait for their turn.
    partitions: int = PARTITIONS
    # How long nothing ends before the first does, to compare with: a store is written to in slots.
    quiet_s: float = 0.0


@dataclasses.dataclass
class Found:
    """The longest time without an acknowledgement in some partition, for each end."""

    crashes: list = dataclasses.field(default_factory=list)
    plans: list = dataclasses.field(default_factory=list)
    silences: list = dataclasses.field(default_factory=list)


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
    # A broker that leads nothing yet stops without a pause.
    eventually("a balanced cell", lambda: brokers.is_balanced(weir, count), timeout=120)
    began = time.monotonic()
    pid = brokers.pid_of(weir, broker)
    os.kill(pid, signal.SIGTERM)
    eventually("the end of the broker", lambda: brokers.pid_of(weir, broker) != pid, timeout=60)
    wait_whole(weir, load, count)
    return load.longest_gap(began, time.monotonic())


def stands_still(pid: int) -> bool:
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/stat")
    return all(task.read_text().rsplit(") ", 1)[1].startswith("T") for task in tasks)


def ends_by_itself(weir, broker: int, pid: int) -> None:
    """What slept notices that it was replaced, and goes; then it is started again."""
    if broker == brokers.FIRST:
        assert weir.process.wait(30) == TAKEN_OVER, weir.process.tail()
        weir.start()
    else:
        eventually("the end of the one that slept", lambda: brokers.pid_of(weir, broker) != pid, timeout=30)


def freeze(weir, load, broker: int, count: int, seconds: float) -> float:
    """Stops a process for a while: others take over, and when it wakes it acknowledges nothing and ends.

    Measured by new producers: one that has asked the silent broker waits for its own time-outs."""
    eventually("a balanced cell", lambda: brokers.is_balanced(weir, count), timeout=120)
    probe = topics.create(weir.access, "probe", partitions=PARTITIONS)
    with Zombie(weir, broker, probe) as zombie:
        began = time.monotonic()
        pid = brokers.pid_of(weir, broker)
        os.kill(pid, signal.SIGSTOP)
        eventually("the process to stand still", lambda: stands_still(pid), timeout=5)
        try:
            zombie.ask()
            eventually("all partitions", lambda: brokers.accepts(weir, probe, PARTITIONS), timeout=60)
            gap = time.monotonic() - began
            time.sleep(max(0.0, began + seconds - time.monotonic()))
        finally:
            os.kill(pid, signal.SIGCONT)
        said = zombie.answer()
        assert said != 0, "what slept acknowledged a record"
    ends_by_itself(weir, broker, pid)
    eventually("all brokers", lambda: len(brokers.metadata(weir).brokers) == count, timeout=60)
    eventually("the load", lambda: load.all_answer_since(began + seconds), timeout=120)
    return gap


def end_brokers(weir, load, count: int, ends: Ends, found: Found) -> None:
    for n in range(ends.kills):
        victim = 1 + (n + 1) % count
        leads = sum(l == victim for l in brokers.leaders(weir, load.topic).values())
        found.crashes.append(crash(weir, load, victim, count))
        print(f"kill -9 of broker {victim}, which led {leads}: {found.crashes[-1]:.2f} s", flush=True)
    # Broker 1 is `weir up`, which takes the others with it when it is stopped.
    for victim in itertools.islice(itertools.cycle(range(2, count + 1)), ends.plans):
        found.plans.append(planned(weir, load, victim, count))
        print(f"planned stop of broker {victim}: {found.plans[-1]:.2f} s", flush=True)
    for n in range(ends.freezes + ends.controllers):
        controller = brokers.controller(weir)
        victim = 1 + (n + 1) % count if n < ends.freezes else controller
        found.silences.append(freeze(weir, load, victim, count, ends.frozen_s))
        what = f"broker {victim}" + (", the controller," if victim == controller else "")
        print(f"SIGSTOP of {what} for {ends.frozen_s:.0f} s: {found.silences[-1]:.2f} s", flush=True)


def run(folder: pathlib.Path, store: str, ends: Ends, count: int = 3, flags=()) -> Found:
    found = Found()
    weir = brokers.several(folder, store, count, flags)
    try:
        weir.start()
        eventually("a balanced cell", lambda: brokers.is_balanced(weir, count), timeout=60)
        topic = topics.create(weir.access, "failover", partitions=ends.partitions)
        with brokers.Load(weir, topic, ends.partitions, ends.rate) as load:
            eventually("all partitions", lambda: load.all_answer_since(0), timeout=60)
            if ends.quiet_s:
                began = time.monotonic()
                time.sleep(ends.quiet_s)
                gap = load.longest_gap(began, time.monotonic())
                print(f"nothing ends for {ends.quiet_s:.0f} s: {gap:.2f} s", flush=True)
            end_brokers(weir, load, count, ends, found)
        assert not load.errors, load.errors[:3]
        assert load.left == 0, f"{load.left} records were never answered"
        records = brokers.verify(weir, load)
        print(f"{records} records, each once and in order; slowest report {load.slowest:.2f} s")
        return found
    finally:
        brokers.stop_all(weir)
        weir.kill()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--plans", type=int, default=4)
    parser.add_argument("--freezes", type=int, default=2)
    parser.add_argument("--controllers", type=int, default=0, help="freezes of the controller")
    parser.add_argument("--frozen-s", type=float, default=60)
    parser.add_argument("--quiet-s", type=float, default=0, help="first measure without any end")
    parser.add_argument("--rate", type=int, default=400, help="records a second")
    parser.add_argument("--partitions", type=int, default=PARTITIONS, help="of the topic under load")
    parser.add_argument("--store", choices=["folder", "minio", "moto"], default="folder")
    parser.add_argument("--meta", choices=["store", "etcd"], default="store")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    ends = Ends(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Ends)})
    with tempfile.TemporaryDirectory(prefix="weir-failover-") as name, contextlib.ExitStack() as stack:
        folder, flags = pathlib.Path(name), []
        url = f"file://{folder}/bucket"
        if options.store != "folder":
            url = stack.enter_context(stores.s3(options.store, folder / "store")).url
        if options.meta == "etcd":
            flags = ["--meta-store", stack.enter_context(etcd.running(folder / "etcd")).url]
        found = run(folder, url, ends, flags=flags)
    good = True
    limits = [("crashes", CRASH_MAX), ("plans", PLANNED_MAX), ("silences", SILENCE_MAX)]
    for name, limit in limits:
        gaps = getattr(found, name)
        if gaps:
            print(f"worst of {len(gaps)} {name}: {max(gaps):.2f} s (at most {limit})")
            good &= max(gaps) <= limit
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
