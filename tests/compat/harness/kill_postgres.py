"""Makes service accounts while Weir and its Postgres are killed in turn, and looks what is left."""

import dataclasses
import threading
import time
import uuid

import requests
from confluent_kafka import Producer

from .rest import Rest
from .wait import eventually

# Bound of what is made: an organisation has no more than 1,000 service accounts.
MOST = 600


@dataclasses.dataclass
class Found:
    made: int = 0
    # Answers of 503 while the database was away, and requests that got none.
    refused: int = 0
    unanswered: int = 0
    # Records that brokers acknowledged while the database was away.
    served_meanwhile: int = 0
    # Seconds from the database's return to the first change.
    recovery: list[float] = dataclasses.field(default_factory=list)
    lost: list[str] = dataclasses.field(default_factory=list)
    doubled: list[str] = dataclasses.field(default_factory=list)


class Maker(threading.Thread):
    """Makes one account after the other, each until it is acknowledged, under one key."""

    def __init__(self, weir, found: Found, stop: threading.Event):
        super().__init__()
        self.rest, self.found, self.stop = Rest(weir), found, stop
        self.names: list[str] = []
        self.failure = None

    def run(self):
        try:
            while not self.stop.is_set() and len(self.names) < MOST // 2:
                self.make(f"account-{uuid.uuid4().hex}")
                time.sleep(0.01)
        except Exception as error:  # noqa: BLE001, told by `run` below
            self.failure = error

    def make(self, name: str) -> None:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        wish = {"display_name": name, "description": "made while things die"}
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = self.rest.call("POST", "/iam/v2/service-accounts", json=wish, headers=headers)
            except requests.RequestException:
                self.found.unanswered += 1
                time.sleep(0.05)
                continue
            if answer.status_code < 300:
                self.names.append(name)
                return
            # 409: the attempt before goes on still.
            assert answer.status_code in (409, 503), f"{answer.status_code} {answer.text}"
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) >= 1
                self.found.refused += 1
            time.sleep(0.05)
        raise TimeoutError(f"{name} was never acknowledged")


def produce(weir, found: Found) -> None:
    """A client that knows Weir goes on while its control plane has no store."""
    failed = []
    producer = Producer(weir.access.librdkafka())
    for number in range(50):
        producer.produce("orders", f"{number}".encode(), on_delivery=lambda error, _: failed.append(error))
    assert producer.flush(20) == 0 and not any(failed), failed
    found.served_meanwhile += len(failed)


def run(weir, server) -> Found:
    found, stop = Found(), threading.Event()
    weir_topic(weir)
    makers = [Maker(weir, found, stop) for _ in range(2)]
    for maker in makers:
        maker.start()
    for _ in range(2):
        progress(makers, 20)
        refused = found.refused
        server.kill()
        produce(weir, found)
        # Away for long enough to be told.
        eventually("a change is refused", lambda: found.refused > refused)  # noqa: B023
        server.start()
        found.recovery.append(progress(makers, 1))
        progress(makers, 20)
        weir.restart(hard=True)
    progress(makers, 20)
    stop.set()
    for maker in makers:
        maker.join()
        if maker.failure:
            raise maker.failure
    judge(weir, [name for maker in makers for name in maker.names], found)
    print(found)
    return found


def progress(makers: list[Maker], more: int) -> float:
    """Waits until so many more were acknowledged; returns the seconds that it took."""
    began, count = time.monotonic(), sum(len(maker.names) for maker in makers)
    while sum(len(maker.names) for maker in makers) < count + more:
        assert time.monotonic() < began + 40, [maker.failure for maker in makers]
        time.sleep(0.01)
    return time.monotonic() - began


def weir_topic(weir) -> None:
    admin = weir.admin
    own = Rest(weir, auth=(admin["kafka_api_key"], admin["kafka_api_secret"]))
    own.ok("POST", f"/kafka/v3/clusters/{admin['cluster_id']}/topics", json={"topic_name": "orders"})


def judge(weir, names: list[str], found: Found) -> None:
    rest, there = Rest(weir), []
    page = rest.ok("GET", "/iam/v2/service-accounts", params={"page_size": 100})
    there += [one["display_name"] for one in page["data"]]
    while token := page["metadata"].get("next"):
        page = rest.ok("GET", token[len(weir.endpoint) :])
        there += [one["display_name"] for one in page["data"]]
    found.made = len(names)
    found.lost = sorted(set(names) - set(there))
    found.doubled = sorted({name for name in there if there.count(name) > 1})
