#!/usr/bin/env python3
"""Measures what docs/reference/limits.md tells: what partitions, connections, moves and idleness cost.

    tests/compat/limits.py partitions 1000 10000     memory, start-up, metadata; a folder as the store
    tests/compat/limits.py connections 1000 10000    memory of connections that are signed in and idle
    tests/compat/limits.py commits                   how many topics a second can be made
    tests/compat/limits.py idle --seconds 120        requests of a cell that does nothing (MinIO)
    tests/compat/limits.py move                      requests of `weir cell scale` under load (MinIO)

Nothing here is a gate: figures belong to the machine on which they were taken.
"""

import argparse
import concurrent.futures
import contextlib
import pathlib
import resource
import sys
import tempfile
import threading
import time

from confluent_kafka.admin import AdminClient, NewTopic

from harness import brokers, proxy, stores, topics, wire
from harness.wait import eventually
from harness.weir import Weir

PER_TOPIC = 100
BATCH = 10


def make_topics(weir, count: int, partitions: int = PER_TOPIC, prefix: str = "many") -> None:
    admin = AdminClient(weir.access.librdkafka())
    names = [f"{prefix}-{n:05}" for n in range(count)]
    for at in range(0, count, BATCH):
        made = admin.create_topics([NewTopic(name, partitions, 1) for name in names[at : at + BATCH]])
        for future in made.values():
            future.result(60)


def cpu_share(weir, seconds: float) -> float:
    """CPU in percent of a core while nothing is asked."""
    before, began = weir.process.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    return 100 * (weir.process.cpu_seconds() - before) / (time.monotonic() - began)


def settled_mib(weir) -> float:
    """Memory once it stops to fall."""
    last = weir.process.pss_mib()
    for _ in range(30):
        time.sleep(0.5)
        now = weir.process.pss_mib()
        if abs(now - last) < 0.5:
            break
        last = now
    return now


def in_store(folder: pathlib.Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def partitions(folder: pathlib.Path, counts: list[int]) -> None:
    print("| partitions | made in s | MiB idle | MiB with a record in each | idle CPU % | start after kill -9, s |"
          " metadata snapshot, KiB | answer to Metadata, ms |")
    for count in [0, *counts]:
        home = folder / f"p{count}"
        with Weir(home, flags=["--store", f"file://{home}/bucket"]) as weir:
            began = time.monotonic()
            make_topics(weir, count // PER_TOPIC)
            made = time.monotonic() - began
            idle = settled_mib(weir)
            for n in range(count // PER_TOPIC):
                records = [{"value": b"x" * 100, "partition": p} for p in range(PER_TOPIC)]
                topics.produce(weir.access, f"many-{n:05}", records)
            used, cpu = settled_mib(weir), cpu_share(weir, 10)
            weir.kill()
            began = time.monotonic()
            weir.start()
            start = time.monotonic() - began
            snapshot = in_store(home / "bucket", "meta/snap/*")
            admin = AdminClient(weir.access.librdkafka())
            admin.list_topics(timeout=30)
            began = time.monotonic()
            admin.list_topics(timeout=30)
            listed = time.monotonic() - began
            print(f"| {count} | {made:.2f} | {idle:.1f} | {used:.1f} | {cpu:.2f} | {start:.2f} |"
                  f" {snapshot / 1024:.0f} | {listed * 1000:.0f} |", flush=True)


def connections(folder: pathlib.Path, counts: list[int]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    print("| connections | MiB | KiB each | idle CPU % | opened a second |")
    with Weir(folder) as weir:
        topic = topics.create(weir.access, "one")
        first = None
        for count in counts:
            with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(8) as pool:
                began = time.monotonic()
                there = list(pool.map(lambda _: wire.connect(weir.access), range(count)))
                opened = count / (time.monotonic() - began)
                for each in there:
                    stack.callback(each.close)
                for each in there:
                    wire.metadata(each, topic)
                now, cpu = settled_mib(weir), cpu_share(weir, 10)
                # A process gives memory of its start back late, so the first row is what others start from.
                least, at = first = first or (count, now)
                each = f"{(now - at) * 1024 / (count - least):.1f}" if count > least else ""
                print(f"| {count} | {now:.1f} | {each} | {cpu:.2f} | {opened:.0f} |", flush=True)
            time.sleep(2)


def commits(folder: pathlib.Path, name: str) -> None:
    """Topics made one after another, and by eight at once."""
    with contextlib.ExitStack() as stack:
        url = f"file://{folder}/bucket"
        if name != "folder":
            url = stack.enter_context(stores.s3(name, folder / "store")).url
        weir = stack.enter_context(Weir(folder / "weir", flags=["--store", url]))
        for workers in (1, 8):
            began, each = time.monotonic(), 200 // workers
            threads = [threading.Thread(target=_make_singly, args=(weir, f"w{workers}-{n}", each)) for n in range(workers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            rate = each * workers / (time.monotonic() - began)
            print(f"{name}: {workers} at once: {rate:.0f} topics a second", flush=True)


def _make_singly(weir, prefix: str, count: int) -> None:
    admin = AdminClient(weir.access.librdkafka())
    for n in range(count):
        (made,) = admin.create_topics([NewTopic(f"{prefix}-{n}", 6, 1)]).values()
        made.result(30)


@contextlib.contextmanager
def counted_cell(folder: pathlib.Path, count: int, flags=()):
    with stores.s3("minio", folder / "store") as store, proxy.before(store.port, folder) as before:
        weir = brokers.several(folder, store.through(before.port).url, count, flags)
        try:
            weir.start()
            eventually("a balanced cell", lambda: brokers.is_balanced(weir, count), timeout=60)
            yield weir, before
        finally:
            brokers.stop_all(weir)
            weir.kill()


def idle(folder: pathlib.Path, seconds: float) -> None:
    with counted_cell(folder, 3) as (weir, before):
        topic = topics.create(weir.access, "used", partitions=24)
        topics.produce(weir.access, topic, [(b"%d" % n, b"x") for n in range(1000)])
        # What a load leaves to do is done within the interval of checkpoints.
        time.sleep(70)
        first, began = before.requests(), time.monotonic()
        time.sleep(seconds)
        spent = before.requests() - first
        hours = (time.monotonic() - began) / 3600
        for kind, number in sorted(spent.items()):
            print(f"{kind}: {number} in {seconds:.0f} s, {number / hours / 3:.0f} an hour and broker", flush=True)


def move(folder: pathlib.Path, groups: int) -> None:
    """One broker becomes four and one again; what the store is asked meanwhile beyond what the load asks."""
    with counted_cell(folder, 1, ["--placement-groups", str(groups)]) as (weir, before):
        topic = topics.create(weir.access, "moved", partitions=groups)
        with brokers.Load(weir, topic, groups, rate=1000) as load:
            eventually("all partitions", lambda: load.all_answer_since(0), timeout=60)
            for wanted in (4, 1):
                first, began = before.requests(), time.monotonic()
                done = brokers.command(weir, "cell", "scale", str(wanted), "--data-dir", str(weir.data))
                took = time.monotonic() - began
                print(f"scale {wanted}: {took:.1f} s, exit {done.returncode}, {done.stdout.splitlines()[-1:]}")
                for kind, number in sorted((before.requests() - first).items()):
                    print(f"  {kind}: {number}", flush=True)
        assert not load.errors and load.left == 0, load.errors[:3]
        print(f"{brokers.verify(weir, load)} records, each once and in order; slowest report {load.slowest:.2f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["partitions", "connections", "commits", "idle", "move"])
    parser.add_argument("counts", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--store", choices=["folder", "minio", "moto"], default="folder", help="of commits")
    parser.add_argument("--groups", type=int, default=64, help="placement groups that move")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weir-limits-") as name:
        folder = pathlib.Path(name)
        match options.what:
            case "partitions":
                partitions(folder, options.counts)
            case "connections":
                connections(folder, options.counts)
            case "commits":
                commits(folder, options.store)
            case "idle":
                idle(folder, options.seconds)
            case "move":
                move(folder, options.groups)
    return 0


if __name__ == "__main__":
    sys.exit(main())
