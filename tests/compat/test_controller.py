"""The broker that writes the metadata sleeps, dies in the middle of a change, or keeps it in an etcd."""

import os
import signal
import subprocess
import time

import failover
import pytest

from harness import brokers, etcd, paths, topics
from harness.wait import eventually

pytestmark = pytest.mark.weir_only

PARTITIONS = 24


@pytest.fixture
def cell(tmp_path):
    weir = brokers.several(tmp_path, f"file://{tmp_path}/bucket")
    try:
        weir.start()
        eventually("a balanced cell", lambda: brokers.is_balanced(weir, 3), timeout=60)
        yield weir
    finally:
        brokers.stop_all(weir)
        weir.kill()


def kill(weir, broker: int) -> None:
    os.kill(brokers.pid_of(weir, broker), signal.SIGKILL)
    if broker == brokers.FIRST:
        weir.process.wait(10)


def test_a_controller_that_sleeps_is_replaced_and_acknowledges_nothing_when_it_wakes(tmp_path):
    ends = failover.Ends(controllers=1, frozen_s=14)
    found = failover.run(tmp_path, f"file://{tmp_path}/bucket", ends)
    assert max(found.silences) <= failover.SILENCE_MAX + 3.0


@pytest.mark.parametrize("first", [True, False], ids=["with the supervisor", "alone"])
def test_a_cell_gets_its_brokers_although_the_controller_dies_while_it_is_scaled(cell, first):
    if not first:
        kill(cell, brokers.FIRST)
        eventually("another controller", lambda: brokers.controller(cell) != brokers.FIRST)
        cell.start()
        eventually("a balanced cell", lambda: brokers.is_balanced(cell, 3), timeout=60)
    controller = brokers.controller(cell)
    assert (controller == brokers.FIRST) is first
    topic = topics.create(cell.access, "scaled", partitions=PARTITIONS)
    with brokers.Load(cell, topic, PARTITIONS, rate=200) as load:
        eventually("all partitions", lambda: load.all_answer_since(0), timeout=60)
        command = [str(paths.weir_binary()), "cell", "scale", "5", "--data-dir", str(cell.data)]
        scale = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wanted = cell.data / "brokers" / "count"
        eventually("the order", lambda: wanted.read_text().strip() == "5")
        kill(cell, controller)
        began = time.monotonic()
        if first:
            cell.start()
        eventually("five brokers", lambda: brokers.is_balanced(cell, 5), timeout=90)
        print(f"balanced {time.monotonic() - began:.1f} s after the kill; scale: {scale.communicate(timeout=60)[0]}")
        eventually("all partitions", lambda: load.all_answer_since(time.monotonic() - 1), timeout=60)
    assert not load.errors and load.left == 0, load.errors[:3]
    brokers.verify(cell, load)


def test_metadata_in_an_etcd_outlives_every_broker_and_its_own_absence(tmp_path):
    url = f"file://{tmp_path}/bucket"
    with etcd.running(tmp_path / "etcd") as server:
        weir = brokers.several(tmp_path, url, flags=["--meta-store", server.url])
        try:
            weir.start()
            eventually("a balanced cell", lambda: brokers.is_balanced(weir, 3), timeout=60)
            topic = topics.create(weir.access, "etcd", partitions=PARTITIONS)
            with brokers.Load(weir, topic, PARTITIONS, rate=200) as load:
                eventually("all partitions", lambda: load.all_answer_since(0), timeout=60)
                for broker in (2, 3, 1):
                    gap = failover.crash(weir, load, broker, 3)
                    print(f"kill -9 of broker {broker}: {gap:.2f} s")
                server.kill()
                away = time.monotonic()
                eventually("acknowledgements without etcd", lambda: load.all_answer_since(away + 3), timeout=30)
                server.start()
                made = lambda: topics.create(weir.access, "afterwards", partitions=3)
                eventually("a topic", lambda: _succeeds(made), timeout=60)
                gap = failover.crash(weir, load, 2, 3)
                print(f"kill -9 of broker 2 afterwards: {gap:.2f} s")
            assert not load.errors and load.left == 0, load.errors[:3]
            brokers.verify(weir, load)
        finally:
            brokers.stop_all(weir)
            weir.kill()


def _succeeds(action) -> bool:
    try:
        action()
    except Exception:  # whatever the client calls a cell that cannot write its metadata
        return False
    return True
