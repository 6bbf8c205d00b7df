"""The broker that writes the metadata sleeps, or keeps it in an etcd."""

import time

import failover
import pytest

from harness import brokers, etcd, topics
from harness.wait import eventually

pytestmark = pytest.mark.weir_only

PARTITIONS = 24


def test_a_controller_that_sleeps_is_replaced_and_acknowledges_nothing_when_it_wakes(tmp_path):
    ends = failover.Ends(controllers=1, frozen_s=14)
    found = failover.run(tmp_path, f"file://{tmp_path}/bucket", ends)
    assert max(found.silences) <= failover.SILENCE_MAX + 3.0


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
