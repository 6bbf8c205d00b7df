"""What is told arrives, through `kill -9` and receivers that fail: once by its id, and in order for each integration."""

import itertools
import threading
import time
import uuid

import pytest

from harness.listener import Listener
from harness.rest import Rest
from harness.wait import eventually
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

INTEGRATIONS = "/notifications/v1/integrations"
SUBSCRIPTIONS = "/notifications/v1/subscriptions"
TYPES = ("cluster-ready", "cluster-deleted")
FLAGS = ("--notify-networks", "127.0.0.0/8")


@pytest.fixture(scope="module")
def receiver():
    with Listener() as listening:
        yield listening


@pytest.fixture(scope="module")
def teller(tmp_path_factory):
    """A Weir that may tell this machine; it ends well."""
    with Weir(tmp_path_factory.mktemp("teller"), flags=FLAGS) as running:
        yield running
        assert running.stop() == 0, running.process.tail()


class Integration:
    """Somebody who is told of clusters, at a path of the receiver that nobody else has."""

    def __init__(self, rest: Rest, receiver: Listener, kind: str = "Webhook", url: str | None = None):
        self.rest, self.receiver, self.path = rest, receiver, f"/{uuid.uuid4().hex}"
        name, target = f"{kind} {self.path}", {"kind": kind, "webhook_url": url or receiver.url(self.path)}
        made = rest.ok("POST", INTEGRATIONS, json={"display_name": name, "target": target})
        self.id, self.secret = made["id"], made.get("signing_secret")
        self.subscriptions = [self.subscribe(each)["id"] for each in TYPES]

    def subscribe(self, kind: str) -> dict:
        wish = {"notification_type": {"id": kind}, "integrations": [{"id": self.id}]}
        return self.rest.ok("POST", SUBSCRIPTIONS, json=wish)

    def answers(self, behave) -> None:
        self.receiver.behave[self.path] = behave

    def taken(self) -> list[dict]:
        """What was answered with 2xx, in its order."""
        return [one.json for one in self.receiver.at(self.path) if one.status < 300]

    def status(self) -> dict:
        return self.rest.ok("GET", f"{INTEGRATIONS}/{self.id}")["status"]

    def deliveries(self) -> list[dict]:
        query = {"integration": self.id, "page_size": 100}
        return self.rest.ok("GET", "/weir/v1/notification-deliveries", params=query)["data"]

    def end(self) -> None:
        """Nobody is told any more."""
        for each in self.subscriptions:
            self.rest.ok("DELETE", f"{SUBSCRIPTIONS}/{each}")
        self.rest.ok("DELETE", f"{INTEGRATIONS}/{self.id}")


def made_and_gone(rest: Rest, count: int = 1, behind=lambda: None) -> list[tuple[str, str]]:
    """Clusters that are made and deleted; what has to be told of them, in its order. `behind` each of it."""
    happened, place = [], {"environment": rest.environment}
    for _ in range(count):
        cluster = rest.create_cluster()["id"]
        path = f"/cmk/v2/clusters/{cluster}"
        rest.await_provisioned(cluster)
        behind()
        rest.ok("DELETE", path, params=place)
        eventually(f"{cluster} is gone", lambda: rest.call("GET", path, params=place).status_code == 404)  # noqa: B023
        behind()
        happened += [(cluster, each) for each in TYPES]
    return happened


def await_told(one: Integration, count: int, timeout: float = 20) -> None:
    """Waits until so many different messages were taken."""
    deadline = time.monotonic() + timeout
    while len(once(one.taken())) < count:
        assert time.monotonic() < deadline, f"not within {timeout} s: {count} messages; {one.deliveries()}"
        time.sleep(0.05)


def told(messages: list[dict]) -> list[tuple[str, str]]:
    """What webhooks were told, by cluster and type."""
    return [(one["resource_name"].rsplit("=", 1)[1], one["notification_type"]) for one in messages]


def once(messages: list[dict]) -> list[dict]:
    """As a receiver reads it that remembers ids: the first of each."""
    return list({one["id"]: one for one in reversed(messages)}.values())[::-1]


def missing_or_mixed(happened: list[tuple[str, str]], messages: list[dict]) -> str:
    """What is wrong with what arrived; empty when nothing is."""
    arrived = told(once(messages))
    if lost := [each for each in happened if each not in arrived]:
        return f"lost: {lost}"
    if len(arrived) != len(happened):
        return f"told more often than it happened, under other ids: {arrived}"
    return "" if arrived == happened else f"in another order: {arrived}"


def test_the_check_sees_what_is_lost_doubled_or_mixed():
    message = lambda n, kind: {"id": f"{n}{kind}", "resource_name": f"crn://x/kafka={n}", "notification_type": kind}  # noqa: E731
    good = [message(n, kind) for n in "ab" for kind in TYPES]
    happened = told(good)
    assert missing_or_mixed(happened, good) == ""
    assert missing_or_mixed(happened, good[:2] + good[1:]) == "", "the same id twice is one"
    assert missing_or_mixed(happened, good[:1] + good[2:]).startswith("lost")
    assert missing_or_mixed(happened, good + [good[0] | {"id": "another"}]).startswith("told more often")
    assert missing_or_mixed(happened, [good[1], good[0], *good[2:]]).startswith("in another order")


def test_addresses_of_this_machine_are_told_only_where_the_operator_says_so(weir, receiver):
    target = {"kind": "Webhook", "webhook_url": receiver.url("/unasked")}
    refused = Rest(weir).call("POST", INTEGRATIONS, json={"display_name": "here", "target": target})
    assert refused.status_code == 422 and "--notify-networks" in refused.text, refused.text
    assert receiver.at("/unasked") == []


def test_each_kind_of_receiver_is_told_in_its_shape(teller, receiver):
    rest = Rest(teller)
    every = {kind: Integration(rest, receiver, kind) for kind in ("Webhook", "Slack", "MsTeams")}
    for kind, one in every.items():
        rest.ok("POST", f"{INTEGRATIONS}:test", json={"id": one.id})
        assert len(receiver.at(one.path)) == 1, kind
    receiver.messages.clear()
    happened = made_and_gone(rest)
    for kind, one in every.items():
        eventually(f"{kind} is told", lambda one=one: len(one.taken()) >= 2)
        one.end()
    webhook = every["Webhook"]
    assert missing_or_mixed(happened, webhook.taken()) == ""
    for message in receiver.at(webhook.path):
        assert message.genuine(webhook.secret) and not message.genuine(every["Slack"].path)
        assert message.headers["weir-notification-id"] == message.json["id"]
        assert {"title", "message", "created_at", "severity", "organization_id"} <= message.json.keys()
    assert "is ready" in every["Slack"].taken()[0]["text"]
    card = every["MsTeams"].taken()[0]["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive" and "is ready" in str(card["content"])
    assert every["Slack"].secret is None and every["MsTeams"].secret is None


def test_one_that_fails_is_told_again_and_others_do_not_wait_for_it(teller, receiver):
    rest = Rest(teller)
    good, failing, moved = (Integration(rest, receiver) for _ in range(3))
    slow, hiccup = Integration(rest, receiver), Integration(rest, receiver)
    port = Listener()
    port.close()
    down = Integration(rest, receiver, url=port.url("/down"))
    failing.answers(lambda: 500)
    moved.answers(lambda: (302, {"Location": receiver.url("/elsewhere")}))
    slow.answers(lambda: time.sleep(1.5) or 204)
    # What comes while the first one waits for its next try must not overtake it.
    hiccups = iter([500])
    hiccup.answers(lambda: next(hiccups, 204))
    heard = itertools.count(1)
    happened = made_and_gone(rest, 3, lambda: await_told(good, next(heard), 5))
    assert len(slow.taken()) < len(happened), "others waited for the slow one"
    for each, why in ((failing, "answers 500"), (moved, "answers 302"), (down, "refused")):
        shown = eventually("it fails", lambda each=each: (it := each.status())["state"] == "FAILING" and it)
        assert why in shown["last_error"].lower(), shown
        assert each.deliveries()[-1]["state"] == "PENDING"
    assert receiver.at("/elsewhere") == [], "a redirect was followed"
    failing.answers(lambda: 204)
    moved.answers(lambda: 204)
    with Listener(port.port) as up:
        up.behave["/down"] = lambda: 204
        for each in (failing, moved, slow, hiccup):
            await_told(each, len(happened))
        eventually("it is told after all", lambda: len(up.messages) >= len(happened), 15)
        assert missing_or_mixed(happened, [one.json for one in up.messages]) == ""
    for each in (good, failing, moved, slow, hiccup):
        assert missing_or_mixed(happened, each.taken()) == ""
        assert each.status()["state"] == "ENABLED"
    first = receiver.at(failing.path)
    assert first[0].status == 500 and first[0].json["id"] == failing.taken()[0]["id"], "a repetition has the same id"
    for each in (good, failing, moved, slow, hiccup, down):
        each.end()


def test_kill_9_loses_and_mixes_nothing(teller, receiver):
    rest = Rest(teller)
    good, slow, failing = (Integration(rest, receiver) for _ in range(3))
    failures = iter([500])
    failing.answers(lambda: next(failures, 204))
    asked, gone, events = threading.Event(), threading.Event(), itertools.count(1)

    def hold():
        # Killed while it waits for this answer, Weir cannot know whether the message arrived.
        asked.set()
        gone.wait(10)
        asked.clear()
        return 204

    slow.answers(hold)

    def kill():
        # A pass that is killed before it wrote down what happened is done again, once its lease is over.
        written = next(events)
        eventually("it is written down", lambda: len(good.deliveries()) >= written)
        assert asked.wait(10), "nothing is told"
        teller.kill()
        gone.set()
        teller.start()
        gone.clear()

    happened = made_and_gone(rest, 3, kill)
    gone.set()
    for each in (good, slow, failing):
        await_told(each, len(happened))
        assert missing_or_mixed(happened, each.taken()) == ""
        eventually("it is noted", lambda each=each: all(one["state"] == "DELIVERED" for one in each.deliveries()))
        assert all(one.genuine(each.secret) for one in receiver.at(each.path))
        each.end()
    assert len(slow.taken()) > len(happened), "nothing was told twice"
