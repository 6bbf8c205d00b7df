#!/usr/bin/env python3
"""Kills, fills and breaks what is below a running broker, then reads everything back.

    chaos.py --ci                    all three faults in short form, at most four minutes
    chaos.py --kills 30              kill -9 at 30 random moments, some inside recovery, then both others
    chaos.py --seed 7 --only kill    one fault, at the moments of one seed

Two idempotent producers pipeline 10 KiB records to four partitions at 20 MB/s or more while a
reader follows. Afterwards every acknowledged record must be there once, at its offset, in order,
and what the reader saw must not have changed. The last line is `ok` or `FAILED`.
"""

import argparse
import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from harness import topics
from harness.kafka import Kafka
from harness.load import Load, Tail, read_all
from harness.process import ServerDied
from harness.weir import Weir
from history import History, check

MEGABYTE = 1_000_000
PARTITIONS = 4


class Run:
    """A server under load, and the history of what it did."""

    def __init__(self, server, rate: float, producers: int = 2):
        self.server = server
        self.history = History()
        self._lock = threading.Lock()
        self._rate, self._producers = rate, producers
        self.begin = time.monotonic()

    def start(self) -> None:
        access = self.server.access
        self.topic = topics.create(access, "chaos", PARTITIONS)
        options = {"partitions": PARTITIONS, "lock": self._lock}
        self.loads = [
            Load(access, self.topic, self.history, name, self._rate / self._producers, **options).start()
            for name in range(self._producers)
        ]
        self.tail = Tail(access, self.topic, self.history, self._lock, PARTITIONS).start()
        self.begin = time.monotonic()

    def acked_bytes(self) -> int:
        return sum(load.acked_bytes for load in self.loads)

    def await_progress(self, more: int, timeout: float) -> bool:
        """Waits until `more` bytes were acknowledged from here on."""
        goal, deadline = self.acked_bytes() + more, time.monotonic() + timeout
        while self.acked_bytes() < goal and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.acked_bytes() >= goal

    def finish(self) -> list[str]:
        """Waits for everything under way, reads all back and judges."""
        unknown = sum(load.stop(120) for load in self.loads)
        problems = [f"{unknown} records got no answer within 120 s of a healthy broker"] * bool(unknown)
        return problems + self.judge()

    def abandon(self) -> None:
        for load in self.loads:
            load.abandon()
        self.tail.stop()

    def judge(self) -> list[str]:
        self.tail.stop()
        read_all(self.server.access, self.topic, self.history, PARTITIONS)
        found = check(self.history)
        problems = [f"{anomaly.kind}: {anomaly.detail}" for anomaly in found]
        problems += [f"corrupt tail read: {each}" for each in self.tail.corrupt]
        return problems

    def delivery_errors(self) -> list[str]:
        return [f"delivery failed: {error}" for load in self.loads for error in load.errors]

    def summary(self) -> str:
        megabytes = self.acked_bytes() / MEGABYTE
        acked, read = len(self.history.acked), len(self.history.final)
        return f"{acked} acknowledged ({megabytes:.0f} MB), {read} read back, tail saw {len(self.history.tailed)}"


def kills(server, count: int, seed: int, rate: float) -> list[str]:
    """kill -9 at random moments; every third time again before the new process is ready."""
    chance, run = random.Random(seed), Run(server, rate)
    run.start()
    up_seconds, up_bytes, starts, within = 0.0, 0, [], 0
    for _ in range(count):
        if not run.await_progress(1, 60):
            return ["no record was acknowledged within 60 s of a restart", *run.delivery_errors()]
        begin, before = time.monotonic(), run.acked_bytes()
        time.sleep(chance.uniform(0.2, 3.0))  # the random moment itself, not a wait for anything
        server.kill()
        up_seconds += time.monotonic() - begin
        up_bytes += run.acked_bytes() - before
        if chance.random() < 0.4:
            within += kill_inside_recovery(server, chance)
        begin = time.monotonic()
        server.start()
        starts.append(time.monotonic() - begin)
    run.await_progress(5 * MEGABYTE, 60)
    problems = run.delivery_errors() + run.finish()
    speed = up_bytes / max(up_seconds, 0.001) / MEGABYTE
    print(f"kill -9: {count} kills and {within} inside recovery, seed {seed}; {run.summary()}")
    print(f"         {speed:.1f} MB/s acknowledged while up; start after a kill: {spread(starts)}")
    if speed < rate / MEGABYTE * 0.8:
        print(f"         note: below the offered {rate / MEGABYTE:.0f} MB/s")
    return problems


def kill_inside_recovery(server, chance) -> int:
    """Starts the process and kills it again after a moment that is shorter than a whole start."""
    rounds = chance.randint(1, 3)
    for _ in range(rounds):
        server.spawn()
        time.sleep(chance.uniform(0.002, 0.12))
        server.kill()
    return rounds


def spread(values: list[float]) -> str:
    ordered = sorted(values)
    return f"median {ordered[len(ordered) // 2] * 1000:.0f} ms, worst {ordered[-1] * 1000:.0f} ms"


def full_disk(folder: pathlib.Path, rate: float) -> list[str]:
    """The data folder is a small tmpfs that the load fills; space is given back before the check."""
    small = folder / "small"
    small.mkdir()
    size = 96
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(small)], check=True)
    try:
        server = Weir(folder / "full", data=small / "data")
        with server:
            run = Run(server, rate)
            run.start()
            filled = lambda: not server.process.alive() or not run.await_progress(1, 5)
            deadline = time.monotonic() + 120
            while not filled() and time.monotonic() < deadline:
                pass
            problems, outcome = _full_outcome(server)
            run.abandon()
            larger = ["mount", "-o", "remount,size=1g", str(small)]
            subprocess.run(larger, check=True)
            if server.process.alive():
                server.kill()
            server.start()
            problems += run.judge()
            print(f"full disk of {size} MiB: {outcome}; {run.summary()}")
            problems += ["nothing was acknowledged before the disk was full"] * (not run.history.acked)
            return problems
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)


def _full_outcome(server) -> tuple[list[str], str]:
    """The process must say why; it may exit with an error, or live on and refuse."""
    said = re.search(r"(?i)no space|disk.{0,20}full|full disk|ENOSPC", server.process.tail(20_000))
    problems = [] if said else [f"the log does not name a full disk:\n{server.process.tail(1500)}"]
    if server.process.alive():
        return problems, "lives on and refuses"
    code = server.process.wait(1)
    problems += ["exit code 0 on a full disk"] * (code == 0)
    return problems, f"exit code {code}"


def failing_sync(folder: pathlib.Path, rate: float, healthy: int) -> list[str]:
    """fdatasync answers EIO after `healthy` calls; the process must say so and end."""
    server = Weir(folder / "eio")
    with server:
        run = Run(server, rate)
        run.start()
        run.await_progress(2 * MEGABYTE, 30)
        inject = f"inject=fdatasync,fsync:error=EIO:when={healthy}+"
        command = ["strace", "-f", "-qq", "-o", os.devnull, "-p", str(server.process.pid)]
        command += ["-e", "trace=fdatasync,fsync", "-e", inject]
        tracer = subprocess.Popen(command)
        try:
            while server.process.alive() and tracer.poll() is None and time.monotonic() < run.begin + 90:
                time.sleep(0.05)
            if server.process.alive() and tracer.returncode:
                print("EIO from fdatasync: skipped, strace may not trace other processes here")
                return []
            code = server.process.wait(1)
        except subprocess.TimeoutExpired:
            return [f"still running 90 s after fdatasync failed\n{server.process.tail()}"]
        finally:
            with contextlib.suppress(ProcessLookupError):
                tracer.send_signal(signal.SIGINT)
            tracer.wait()
            run.abandon()
        said = re.search(r"(?i)input/output error|EIO|os error 5|sync", server.process.tail(20_000))
        problems = [] if said else [f"the log does not say why\n{server.process.tail(1500)}"]
        problems += ["exit code 0 although the disk failed"] * (code == 0)
        server.start()
        problems += run.judge()
        print(f"EIO from fdatasync: exit code {code}; {run.summary()}")
        return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ci", action="store_true", help="short form")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--rate", type=float, default=25, help="MB/s offered")
    parser.add_argument("--only", choices=("kill", "full", "eio"))
    parser.add_argument("--against", choices=("weir", "kafka"), default="weir")
    options = parser.parse_args()
    rate, count = options.rate * MEGABYTE, 8 if options.ci else options.kills
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-chaos-"))
    problems: dict[str, list[str]] = {}
    try:
        if options.only in (None, "kill"):
            kind = {"weir": Weir, "kafka": Kafka}[options.against]
            with kind(folder / "kill") as server:
                problems["kill"] = guarded(kills, server, count, options.seed, rate)
        if options.only in (None, "full") and options.against == "weir":
            if os.geteuid() == 0:
                problems["full"] = guarded(full_disk, folder, rate)
            else:
                print("full disk: skipped, only root may mount a tmpfs")
        if options.only in (None, "eio") and options.against == "weir":
            for healthy in (1, 40):
                place = folder / f"eio-{healthy}"
                problems[f"eio after {healthy}"] = guarded(failing_sync, place, rate, healthy)
    finally:
        if not any(problems.values()):
            shutil.rmtree(folder, ignore_errors=True)
    return report(problems, folder)


def guarded(fault, *arguments) -> list[str]:
    """A server that dies or never gets ready is a finding like any other."""
    try:
        return fault(*arguments)
    except (ServerDied, TimeoutError, AssertionError, ValueError) as error:
        return [f"{type(error).__name__}: {error}"]


def report(problems: dict[str, list[str]], folder: pathlib.Path) -> int:
    for name, found in problems.items():
        for problem in found[:20]:
            print(f"{name}: {problem}")
        if len(found) > 20:
            print(f"{name}: and {len(found) - 20} more")
    if any(problems.values()):
        print(f"data and logs are kept in {folder}\nFAILED", flush=True)
        os._exit(1)  # abandoned producers must not keep the process
    print("ok", flush=True)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
