"""The audit log as a topic: what the log has is in it, whenever the process is ended."""

import json
import time

import pytest
import requests
from confluent_kafka import Consumer, TopicPartition

from harness.rest import Rest
from harness.wait import eventually
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

TOPIC = "confluent-audit-log-events"
KILLS, CHANGES = 4, 25


class Reader:
    """A stranger's reader of the topic: everything from the start, by id."""

    def __init__(self, access, name: str):
        self.consumer = Consumer(access.librdkafka(**{"group.id": name, "enable.auto.commit": False}))
        self.consumer.assign([TopicPartition(TOPIC, 0, 0)])
        self.events: list[dict] = []
        self.headers: list[list] = []

    def has(self, wanted: set[str]) -> bool:
        for message in self.consumer.consume(500, timeout=0.3):
            if message.error() is None:
                self.events.append(json.loads(message.value()))
                self.headers.append(message.headers())
        return wanted <= {event["id"] for event in self.events}


def log_since(rest: Rest, since: str) -> list[dict]:
    """Events of the log from one on, the oldest first; none while that one is not there."""
    events, query = [], {"page_size": 100}
    while True:
        page = rest.ok("GET", "/weir/v1/audit-events", params=query)
        for event in page["data"]:
            events.append(event)
            if event["id"] == since:
                return events[::-1]
        if "next" not in page["metadata"]:
            return []
        query["page_token"] = page["metadata"]["next"].split("page_token=")[1].split("&")[0]


def switch_on(rest: Rest, cluster: str) -> str:
    answer = rest.call("PATCH", "/weir/v1/audit-settings", json={"topic_cluster_id": cluster})
    assert answer.status_code == 200, answer.text
    return answer.headers["X-Request-Id"]


def test_topic_has_what_the_log_has_also_when_the_process_is_killed(tmp_path):
    with Weir(tmp_path / "weir") as server:
        rest = Rest(server)
        first = switch_on(rest, server.admin["cluster_id"])
        made = 0
        for _ in range(KILLS):
            for _ in range(CHANGES):
                rest.ok("POST", "/org/v2/environments", json={"display_name": f"audited-{made}"})
                made += 1
            server.restart(hard=True)
            rest = Rest(server)
        refused = requests.get(server.endpoint + "/org/v2/environments", auth=("nobody", "knows"), timeout=10)
        assert refused.status_code == 401
        denied = refused.headers["X-Request-Id"]
        eventually("the denial is in the log", lambda: log_since(rest, denied), 10)
        log = log_since(rest, first)
        reader = Reader(server.access, "audit")
        eventually("every event is in the topic", lambda: reader.has({event["id"] for event in log}), 20)
        seen: dict[str, dict] = {}
        for event in reader.events:
            again = seen.setdefault(event["id"], event)
            assert again == event, "a repetition says the same"
        assert [*seen.values()] == log, "in the order of the log"
        assert len([event for event in log if event["data"]["methodName"] == "CreateEnvironment"]) == made
        print(f"{len(log)} events, {len(reader.events) - len(seen)} of them twice, {KILLS} kills")
        assert all(headers[0][0] == "content-type" for headers in reader.headers)


def test_an_event_is_in_the_topic_soon_and_the_topic_can_be_switched_off(tmp_path):
    with Weir(tmp_path / "weir") as server:
        rest = Rest(server)
        first = switch_on(rest, server.admin["cluster_id"])
        reader = Reader(server.access, "audit")
        eventually("the topic is there", lambda: reader.has({first}), 20)
        waits = []
        for number in range(5):
            began = time.monotonic()
            made = rest.call("POST", "/org/v2/environments", json={"display_name": f"soon-{number}"})
            assert made.status_code == 201, made.text
            eventually("it is told", lambda made=made: reader.has({made.headers["X-Request-Id"]}), 10)
            waits.append(time.monotonic() - began)
        print(f"in the topic after {max(waits):.1f} s at most")
        environment, cluster = server.admin["environment_id"], server.admin["cluster_id"]
        refused = rest.delete_cluster(cluster)
        assert refused.status_code == 409 and "audit-settings" in refused.text, refused.text
        rest.ok("PATCH", "/weir/v1/audit-settings", json={"topic_cluster_id": ""})
        rest.ok("POST", "/org/v2/environments", json={"display_name": "after"})
        before = len(reader.events)
        time.sleep(3)
        reader.has(set())
        assert len(reader.events) == before, reader.events[before:]
        removed = rest.call("DELETE", f"/cmk/v2/clusters/{cluster}", params={"environment": environment})
        assert removed.status_code == 204, removed.text
