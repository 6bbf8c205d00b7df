"""Consumer groups: sharing, leaving, dying, mixing clients, and what a restart must not forget."""

import asyncio
import contextlib
import signal
import subprocess
import threading
import time

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from kafka import KafkaConsumer

from harness import java, topics
from harness.wait import eventually, retried

PARTITIONS = 4


class Member:
    """A confluent-kafka consumer that polls in a thread and remembers what it was given."""

    def __init__(self, access, topic: str, group: str, **settings):
        self.consumer = Consumer(access.consumer(group, **settings))
        self.values: list[bytes] = []
        self.rebalances = 0
        self._owned: set[int] = set()
        self._stop = threading.Event()
        self.consumer.subscribe([topic], on_assign=self._assigned)
        self._thread = threading.Thread(target=self._poll)
        self._thread.start()

    def _assigned(self, _consumer, _partitions):
        self.rebalances += 1

    def _poll(self):
        while not self._stop.is_set():
            message = self.consumer.poll(0.1)
            # Asked in this thread only: librdkafka may be waiting here for a rebalance call-back.
            self._owned = {each.partition for each in self.consumer.assignment()}
            if message is not None and not message.error():
                self.values.append(message.value())
                self.consumer.commit(message, asynchronous=False)

    def partitions(self) -> set[int]:
        return self._owned

    def pause(self):
        """Stops polling without leaving the group."""
        self._stop.set()
        self._thread.join()

    def leave(self):
        self.pause()
        self.consumer.close()


@contextlib.contextmanager
def members(access, topic, group, count, **settings):
    started = [Member(access, topic, group, **settings) for _ in range(count)]
    try:
        yield started
    finally:
        for each in started:
            with contextlib.suppress(RuntimeError):  # already left
                each.leave()


def committed(access, topic: str, group: str) -> list[int]:
    consumer = Consumer(access.consumer(group))
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        found = retried(lambda: consumer.committed(places, timeout=20))
        return [place.offset for place in found]
    finally:
        consumer.close()


def fill(access, topic: str, start: int, count: int) -> None:
    numbers = range(start, start + count)
    topics.produce(access, topic, [{"value": b"%d" % n, "partition": n % PARTITIONS} for n in numbers])


@pytest.fixture
def topic(access):
    return topics.create(access, "groups", PARTITIONS)


@pytest.mark.parametrize("strategy", ["range", "roundrobin", "cooperative-sticky"])
def test_members_share_and_the_one_that_stays_inherits(access, topic, strategy):
    group = topics.unique("share")
    settings = {"partition.assignment.strategy": strategy}
    with members(access, topic, group, 1, **settings) as (first,):
        eventually("first owns all", lambda: len(first.partitions()) == PARTITIONS)
        fill(access, topic, 0, 40)
        eventually("first reads all", lambda: len(first.values) == 40)
        with members(access, topic, group, 1, **settings) as (second,):
            halves = lambda: len(first.partitions()) == 2 == len(second.partitions())
            eventually("two and two", halves)
            assert first.partitions() | second.partitions() == set(range(PARTITIONS))
            fill(access, topic, 40, 40)
            eventually("both read", lambda: len(first.values) + len(second.values) >= 80)
            second.leave()
            eventually("first inherits", lambda: len(first.partitions()) == PARTITIONS)
            fill(access, topic, 80, 40)
            read = lambda: sorted(map(int, first.values + second.values))
            eventually("first reads the rest", lambda: len(read()) >= 120)
        assert read() == list(range(120)), "each record once, because every one was committed"


def test_member_that_dies_without_leaving_loses_its_partitions(access, topic):
    group = topics.unique("die")
    with members(access, topic, group, 1) as (survivor,):
        eventually("one member", lambda: len(survivor.partitions()) == PARTITIONS)
        settings = ["-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500"]
        command = ["kcat", *access.kcat(), *settings, "-G", group, topic]
        other = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            eventually("two members", lambda: len(survivor.partitions()) == 2)
        finally:
            other.send_signal(signal.SIGKILL)
            other.wait()
        killed = time.monotonic()
        eventually("the dead one's share", lambda: len(survivor.partitions()) == PARTITIONS, 30)
        assert time.monotonic() - killed > 3, "the session time-out was not waited for"


def test_static_member_comes_back_without_a_rebalance(access, topic):
    group = topics.unique("static")
    first = Member(access, topic, group, **{"group.instance.id": "one", "session.timeout.ms": 20_000})
    with members(access, topic, group, 1, **{"group.instance.id": "two"}) as (second,):
        try:
            eventually("both", lambda: len(first.partitions()) == 2 == len(second.partitions()))
            before = second.rebalances
        finally:
            first.leave()  # a static member does not say goodbye
        again = Member(access, topic, group, **{"group.instance.id": "one"})
        try:
            eventually("its old share", lambda: len(again.partitions()) == 2)
            assert second.rebalances == before
        finally:
            again.leave()


def test_clients_of_three_makers_share_one_group(access, topic):
    group = topics.unique("mixed")
    consumer = KafkaConsumer(
        topic,
        **access.kafka_python(group_id=group, session_timeout_ms=6000, heartbeat_interval_ms=500),
    )
    stop = threading.Event()

    def poll():
        # kafka-python 3.0.12 stays in "rebalancing" for ever when the answer to its SyncGroup comes in the
        # milliseconds around the end of a poll: one poll has to be longer than the rebalance.
        while not stop.is_set():
            consumer.poll(timeout_ms=3000)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        settings = {"partition.assignment.strategy": "range"}
        with members(access, topic, group, 1, **settings) as (other,):
            theirs = lambda: {each.partition for each in consumer.assignment()}
            eventually("both", lambda: len(theirs()) == 2 == len(other.partitions()))
            assert theirs() | other.partitions() == set(range(PARTITIONS))
    finally:
        stop.set()
        thread.join()
        consumer.close()


def test_aiokafka_members_share_and_commit(access, topic):
    fill(access, topic, 0, 40)
    group = topics.unique("aio")
    assert asyncio.run(_aiokafka_pair(access, topic, group)) == list(range(40))
    assert committed(access, topic, group) == [10] * PARTITIONS


async def _aiokafka_pair(access, topic, group) -> list[int]:
    settings = {"group_id": group, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    read = []
    async with AIOKafkaConsumer(topic, **access.kafka_python(**settings)) as first:
        async with AIOKafkaConsumer(topic, **access.kafka_python(**settings)) as second:
            async with asyncio.timeout(45):
                while not len(first.assignment()) == 2 == len(second.assignment()):
                    await asyncio.sleep(0.05)
                while len(read) < 40:
                    for each in (first, second):
                        for messages in (await each.getmany(timeout_ms=200)).values():
                            read += [int(message.value) for message in messages]
            await second.commit()
        await first.commit()
    return sorted(read)


def test_java_members_share_and_leave(access, topic, tmp_path):
    facts = {
        name: rest for name, *rest in java.run(tmp_path, access, "group", topic, topics.unique("java"))
    }
    steps = [facts[name] for name in ("alone", "shared", "inherited")]
    assert steps == [["ok"], ["ok"], ["ok"]], facts
    assert {*facts["first"], *facts["second"]} in ({"[0, 1]", "[2, 3]"}, {"[0, 2]", "[1, 3]"}), facts


def test_groups_do_not_share_offsets(access, topic):
    fill(access, topic, 0, 40)
    one, other = topics.unique("apart"), topics.unique("apart")
    with members(access, topic, one, 1) as (member,):
        eventually("all read", lambda: len(member.values) == 40)
    assert committed(access, topic, one) == [10] * PARTITIONS
    assert committed(access, topic, other) == [-1001] * PARTITIONS


def test_commit_metadata_and_rewinding_are_kept(access, topic):
    group = topics.unique("metadata")
    consumer = Consumer(access.consumer(group))
    try:
        for offset in (7, 3):
            place = TopicPartition(topic, 1, offset, metadata=f"note {offset}")
            consumer.commit(offsets=[place], asynchronous=False)
        (found,) = consumer.committed([TopicPartition(topic, 1)], timeout=20)
        assert (found.offset, found.metadata) == (3, "note 3")
    finally:
        consumer.close()


@pytest.mark.parametrize("hard", [False, True], ids=["stop", "kill -9"])
def test_committed_offsets_survive_a_restart(server, access, topic, hard):
    fill(access, topic, 0, 40)
    group = topics.unique("restart")
    with members(access, topic, group, 1) as (member,):
        eventually("all read", lambda: len(member.values) == 40)
    server.restart(hard)
    assert committed(access, topic, group) == [10] * PARTITIONS
    fill(access, topic, 40, 8)
    with members(access, topic, group, 1) as (member,):
        eventually("the new ones", lambda: len(member.values) == 8)
        assert sorted(map(int, member.values)) == list(range(40, 48))


@pytest.mark.parametrize("hard", [False, True], ids=["stop", "kill -9"])
def test_commits_of_many_partitions_at_once_survive_a_restart(server, access, topic, hard):
    groups = [topics.unique("many") for _ in range(20)]
    for number, group in enumerate(groups):
        consumer = Consumer(access.consumer(group))
        places = [TopicPartition(topic, each, number + each) for each in range(PARTITIONS)]
        retried(lambda: consumer.commit(offsets=places, asynchronous=False))
        consumer.close()
    admin = AdminClient(access.librdkafka())
    doomed = groups[::2]
    for deleted in admin.delete_consumer_groups(doomed).values():
        deleted.result(20)
    for _ in range(2):
        server.restart(hard)
        for number, group in enumerate(groups):
            kept = [-1001] * PARTITIONS if group in doomed else [number + n for n in range(PARTITIONS)]
            assert committed(access, topic, group) == kept


@pytest.mark.parametrize("hard", [False, True], ids=["stop", "kill -9"])
def test_live_group_goes_on_after_a_restart(server, access, topic, hard):
    group = topics.unique("live")
    with members(access, topic, group, 2) as (first, second):
        eventually("both", lambda: len(first.partitions()) == 2 == len(second.partitions()))
        fill(access, topic, 0, 40)
        eventually("all read", lambda: len(first.values) + len(second.values) == 40)
        server.restart(hard)
        fill(access, topic, 40, 40)
        whole = set(range(80))
        eventually("the rest", lambda: set(map(int, first.values + second.values)) == whole)
