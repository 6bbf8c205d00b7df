"""A rolling upgrade across one format level: one broker after the other is replaced under a producer.

There is one level so far. A debug build takes itself for a version that knows level 2 when a variable
says so; its processes are real, and so are their formats, logs and takeovers.
"""

import os
import signal

import pytest

from harness import brokers, topics
from harness.wait import eventually
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

BROKERS = 3
PARTITIONS = 12
OLD, NEW = {}, {"WEIR_REHEARSED_LEVEL": "2"}


def levels(weir: Weir) -> list[int]:
    """The highest level that each broker knows, by broker; none while the cell is not whole."""
    if not brokers.is_balanced(weir, BROKERS):
        return []
    there = sorted(brokers.described(weir)["brokers"].values(), key=lambda broker: broker["broker_id"])
    return [broker["formats"]["write_max"] for broker in there]


def become(weir: Weir, expected: list[int]) -> None:
    eventually(f"brokers that know {expected}", lambda: levels(weir) == expected, timeout=90)


def replace_first(weir: Weir, version: dict) -> None:
    """`weir up` alone ends and starts as another version; the brokers beside it go on."""
    weir.kill()
    weir.variables = version
    weir.start()


def replace(weir: Weir, broker: int) -> None:
    """A broker ends as planned; `weir up` starts it again as its own version."""
    before = brokers.pid_of(weir, broker)
    os.kill(before, signal.SIGTERM)
    again = lambda: brokers.pid_of(weir, broker) not in (None, before)
    eventually(f"broker {broker} again", again, timeout=60)


def finalize(weir: Weir):
    return brokers.command(weir, "cell", "finalize", "--data-dir", str(weir.data), "--yes")


def test_brokers_are_replaced_one_by_one_and_the_level_is_raised_by_hand(tmp_path):
    weir = brokers.several(tmp_path, f"file://{tmp_path}/bucket", BROKERS)
    with weir:
        try:
            roll(weir)
        finally:
            brokers.stop_all(weir)


def roll(weir: Weir) -> None:
    become(weir, [1, 1, 1])
    topic = topics.create(weir.access, "upgraded", partitions=PARTITIONS)
    with brokers.Load(weir, topic, PARTITIONS) as load:
        replace_first(weir, NEW)
        if eventually("all brokers again", lambda: levels(weir), timeout=90) == [1, 1, 1]:
            pytest.skip("this build knows no level but those of its version")
        become(weir, [2, 1, 1])
        # There and back: until the level is raised, the version before serves what the new one wrote.
        replace_first(weir, OLD)
        become(weir, [1, 1, 1])
        replace_first(weir, NEW)
        become(weir, [2, 1, 1])
        for broker, after in ((2, [2, 2, 1]), (3, [2, 2, 2])):
            refused = finalize(weir)
            assert refused.returncode != 0 and "cell.held_back" in refused.stderr, refused
            assert "3] do not know level 2" in refused.stderr, refused.stderr
            replace(weir, broker)
            become(weir, after)
        # The brokers before count until their logs are sealed.
        ready = lambda: brokers.described(weir)["format_level_next"] == 2
        eventually("nobody in the way", ready, timeout=60)
        raised = finalize(weir)
        assert raised.returncode == 0 and "format level 2" in raised.stderr, raised
        assert brokers.described(weir)["format_level"] == 2
        load_after(weir, load)
    assert not load.errors and load.left == 0, load.errors[:3]
    brokers.verify(weir, load)
    weir.stop()
    refuses_the_version_before(weir, load)


def load_after(weir: Weir, load) -> None:
    """Brokers of the new level take over from each other, too."""
    replace(weir, 2)
    become(weir, [2, 2, 2])
    eventually("records everywhere", lambda: all(load.acknowledged[p] for p in range(PARTITIONS)))


def refuses_the_version_before(weir: Weir, load) -> None:
    weir.variables = OLD
    process = weir.spawn()
    assert process.wait(60) == 5
    said = process.tail()
    assert "cell.level" in said and "format level 2" in said and "run version" in said, said
    # Nothing was changed by trying.
    weir.variables = NEW
    weir.start()
    become(weir, [2, 2, 2])
    brokers.verify(weir, load)
    weir.stop()
