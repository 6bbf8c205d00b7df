#!/usr/bin/env python3
"""Ends the real `weir` behind every statement of every changing request, one after the other, and looks what is left.

    tests/compat/failpoints.py                     every request below, at every statement
    tests/compat/failpoints.py --only cluster      those whose name has this in it
    tests/compat/failpoints.py --planted           repeats clusters under another key: the run must see them doubled

The list is made, not written: a request is sent once with a countdown that does not end, and what it took from it
are its statements. Then, for each of them, the same kind of request is sent with a countdown that ends there. The process
aborts, starts again on its folder, and gets the request again, under the same `Idempotency-Key` where it makes something.
Behind it the thing must be there exactly once, or gone, as was asked; and the audit log must say so exactly once.
"""

import argparse
import dataclasses
import pathlib
import sys
import tempfile
import time
import uuid

from harness import environment

SUITE = pathlib.Path(__file__).resolve().parent
MANY = 1_000_000
# Background work also takes from the countdown; no request has as many statements.
MOST_STATEMENTS = 60
ALL = ("create", "update", "delete")

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
}
_CELL = "changes the cell and not the store: chaos.py and the simulation end processes there"
_SIGN_IN = "makes or ends a session, which is asked for anew: a repetition is another session"
_READS = "reads, although it is a POST"
_NOT_YET = "not walked yet"
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
    "update_organization": _NOT_YET,
    "update_audit_settings": _NOT_YET,
    "update_sso_connection": _NOT_YET,
    "create_group_mapping": _NOT_YET,
    "update_group_mapping": _NOT_YET,
    "delete_group_mapping": _NOT_YET,
    "delete_sso_connection": _NOT_YET,
    "update_user": _NOT_YET,
    "delete_user": _NOT_YET,
    "create_membership": _NOT_YET,
    "update_password": _NOT_YET,
    "create_invitation_link": _NOT_YET,
    "create_second_factor": _NOT_YET,
    "update_second_factor": _NOT_YET,
    "delete_second_factor": _NOT_YET,
    "delete_user_second_factor": _NOT_YET,
    "create_identity_provider": _NOT_YET,
    "update_identity_provider": _NOT_YET,
    "delete_identity_provider": _NOT_YET,
    "create_identity_pool": _NOT_YET,
    "update_identity_pool": _NOT_YET,
    "delete_identity_pool": _NOT_YET,
    "update_identity_provider_jwks": _NOT_YET,
    "create_notification_integration": _NOT_YET,
    "update_notification_integration": _NOT_YET,
    "delete_notification_integration": _NOT_YET,
    "create_notification_test": "sends a message and keeps nothing",
    "create_notification_subscription": _NOT_YET,
    "update_notification_subscription": _NOT_YET,
    "delete_notification_subscription": _NOT_YET,
    "update_security_finding": _NOT_YET,
}


def walked_operations() -> set[str]:
    """The names of the operations that are walked, as the specification has them."""
    return {f"{verb}_{name.lower().replace(' ', '_')}" for name, verbs in WALKED.items() for verb in verbs}


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of thing: where it is made, how it is found by its name, and what changes it."""

    name: str
    path: str
    wish: callable
    change: callable
    query: dict
    named: callable = lambda one: one.get("display_name") or one.get("group_name")
    # Whether its audit events and a single one of it are found by its id.
    has_id: bool = True
    # Whose calls these are; none: those of the Cloud key.
    rest: object = None

    @property
    def verbs(self) -> tuple[str, ...]:
        return WALKED[self.name]



def kinds(rest) -> list[Kind]:
    spec = {"availability": "SINGLE_ZONE", "cloud": "AWS", "region": "us-east-1", "config": {"kind": "Basic"}}
    place = {"environment": {"id": rest.environment}}
    owner = {"owner": {"id": rest.service_account("owner")}, "resource": {"id": "cloud"}}
    in_spec = lambda one: one["spec"]["display_name"]  # noqa: E731
    block = {"cidr_blocks": ["10.0.0.0/8"]}
    return [
        Kind("environment", "/org/v2/environments", lambda n: {"display_name": n}, lambda n: {"display_name": n}, {}),
        Kind(
            "cluster",
            "/cmk/v2/clusters",
            lambda n: {"spec": {"display_name": n} | spec | place},
            lambda n: {"spec": {"display_name": n} | place},
            {"environment": rest.environment},
            in_spec,
        ),
        Kind(
            "service account",
            "/iam/v2/service-accounts",
            lambda n: {"display_name": n, "description": "first"},
            lambda n: {"description": n},
            {},
        ),
        Kind(
            "API key",
            "/iam/v2/api-keys",
            lambda n: {"spec": {"display_name": n} | owner},
            lambda n: {"spec": {"display_name": n}},
            {},
            in_spec,
        ),
        Kind("IP group", "/iam/v2/ip-groups", lambda n: {"group_name": n} | block, lambda n: {"group_name": n}, {}),
        *kinds_of_access(rest),
    ]


def kinds_of_access(rest) -> list[Kind]:
    """What says who may do what, from where, and how fast."""
    from harness.rest import Rest

    admin = rest._weir.admin
    cluster, place = admin["cluster_id"], {"environment": {"id": rest.environment}}
    group = rest.ok("POST", "/iam/v2/ip-groups", json={"group_name": "here", "cidr_blocks": ["127.0.0.0/8"]})["id"]
    filtered = {"resource_group": "management", "ip_groups": [{"id": group}]}
    rates = {"throughput": {"ingress_byte_rate": "1000000", "egress_byte_rate": "1000000"}}
    limited = lambda n: {"cluster": {"id": cluster} | {"environment": rest.environment}, "principals": [{"id": rest.service_account(n)}]}  # noqa: E731
    everything = f"crn://confluent.cloud/organization={rest.organization}"
    bound = lambda n: {"principal": f"User:{rest.service_account(n)}", "role_name": "MetricsViewer", "crn_pattern": everything}  # noqa: E731
    acl = {"resource_type": "TOPIC", "pattern_type": "LITERAL", "principal": "User:sa-none", "host": "*"}
    acl |= {"operation": "READ", "permission": "ALLOW"}
    own = Rest(rest._weir, auth=(admin["kafka_api_key"], admin["kafka_api_secret"]))
    return [
        Kind(
            "IP filter",
            "/iam/v2/ip-filters",
            lambda n: {"filter_name": n} | filtered,
            lambda n: {"filter_name": n},
            {},
            lambda one: one["filter_name"],
        ),
        Kind(
            "client quota",
            "/kafka-quotas/v1/client-quotas",
            lambda n: {"spec": {"display_name": n} | rates | limited(n) | place},
            lambda n: {"spec": {"display_name": n}},
            {"spec.cluster": cluster, "environment": rest.environment},
            lambda one: one["spec"]["display_name"],
        ),
        Kind("invitation", "/iam/v2/invitations", lambda n: {"email": f"{n}@example.com"}, None, {}, lambda one: one["email"]),
        Kind(
            "role binding",
            "/iam/v2/role-bindings",
            bound,
            None,
            {"crn_pattern": everything},
            lambda one: one["principal"],
        ),
        Kind(
            "ACL",
            f"/kafka/v3/clusters/{cluster}/acls",
            lambda n: {"resource_name": n} | acl,
            None,
            {},
            lambda one: one["resource_name"],
            has_id=False,
            rest=own,
        ),
    ]


class Driver:
    def __init__(self, weir, countdown: pathlib.Path, planted: bool):
        from harness.rest import Rest

        self.weir, self.countdown, self.planted = weir, countdown, planted
        self.rest = Rest(weir)
        self.crashes = 0

    def named(self, kind: Kind, name: str) -> list[dict]:
        rest = kind.rest or self.rest
        page = rest.ok("GET", kind.path, params=kind.query | ({"page_size": 100} if kind.has_id else {}))
        found = [one for one in page["data"] if kind.named(one) == name]
        while token := page["metadata"].get("next"):
            page = rest.ok("GET", token[len(self.weir.endpoint) :])
            found += [one for one in page["data"] if kind.named(one) == name]
        return found

    def events(self, identifier: str, method: str) -> int:
        """How often the audit log says that this was done to this thing."""
        page = self.rest.ok("GET", "/weir/v1/audit-events", params={"resource": identifier, "page_size": 100})
        said = [one["data"] for one in page["data"]]
        return sum(one["methodName"].startswith(method) and one["result"]["status"] == "SUCCESS" for one in said)

    def request(self, method: str, kind: Kind, identifier: str = "", **options):
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

    def create(self, kind: Kind, statement: int) -> str:
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
        return found[0]["id"]

    def update(self, kind: Kind, identifier: str, statement: int) -> None:
        name = f"changed-{uuid.uuid4().hex[:12]}"
        send = lambda: self.request("PATCH", kind, identifier, json=kind.change(name))  # noqa: E731
        self.ended_at(statement, send)
        before = self.request("GET", kind, identifier)
        assert before.status_code == 200, f"{kind.name} {statement}: lost: {before.text}"
        again = send()
        assert again.status_code == 200 and name in again.text, f"{kind.name} {statement}: {again.text}"
        assert name in self.request("GET", kind, identifier).text

    def delete(self, kind: Kind, identifier: str, statement: int) -> None:
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


def walk(driver: Driver, kind: Kind) -> list[tuple[str, int]]:
    """All failpoints of a kind; what is made for one is changed and deleted at others."""
    wish = kind.wish(f"counted-{uuid.uuid4().hex[:12]}")
    count = {"create": driver.counted(lambda: driver.request("POST", kind, json=wish))}
    spare = [driver.create(kind, MANY) for _ in range(2)]
    if "update" in kind.verbs:
        change = lambda: driver.request("PATCH", kind, spare[0], json=kind.change("counted"))  # noqa: E731
        count["update"] = driver.counted(change)
    count["delete"] = driver.counted(lambda: driver.request("DELETE", kind, spare[1]))
    for statement in range(1, count["create"] + 1):
        identifier = driver.create(kind, statement)
        check_told(driver, kind, identifier, statement, "Create")
    for statement in range(1, count.get("update", 0) + 1):
        driver.update(kind, spare[0], statement)
    for statement in range(1, count["delete"] + 1):
        identifier = driver.create(kind, MANY)
        driver.delete(kind, identifier, statement)
        check_told(driver, kind, identifier, statement, "Delete")
    return list(count.items())


def check_told(driver: Driver, kind: Kind, identifier: str, statement: int, method: str) -> None:
    """The audit log says it once. Events of ACLs name their cluster, with others."""
    if kind.has_id:
        events = driver.events(identifier, method)
        assert events == 1, f"{kind.name} {statement}: {events} events of {method}"


def every(driver: Driver, only: str) -> int:
    """Walks all kinds; returns how many failpoints there were."""
    points = 0
    print("| request | failpoints |\n|---|---|")
    for kind in kinds(driver.rest):
        if only not in kind.name:
            continue
        for what, count in walk(driver, kind):
            points += count
            print(f"| {what} {kind.name} | {count} |", flush=True)
    return points


def found_doubled(driver: Driver) -> int:
    """Whether the check sees what is planted: 0 when it does."""
    try:
        every(driver, "cluster")
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
    from harness.weir import Weir

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        weir = Weir(folder / "server")
        countdown = folder / "countdown"
        weir.variables["WEIR_ABORT_COUNTDOWN"] = str(countdown)
        with weir:
            driver = Driver(weir, countdown, options.planted)
            if options.planted:
                return found_doubled(driver)
            points = every(driver, options.only)
            stopped = weir.stop()
    took = time.monotonic() - began
    print(f"{points} failpoints, {driver.crashes} crashes, nothing lost, nothing doubled, in {took:.0f} s")
    return 1 if stopped else 0


if __name__ == "__main__":
    sys.exit(main())
