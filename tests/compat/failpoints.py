#!/usr/bin/env python3
"""Ends the real `weir` behind every statement of every changing request, one after the other, and looks what is left.

    tests/compat/failpoints.py                     every request below, at every statement
    tests/compat/failpoints.py --only cluster      those whose name has this in it
    tests/compat/failpoints.py --planted           repeats clusters under another key: the run must see them doubled

The list is made, not written: a request is sent once with a countdown that does not end, and what it took from it
are its statements. Then, for each of them, the same kind of request is sent with a countdown that ends there. The process
aborts, starts again on its folder, and gets the request again, under the same `Idempotency-Key` where it makes something.
Behind it the thing must be there exactly once, or gone, as was asked; what was shown once must open what it is for; and the
audit log must say so exactly once. `harness/things.py` has what is made, changed and deleted, `harness/deeds.py` the rest.
"""

import argparse
import datetime
import pathlib
import sys
import tempfile
import time
import uuid

from harness import environment
from harness.operations import operation_of

SUITE = pathlib.Path(__file__).resolve().parent
MANY = 1_000_000
# Background work also takes from the countdown; no request has as many statements.
MOST_STATEMENTS = 60
ALL = ("create", "update", "delete")
# Receivers and key sets of the walk are on this machine, and one failed sign-in is a finding.
FLAGS = ["--notify-networks", "127.0.0.0/8", "--jwks-networks", "127.0.0.0/8", "--security-rules", "sign-ins=1"]

# What is walked, by name; `test_failpoints_list.py` compares it with the specification.
WALKED = {
    "environment": ALL,
    "cluster": ALL,
    "service account": ALL,
    "API key": ALL,
    "IP group": ALL,
    "IP filter": ALL,
    "client quota": ALL,
    "invitation": ("create", "delete"),
    "role binding": ("create", "delete"),
    "ACL": ("create", "delete"),
    "identity provider": ALL,
    "identity pool": ALL,
    "group mapping": ALL,
    "notification integration": ALL,
    "notification subscription": ALL,
}
# The other operations that are walked, each on something that is there already.
WALKED_ALONE = {
    "update_user",
    "delete_user",
    "create_membership",
    "create_invitation_link",
    "update_password",
    "create_second_factor",
    "update_second_factor",
    "delete_second_factor",
    "delete_user_second_factor",
    "update_organization",
    "update_audit_settings",
    "update_sso_connection",
    "delete_sso_connection",
    "update_identity_provider_jwks",
    "update_security_finding",
    "create_cluster_restore",
    "create_environment_restore",
    "delete_deleted_cluster",
    "delete_deleted_environment",
}
_CELL = "changes the cell and not the store: chaos.py and the simulation end processes there"
_SIGN_IN = "makes or ends a session, which is asked for anew: a repetition is another session"
_READS = "reads, although it is a POST"
# Operations that change something, or look like it, and are not walked, with the reason.
NOT_WALKED = {
    "create_access_token": _SIGN_IN,
    "create_access_token_of_pool": _SIGN_IN,
    "create_session": _SIGN_IN,
    "delete_session": _SIGN_IN,
    "create_device_code": _SIGN_IN,
    "update_device_code": _SIGN_IN,
    "create_device_session": _SIGN_IN,
    "create_sso_sign_in": _SIGN_IN,
    "create_sso_session": _SIGN_IN,
    "create_v1_feedback": "keeps nothing",
    "create_v1_usage": "keeps nothing",
    "list_metric_attributes": _READS,
    "read_metrics": _READS,
    "create_topic": _CELL,
    "update_topic": _CELL,
    "delete_topic": _CELL,
    "update_topic_config": _CELL,
    "delete_topic_config": _CELL,
    "alter_topic_configs": _CELL,
    "create_record": _CELL,
    "create_acls": "one transaction as `create_acl`, with more rows",
    "create_notification_test": "sends a message and keeps nothing",
}


def walked_operations() -> set[str]:
    """The names of the operations that are walked, as the specification has them."""
    things = {operation_of(verb, name) for name, verbs in WALKED.items() for verb in verbs}
    return things | WALKED_ALONE


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")


class Driver:
    def __init__(self, weir, countdown: pathlib.Path, planted: bool):
        from harness.rest import Rest

        self.weir, self.countdown, self.planted = weir, countdown, planted
        self.rest = Rest(weir)
        self.crashes = 0

    def named(self, kind, name: str) -> list[dict]:
        rest = kind.rest or self.rest
        page = rest.ok("GET", kind.path, params=kind.query | ({"page_size": 100} if kind.has_id else {}))
        found = [one for one in page["data"] if kind.named(one) == name]
        while token := page["metadata"].get("next"):
            page = rest.ok("GET", token[len(self.weir.endpoint) :])
            found += [one for one in page["data"] if kind.named(one) == name]
        return found

    def events(self, method: str, **query) -> int:
        """How often the audit log says that this was done."""
        page = self.rest.ok("GET", "/weir/v1/audit-events", params=query | {"page_size": 100})
        said = [one["data"] for one in page["data"]]
        assert not page["metadata"].get("next"), "more events than are looked at"
        return sum(one["methodName"] == method and one["result"]["status"] == "SUCCESS" for one in said)

    def request(self, method: str, kind, identifier: str = "", **options):
        rest = kind.rest or self.rest
        if not kind.has_id and method == "DELETE":
            return rest.call(method, kind.path, params=kind.wish(identifier), **options)
        path = f"{kind.path}/{identifier}" if identifier else kind.path
        return rest.call(method, path, params=kind.query if method != "POST" else {}, **options)

    def left(self) -> int:
        """What is left of the countdown, which may be just being written."""
        while not (text := self.countdown.read_text()):
            time.sleep(0.001)
        return int(text)

    def disarm(self) -> None:
        """A statement that has read the number may write it once more."""
        for _ in range(3):
            self.countdown.unlink(missing_ok=True)
            time.sleep(0.01)

    def counted(self, send) -> int:
        """How many statements a request takes."""
        self.countdown.write_text(str(MANY))
        answer = send()
        left = self.left()
        self.disarm()
        assert answer.status_code < 300, answer.text
        assert 0 < MANY - left < MOST_STATEMENTS, f"{MANY - left} statements"
        return MANY - left

    def ended_at(self, statement: int, send) -> bool:
        """Sends with a countdown that ends there; whether the process ended, which is started again then."""
        import requests

        self.countdown.write_text(str(statement))
        try:
            answer = send()
            assert answer.status_code < 300, answer.text
        except requests.ConnectionError:
            pass
        deadline = time.monotonic() + 0.2
        while self.weir.process.alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.disarm()
        if self.weir.process.alive():
            return False
        self.weir.kill()
        self.weir.start()
        self.crashes += 1
        return True

    def create(self, kind, statement: int) -> str:
        """Crashes while one is made, and makes it again; returns its id."""
        wish = kind.wish(f"made-{uuid.uuid4().hex[:12]}")
        name, headers = kind.named(wish), {"Idempotency-Key": str(uuid.uuid4())}
        send = lambda: self.request("POST", kind, json=wish, headers=headers)  # noqa: E731
        self.ended_at(statement, send)
        if self.planted:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        again = send()
        assert again.status_code < 300, f"{kind.name} {statement}: {again.status_code} {again.text}"
        found = self.named(kind, name)
        if not kind.has_id:
            assert len(found) == 1, f"{kind.name} {statement}: {found}"
            return name
        assert [one["id"] for one in found] == [again.json()["id"]], f"{kind.name} {statement}: {found}"
        if statement < MANY:
            kind.opens(again.json())
        return found[0]["id"]

    def update(self, kind, identifier: str, statement: int) -> None:
        name, began = f"changed-{uuid.uuid4().hex[:12]}", now()
        body = kind.change(name)
        mark = kind.mark(body, name)
        send = lambda: self.request("PATCH", kind, identifier, json=body)  # noqa: E731
        self.ended_at(statement, send)
        before = self.request("GET", kind, identifier)
        assert before.status_code == 200, f"{kind.name} {statement}: lost: {before.text}"
        method = kind.method("update")
        told = self.events(method, resource=identifier, start_time=began)
        assert told == (mark in before.text), f"{kind.name} {statement}: {told} events of {before.text}"
        again = send()
        assert again.status_code == 200 and mark in again.text, f"{kind.name} {statement}: {again.text}"
        assert mark in self.request("GET", kind, identifier).text
        assert self.events(method, resource=identifier, start_time=began) == told + 1, f"{kind.name} {statement}"

    def do(self, deed, statement: int) -> None:
        """Crashes while something else is done, and does it again."""
        at, subject, began = f"{deed.name} {statement}", deed.prepare(), now()
        send = lambda: deed.send(subject)  # noqa: E731
        self.ended_at(statement, send)
        told = self.events(deed.method, start_time=began)
        done = deed.done(subject) if deed.done else None
        # Who was cut short is told of when it was done, and only then.
        assert told == done if deed.done else told in (0, 1), f"{at}: done: {done}, {told} events"
        again = send()
        carried_out = again.status_code < 300
        assert carried_out or (done and again.status_code in deed.refused), f"{at}: {again.status_code} {again.text}"
        assert not deed.done or deed.done(subject), f"{at}: not done"
        assert self.events(deed.method, start_time=began) == told + carried_out, f"{at}: events"
        deed.proven(subject, again if carried_out else None)

    def delete(self, kind, identifier: str, statement: int) -> None:
        send = lambda: self.request("DELETE", kind, identifier)  # noqa: E731
        self.ended_at(statement, send)
        again = send()
        # Done before the crash, or now.
        assert again.status_code in (200, 204, 403, 404), f"{kind.name} {statement}: {again.status_code} {again.text}"
        if not kind.has_id:
            assert not self.named(kind, identifier), f"{kind.name} {statement}: it is there still"
            return
        gone = self.request("GET", kind, identifier)
        assert gone.status_code in (403, 404), f"{kind.name} {statement}: {gone.status_code} {gone.text}"


def walk(driver: Driver, kind) -> list[tuple[str, int]]:
    """All failpoints of a kind; what is made for one is deleted before the next."""
    wish = kind.wish(f"counted-{uuid.uuid4().hex[:12]}")
    count = {"create": driver.counted(lambda: driver.request("POST", kind, json=wish))}
    spare = [driver.create(kind, MANY) for _ in range(2)]
    if "update" in kind.verbs:
        body = kind.change("counted")
        count["update"] = driver.counted(lambda: driver.request("PATCH", kind, spare[0], json=body))
    count["delete"] = driver.counted(lambda: driver.request("DELETE", kind, spare[1]))
    for statement in range(1, count["create"] + 1):
        identifier = driver.create(kind, statement)
        check_told(driver, kind, identifier, statement, "create")
        gone = driver.request("DELETE", kind, identifier)
        assert gone.status_code < 300, f"{kind.name} {statement}: {gone.text}"
    for statement in range(1, count.get("update", 0) + 1):
        driver.update(kind, spare[0], statement)
    for statement in range(1, count["delete"] + 1):
        identifier = driver.create(kind, MANY)
        driver.delete(kind, identifier, statement)
        check_told(driver, kind, identifier, statement, "delete")
    return list(count.items())


def check_told(driver: Driver, kind, identifier: str, statement: int, verb: str) -> None:
    """The audit log says it once. Events of ACLs name their cluster, with others."""
    if kind.has_id:
        events = driver.events(kind.method(verb), resource=identifier)
        assert events == 1, f"{kind.name} {statement}: {events} events of {kind.method(verb)}"


def walk_deed(driver: Driver, deed) -> int:
    """All failpoints of a request that makes, changes and deletes nothing by itself."""
    subject = deed.prepare()
    count = driver.counted(lambda: deed.send(subject))
    for statement in range(1, count + 1):
        driver.do(deed, statement)
    return count


def every(driver: Driver, listener, only: str) -> int:
    """Walks all kinds and deeds; returns how many failpoints there were."""
    from harness import deeds, things

    kinds, others = things.kinds(driver.rest, listener), deeds.deeds(driver.rest, listener)
    assert {kind.name: kind.verbs for kind in kinds} == WALKED
    assert {deed.operation for deed in others} == WALKED_ALONE
    points = 0
    print("| request | failpoints |\n|---|---|")
    for kind in (kind for kind in kinds if only in kind.name):
        for what, count in walk(driver, kind):
            points += count
            print(f"| {what} {kind.name} | {count} |", flush=True)
    for deed in (deed for deed in others if only in deed.name):
        count = walk_deed(driver, deed)
        points += count
        print(f"| {deed.name} | {count} |", flush=True)
    return points


def found_doubled(driver: Driver, listener) -> int:
    """Whether the check sees what is planted: 0 when it does."""
    try:
        every(driver, listener, "cluster")
    except AssertionError as error:
        print(f"found: {error}"[:200])
        return 0
    print("the planted bug was not found")
    return 1


def main() -> int:
    environment.enter(SUITE / "requirements.txt", "venv")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--planted", action="store_true")
    options = parser.parse_args()
    from harness.listener import Listener
    from harness.weir import Weir

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, Listener() as listener:
        folder = pathlib.Path(scratch)
        weir = Weir(folder / "server", flags=FLAGS)
        countdown = folder / "countdown"
        weir.variables["WEIR_ABORT_COUNTDOWN"] = str(countdown)
        with weir:
            driver = Driver(weir, countdown, options.planted)
            if options.planted:
                return found_doubled(driver, listener)
            points = every(driver, listener, options.only)
            stopped = weir.stop()
    took = time.monotonic() - began
    print(f"{points} failpoints, {driver.crashes} crashes, nothing lost, nothing doubled, in {took:.0f} s")
    return 1 if stopped else 0


if __name__ == "__main__":
    sys.exit(main())
