"""Requests that come twice: at once, after an answer that was lost, and after `kill -9`."""

import concurrent.futures
import threading

import pytest
import requests

from harness import topics
from harness.rest import Rest

pytestmark = pytest.mark.weir_only

REQUESTS = 200
SENDERS = 16
KILLS = 3


def wishes(rest: Rest, name: str) -> list[tuple[str, dict]]:
    """Two hundred things of every kind that names what it makes."""
    admin = rest._weir.admin

    def wish(number: int) -> tuple[str, dict]:
        text = f"{name}-{number}"
        if number % 4 == 0:
            return "/org/v2/environments", {"display_name": text}
        if number % 4 == 1:
            return "/iam/v2/service-accounts", {"display_name": text}
        if number % 4 == 2:
            spec = {"display_name": text, "resource": {"id": admin["cluster_id"]}}
            return "/iam/v2/api-keys", {"spec": spec}
        spec = {
            "display_name": text,
            "availability": "SINGLE_ZONE",
            "cloud": "AWS",
            "region": "us-east-1",
            "config": {"kind": "Basic"},
            "environment": {"id": rest.environment},
        }
        return "/cmk/v2/clusters", {"spec": spec}

    return [wish(number) for number in range(REQUESTS)]


def found(rest: Rest, name: str) -> list[str]:
    """Names of everything that is there from these wishes, each as often as it is there."""
    names = []
    for path in ("/org/v2/environments", "/iam/v2/service-accounts", "/iam/v2/api-keys", "/cmk/v2/clusters"):
        query = {"page_size": 100, "environment": rest.environment}
        while True:
            page = rest.ok("GET", path, params=query)
            for row in page["data"]:
                names.append(row.get("display_name") or row["spec"]["display_name"])
            following = page["metadata"].get("next")
            if not following:
                break
            query["page_token"] = following.split("page_token=")[1].split("&")[0]
    return sorted(one for one in names if one.startswith(f"{name}-"))


def expected(name: str) -> list[str]:
    return sorted(f"{name}-{number}" for number in range(REQUESTS))


def send(rest: Rest, key: str, path: str, body: dict) -> requests.Response:
    return rest.call("POST", path, json=body, headers={"Idempotency-Key": key})


def remove(rest: Rest, answers: list[requests.Response]) -> None:
    for answer in answers:
        path = answer.json()["metadata"]["self"].removeprefix(rest._weir.endpoint)
        rest.call("DELETE", path, params={"environment": rest.environment})


def test_two_hundred_creates_each_sent_twice_at_once_make_two_hundred_things(server):
    rest, name = Rest(server), topics.unique("once")
    with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
        both = []
        for number, (path, body) in enumerate(wishes(rest, name)):
            twice = [pool.submit(send, Rest(server), f"{name}/{number}", path, body) for _ in range(2)]
            both.append(twice)
        answers = [[one.result() for one in twice] for twice in both]
    for first, second in answers:
        assert first.status_code in (201, 202), first.text
        assert (first.status_code, first.content) == (second.status_code, second.content)
        replayed = [one.headers.get("Idempotency-Replayed") for one in (first, second)]
        assert sorted(replayed, key=str) == [None, "true"]
    assert found(rest, name) == expected(name)
    remove(rest, [first for first, _ in answers])


def test_what_was_not_answered_before_kill_9_is_sent_again_and_there_once(server):
    rest, name = Rest(server), topics.unique("killed")
    lost, answers = [], {}
    kill_at = {REQUESTS * (n + 1) // (KILLS + 1) for n in range(KILLS)}
    guard = threading.Lock()

    def once(number: int, path: str, body: dict) -> None:
        try:
            answer = send(Rest(server), f"{name}/{number}", path, body)
        except requests.RequestException:
            lost.append(number)
            return
        if answer.status_code == 503:
            lost.append(number)
            return
        assert answer.status_code in (201, 202), answer.text
        with guard:
            answers[number] = answer

    work = wishes(rest, name)
    with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
        running = []
        for number, (path, body) in enumerate(work):
            running.append(pool.submit(once, number, path, body))
            if number in kill_at:
                # The kill meets whatever the senders are doing.
                running[max(0, number - SENDERS)].result()
                server.restart(True)
        for one in running:
            one.result()
    assert lost, "no kill met a request"
    for number, (path, body) in enumerate(work):
        again = send(rest, f"{name}/{number}", path, body)
        assert again.status_code in (201, 202), again.text
        if number in answers:
            assert again.content == answers[number].content
            assert again.headers["Idempotency-Replayed"] == "true"
        answers[number] = again
    assert found(rest, name) == expected(name)
    remove(rest, list(answers.values()))
