#!/usr/bin/env python3
"""Backs a Weir up under load, kills it, restores the backup elsewhere and compares it record by record.

    tests/compat/restore_drill.py                      records in the data folder
    tests/compat/restore_drill.py --store folder       in a folder as the store
    tests/compat/restore_drill.py --store minio        in a bucket; the backup goes to another prefix of it
    tests/compat/restore_drill.py --brokers 3 --store folder
    tests/compat/restore_drill.py --seconds 20 --kills 10     longer load; `kill -9` of backups and restores, too

The rules, each of which ends the run when it is broken: what was acknowledged before the backup began is in
the restored Weir, at its offset, with key, value, headers and time; of what was acknowledged later a prefix of each
partition is; nothing is there twice or was never sent; no group has committed beyond the end of a partition or less
than before; keys, role bindings and ACLs are the same, and work; every cluster of the one is in the other.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from harness import paths, stores, topics
from harness.rest import Rest, tenant
from harness.weir import Weir

PARTITIONS = 6
DAMAGED = 5  # the exit code of a backup with which something is wrong
T0 = int(time.time() * 1000) - 3_600_000  # the first record's time: an hour ago


def weir(*arguments: str, check: int | None = 0) -> subprocess.CompletedProcess:
    """Runs the command line; its exit code must be `check`, unless that is None."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, env=environment(), timeout=170)
    assert check is None or done.returncode == check, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def command(*arguments: str) -> list[str]:
    return [str(paths.weir_binary()), *arguments]


def environment() -> dict:
    return {name: value for name, value in os.environ.items() if not name.startswith("WEIR_")}


def value_of(producer: int, number: int) -> bytes:
    return b"%d.%d." % (producer, number) + random.Random(producer << 32 | number).randbytes(400)


class Writer(threading.Thread):
    """A producer of unique records with keys, headers and times; remembers what was acknowledged, and where."""

    def __init__(self, access, topic: str, number: int, rate: float):
        super().__init__(daemon=True)
        self.number, self.topic, self._rate = number, topic, rate
        self.acked: list[tuple[int, int, int]] = []  # partition, offset, number of the record
        self.bytes = 0
        self._producer = Producer(access.librdkafka(**{"enable.idempotence": True, "linger.ms": 5, "log_level": 0}))
        self._ending = threading.Event()

    def run(self) -> None:
        began, sent = time.monotonic(), 0
        while not self._ending.is_set():
            due = (time.monotonic() - began) * self._rate
            while sent < due and self._send(sent):
                sent += 1
            self._producer.poll(0.005)

    def _send(self, number: int) -> bool:
        def delivered(error, message):
            if error is None:
                self.acked.append((message.partition(), message.offset(), number))
                self.bytes += len(message.value())

        try:
            self._producer.produce(
                self.topic,
                value_of(self.number, number),
                key=b"%d-%d" % (self.number, number),
                headers=[("producer", b"%d" % self.number), ("empty", None)],
                timestamp=T0 + number,
                on_delivery=delivered,
            )
        except BufferError:
            self._producer.poll(0.01)
            return False
        return True

    def abandon(self) -> None:
        self._ending.set()
        self.join()
        self._producer.purge()
        self._producer.poll(1)


class Reader(threading.Thread):
    """A group that commits what it has read, many times a second."""

    def __init__(self, access, topic: str, group: str):
        super().__init__(daemon=True)
        self.group, self.topic = group, topic
        self.committed: dict[int, int] = {}
        self._consumer = Consumer(access.consumer(group, **{"log_level": 0, "fetch.wait.max.ms": 20}))
        self._consumer.subscribe([topic])
        self._ending = threading.Event()

    def run(self) -> None:
        while not self._ending.is_set():
            if not [m for m in self._consumer.consume(2_000, 0.05) if not m.error()]:
                continue
            with contextlib.suppress(KafkaException):
                for place in self._consumer.commit(asynchronous=False):
                    if place.error is None and place.offset >= 0:
                        self.committed[place.partition] = place.offset

    def abandon(self) -> None:
        self._ending.set()
        self.join(1)  # a commit to a server that is gone takes its time


class Churn(threading.Thread):
    """Makes topics with a record in each, and deletes every other one; makes and deletes clusters."""

    def __init__(self, access, rest: Rest, clusters: bool):
        super().__init__(daemon=True)
        self.kept: list[str] = []
        self.clusters = 0
        self._access, self._rest, self._with_clusters = access, rest, clusters
        self._ending = threading.Event()

    def run(self) -> None:
        admin, number = AdminClient(self._access.librdkafka(log_level=0)), 0
        with contextlib.suppress(Exception):  # the server is killed under it
            while not self._ending.is_set():
                self._one(admin, number)
                number += 1

    def _one(self, admin, number: int) -> None:
        name = topics.unique("churn")
        admin.create_topics([NewTopic(name, 2, 1)])[name].result(10)
        topics.produce(self._access, name, [(b"k", name.encode())])
        if number % 2:
            self.kept.append(name)
        else:
            admin.delete_topics([name])[name].result(10)
        if self._with_clusters and number % 8 == 0:
            made = self._rest.create_cluster()["id"]
            self._rest.await_provisioned(made)
            self.clusters += 1
            if number % 16 == 0:
                assert self._rest.delete_cluster(made).status_code in (202, 204)

    def abandon(self) -> None:
        self._ending.set()
        self.join(20)


class Drill:
    """One installation under load, and what must be in its backup."""

    def __init__(self, server: Weir, rate: float, clusters: bool = True):
        self.server = server
        self.rest = Rest(server)
        access = server.access
        self.topic = topics.create(access, "drill", partitions=PARTITIONS)
        self.tenant = tenant(server, self.rest)
        self.other = topics.create(self.tenant.access, "other")
        topics.produce(self.tenant.access, self.other, [(b"%d" % n, b"kept") for n in range(20)])
        self._add_access()
        self.writers = [Writer(access, self.topic, number, rate) for number in range(3)]
        self.readers = [Reader(access, self.topic, f"readers-{number}") for number in range(2)]
        self.churn = Churn(access, self.rest, clusters)
        self.threads = [*self.writers, *self.readers, self.churn]
        for thread in self.threads:
            thread.start()

    def _add_access(self) -> None:
        """An account that may only read one topic of the second cluster."""
        self.account = self.rest.service_account()
        self.key = self.rest.api_key(self.account, self.tenant.cluster)
        for kind, name in (("TOPIC", self.other), ("GROUP", "unused")):
            acl = {
                "resource_type": kind,
                "resource_name": name,
                "pattern_type": "LITERAL",
                "principal": f"User:{self.account}",
                "host": "*",
                "operation": "READ",
                "permission": "ALLOW",
            }
            self._own_rest(self.server).ok("POST", f"/kafka/v3/clusters/{self.tenant.cluster}/acls", json=acl)

    def _own_rest(self, server: Weir) -> Rest:
        """Calls with the key of the second cluster."""
        return Rest(server, auth=(self.tenant.access.key, self.tenant.access.secret))

    def _access_of(self, server: Weir) -> dict:
        return access_of(Rest(server), self._own_rest(server), self.tenant.cluster)

    def mark(self) -> None:
        """What is acknowledged by now must be in a backup that begins now."""
        self.before = [list(writer.acked) for writer in self.writers]
        self.committed = [dict(reader.committed) for reader in self.readers]
        self.kept = list(self.churn.kept)
        self.access_before = self._access_of(self.server)
        self.clusters = clusters_of(self.rest)

    def acked(self) -> int:
        return sum(len(writer.acked) for writer in self.writers)

    def end(self) -> None:
        """`kill -9`, and the clients go."""
        self.churn.abandon()
        self.server.kill()
        for thread in self.threads:
            thread.abandon()

    def check(self, restored: Weir) -> int:
        """Compares; returns how many records were read."""
        access = restored.access
        read = self._check_records(access)
        self._check_groups(access)
        rest = Rest(restored)
        assert self._access_of(restored) == self.access_before, "role bindings, ACLs and keys"
        there = clusters_of(rest)
        missing = set(self.clusters) - set(there)
        assert not missing or missing <= set(self.churned), f"clusters are missing: {missing}"
        for cluster in there:
            key = rest.api_key(self.tenant.account, cluster)
            listed = Rest(restored, auth=key).call("GET", f"/kafka/v3/clusters/{cluster}/topics")
            assert listed.status_code in (200, 403), f"{cluster}: {listed.status_code} {listed.text}"
        self._check_keys(restored)
        for name in self.kept:
            (message,) = topics.consume(access, name, 1, timeout=10)
            assert message.value() == name.encode()
        topics.produce(access, self.topic, [(b"new", b"after the restore")])
        return read

    @property
    def churned(self) -> list[str]:
        """Clusters that the load may have deleted meanwhile."""
        return [cluster for cluster in self.clusters if cluster not in (self.tenant.cluster, self.server_cluster)]

    @property
    def server_cluster(self) -> str:
        return self.server.admin["cluster_id"]

    def _check_records(self, access) -> int:
        ends = topics.ends(access, self.topic, PARTITIONS)
        there: dict[tuple[int, int], bytes] = {}
        seen = set()
        for message in topics.consume(access, self.topic, sum(ends), timeout=120):
            place = (message.partition(), message.offset())
            producer, number = (int(part) for part in message.key().split(b"-"))
            assert message.value() == value_of(producer, number), f"{place}: another value"
            assert message.headers() == [("producer", b"%d" % producer), ("empty", None)], f"{place}: headers"
            assert message.timestamp()[1] == T0 + number, f"{place}: time"
            assert (producer, number) not in seen, f"{place}: {producer}-{number} is there twice"
            seen.add((producer, number))
            there[place] = message.key()
        assert len(there) == sum(ends), f"{len(there)} of {sum(ends)} records"
        for writer, before in zip(self.writers, self.before):
            for partition, offset, number in before:
                assert there.get((partition, offset)) == b"%d-%d" % (writer.number, number), (
                    f"lost: {writer.number}-{number}, acknowledged at {partition}/{offset}, which has "
                    f"{there.get((partition, offset))}; the partition ends at {ends[partition]}"
                )
            # Of what came later a prefix is there, each record at the offset that it was acknowledged at.
            for partition, offset, number in writer.acked:
                if offset < ends[partition]:
                    assert there[partition, offset] == b"%d-%d" % (writer.number, number)
        return len(there)

    def _check_groups(self, access) -> None:
        ends = topics.ends(access, self.topic, PARTITIONS)
        places = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
        for reader, before in zip(self.readers, self.committed):
            consumer = Consumer(access.consumer(reader.group))
            for place in consumer.committed(places, 30):
                low = before.get(place.partition, -1001)
                assert low <= place.offset <= ends[place.partition], (
                    f"{reader.group}: {place.offset} of partition {place.partition}, which ends at "
                    f"{ends[place.partition]}; {low} was committed before"
                )
            consumer.close()

    def _check_keys(self, restored: Weir) -> None:
        own = restored.access.with_key(self.tenant.access.key, self.tenant.access.secret)
        assert len(topics.consume(own, self.other, 20)) == 20
        reader = restored.access.with_key(*self.key)
        assert len(topics.consume(reader, self.other, 20)) == 20
        denied = Producer(reader.librdkafka(**{"message.timeout.ms": 8_000}))
        errors = []
        denied.produce(self.other, b"no", on_delivery=lambda error, _: errors.append(error))
        denied.flush(10)
        assert errors and errors[0] is not None, "a reader wrote"


def access_of(rest: Rest, own: Rest, cluster: str) -> dict:
    scope = {"page_size": 100, "crn_pattern": f"crn://confluent.cloud/organization={rest.organization}/*"}
    bindings = rest.ok("GET", "/iam/v2/role-bindings", params=scope)["data"]
    acls = own.ok("GET", f"/kafka/v3/clusters/{cluster}/acls")["data"]
    keys = rest.ok("GET", "/iam/v2/api-keys", params={"page_size": 100})["data"]
    strip = lambda each: {name: each[name] for name in each if name not in ("metadata", "self")}
    text = lambda found: sorted(json.dumps(strip(each), sort_keys=True) for each in found)
    return {
        "bindings": text([{k: b[k] for k in ("id", "principal", "role_name", "crn_pattern")} for b in bindings]),
        "acls": text([{k: a[k] for k in ("principal", "operation", "resource_name", "permission")} for a in acls]),
        "keys": sorted(each["id"] for each in keys),
    }


def clusters_of(rest: Rest) -> list[str]:
    found = rest.ok("GET", "/cmk/v2/clusters", params={"environment": rest.environment, "page_size": 100})["data"]
    return [each["id"] for each in found if each["status"]["phase"] == "PROVISIONED"]


def plant(backup: pathlib.Path, folder: pathlib.Path, restore) -> list[str]:
    """Damages copies of a backup; each damage must be found by `verify` and by `restore`. Returns what was damaged."""
    planted = []
    for fault in ("dropped", "cut", "flipped"):
        copy = folder / f"planted-{fault}"
        shutil.copytree(backup, copy)
        files = [file for file in sorted(copy.glob("cell/wal/**/*")) if file.is_file() and file.stat().st_size > 300]
        victim = max(files, key=lambda file: file.stat().st_size)
        name = str(victim.relative_to(copy))
        if fault == "dropped":
            victim.unlink()
        else:
            body = victim.read_bytes()
            middle = len(body) // 2
            victim.write_bytes(body[:-1] if fault == "cut" else body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :])
        found = weir("backup", "verify", str(copy), check=DAMAGED)
        assert name in found.stderr, found.stderr
        refused = restore(str(copy), folder / f"never-{fault}", check=DAMAGED)
        assert name in refused.stderr, refused.stderr
        assert not (folder / f"never-{fault}" / "format.json").exists()
        planted.append(f"{fault} {name}")
        shutil.rmtree(copy)
    return planted


def cut_short(arguments: list[str], kills: int, took: float) -> int:
    """Kills a command with `kill -9` that takes about `took` seconds, each time a little later. Returns how often it
    was killed: it ends where the command was done before."""
    for attempt in range(kills):
        child = subprocess.Popen(command(*arguments), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment())
        try:
            child.wait(0.01 + took * attempt / kills)
            return attempt
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return kills


def full_disk(server: Weir, folder: pathlib.Path) -> str:
    """A target without room: a clear error, and the next attempt works elsewhere. Root only."""
    if os.geteuid() != 0:
        return "skipped: only root may mount a small file system"
    place = folder / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=True)
    try:
        done = weir("backup", "create", str(place / "b"), "--data-dir", str(server.data), check=None)
        assert done.returncode not in (0, None) and "disk is full" in done.stderr, done.stderr
        refused = weir("backup", "verify", str(place / "b"), check=DAMAGED)
        assert "not whole" in refused.stderr, refused.stderr
    finally:
        subprocess.run(["umount", str(place)], check=True)
    return done.stderr.splitlines()[0]


@contextlib.contextmanager
def place(kind: str | None, folder: pathlib.Path):
    """Where records lie, where the backup goes, and where they are restored to, as addresses."""
    if kind is None:
        yield None, str(folder / "backup"), None
    elif kind == "folder":
        yield f"file://{folder}/store", str(folder / "backup"), f"file://{folder}/restored-store"
    else:
        with stores.s3(kind, folder / "s3") as bucket:
            at = lambda prefix: bucket.url.replace("some/cell", prefix)
            yield at("cell"), at("backup"), at("restored")


def beside(address: str, name: str) -> str:
    """Another place next to one."""
    path, mark, rest = address.partition("?")
    return f"{path}-{name}{mark}{rest}"


def run(folder: pathlib.Path, options) -> dict:
    """The drill; returns its figures."""
    with place(options.store, folder) as (store, target, restored_store):
        flags = ["--store", store] if store else []
        flags += ["--brokers", str(options.brokers)] if options.brokers else []
        with Weir(folder / "original", flags=flags) as server:
            drill = Drill(server, options.rate, clusters=not options.brokers)
            time.sleep(options.seconds)
            figures = {}
            create = lambda place: ["backup", "create", place, "--data-dir", str(server.data)]
            if options.kills:
                began = time.monotonic()
                weir(*create(beside(target, "first")))
                took = time.monotonic() - began
                figures["killed backups"] = killed = cut_short(create(target), options.kills, took)
                if killed < options.kills:
                    target = beside(target, "second")  # the last one was faster than its end
                    figures["killed backups"] += cut_short(create(target), 2, took / 2)
            if options.full_disk:
                figures["full disk"] = full_disk(server, folder)
            drill.mark()
            acked, began = drill.acked(), time.monotonic()
            figures["backup"] = made = json.loads(weir("-o", "json", *create(target)).stdout)
            took = time.monotonic() - began
            figures["acknowledged before"] = sum(len(each) for each in drill.before)
            figures["acknowledged meanwhile, 1/s"] = round((drill.acked() - acked) / took)
            figures["topics, clusters made"] = (len(drill.churn.kept), drill.churn.clusters)
            drill.end()
        assert made["files"] > 0
        began = time.monotonic()
        weir("backup", "verify", target)
        figures["verify, s"] = round(time.monotonic() - began, 2)

        def restore(source: str, data: pathlib.Path, check: int = 0):
            extra = ["--store", restored_store] if restored_store else []
            return weir("backup", "restore", source, "--data-dir", str(data), *extra, check=check)

        if options.store in (None, "folder"):
            figures["planted, and found"] = plant(pathlib.Path(target), folder, restore)
        data = folder / "restored" / "data"
        extra = ["--store", restored_store] if restored_store else []
        again = ["backup", "restore", target, "--data-dir", str(data), *extra]
        if options.kills:
            figures["killed restores"] = cut_short(again, options.kills, figures["verify, s"] * 3)
        began = time.monotonic()
        if not (data / "format.json").exists() or (data / "restoring.json").exists():
            restore(target, data)
        figures["restore, s"] = round(time.monotonic() - began, 2)
        refused = restore(target, data, check=DAMAGED)
        assert "content" in refused.stderr, refused.stderr
        began = time.monotonic()
        with Weir(folder / "restored", data=data, flags=["--brokers", str(options.brokers)] if options.brokers else []) as restored:
            figures["start, s"] = round(time.monotonic() - began, 2)
            figures["records compared"] = drill.check(restored)
            assert restored.stop() == 0
    return figures


def arguments(given=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", choices=("folder", "minio", "moto"))
    parser.add_argument("--brokers", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=10, help="load before the backup")
    parser.add_argument("--rate", type=float, default=2_000, help="records a second of each of three producers")
    parser.add_argument("--kills", type=int, default=0, help="kill -9 of that many backups and restores")
    parser.add_argument("--full-disk", action="store_true", help="a target without room first")
    return parser.parse_args(given)


def main() -> int:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="restore-drill-") as folder:
        for name, figure in run(pathlib.Path(folder), options).items():
            print(f"{name}: {figure}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
