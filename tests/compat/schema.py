#!/usr/bin/env python3
"""schemathesis against the real `weir` binary: every operation of openapi/openapi.json, with good and bad input.

    tests/compat/schema.py                          every check, examples of every operation
    tests/compat/schema.py --examples 100           more cases for each operation; the default is 20
    tests/compat/schema.py -- --include-path /org/v2/environments     further arguments go to schemathesis

`weir up` starts in an empty folder, with a cluster, a topic and keys. An answer of 5xx fails, so does one whose status, content type,
headers or body are not in the specification, and one that takes what the specification forbids.
The last lines say how many operations and cases there were, and in how many seconds.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from harness import environment

SUITE = pathlib.Path(__file__).resolve().parent
SPECIFICATION = SUITE.parent.parent / "openapi" / "openapi.json"
SEED = 20261123
TOPIC = "checked"
GROUP = "checked"
# Of how many cases a parameter has the value of something that is there.
SHARE_THERE = 0.8

# Checks that are not applied, and why; `docs/reference/schema-checks.md` has the same list.
NOT_APPLIED = ("positive_data_acceptance",)
INTEGRATIONS = "/notifications/v1/integrations"
METHODS = ("get", "post", "put", "patch", "delete")


def spare(rest) -> dict[str, str]:
    """One of each thing, by the path under which it is found, for cases that need something that is there."""
    name = {"display_name": "spare"}
    group = {"group_name": "spare", "cidr_blocks": ["127.0.0.0/8"]}
    account = rest.ok("POST", "/iam/v2/service-accounts", json=name)["id"]
    address = rest.ok("POST", "/iam/v2/ip-groups", json=group)["id"]
    key = {"spec": {"owner": {"id": account}, "resource": {"id": "cloud"}, "display_name": "spare"}}
    return {
        "/org/v2/environments/{id}": rest.ok("POST", "/org/v2/environments", json=name)["id"],
        "/org/v2/organizations/{id}": rest.organization,
        "/cmk/v2/clusters/{id}": rest.create_cluster("spare")["id"],
        "/iam/v2/service-accounts/{id}": account,
        "/iam/v2/api-keys/{id}": rest.ok("POST", "/iam/v2/api-keys", json=key)["id"],
        "/iam/v2/ip-groups/{id}": address,
        "/iam/v2/role-bindings/{id}": rest.grant(account, "Operator", organization(rest))["id"],
        **spare_of_people(rest),
        **spare_of_notifications(rest),
    }


def spare_of_people(rest) -> dict[str, str]:
    """Somebody who was invited, where people sign in, and a group of those who do. Nobody answers there."""
    made = rest.ok("POST", "/iam/v2/invitations", json={"email": "spare@example.com"})
    invited, person = made["id"], made["user"]["id"]
    there = {"issuer": "https://id.invalid", "client_id": "spare", "domains": ["spare.example"]}
    rest.ok("PATCH", "/weir/v1/sso-connection", json=there)
    group = {"display_name": "spare", "description": "spare", "filter": '"spare" in claims.groups'}
    return {
        "/iam/v2/invitations/{id}": invited,
        "/weir/v1/invitations/{id}/link": invited,
        "/iam/v2/users/{id}": person,
        "/weir/v1/users/{id}/second-factor": person,
        "/iam/v2/identity-providers/{id}": provider(rest, "another"),
        "/iam/v2/sso/group-mappings/{id}": rest.ok("POST", "/iam/v2/sso/group-mappings", json=group)["id"],
    }


def spare_of_notifications(rest) -> dict[str, str]:
    """An integration, one that no subscription holds, and a finding. Nobody answers where the messages would go."""
    from harness.wait import eventually

    target = {"kind": "Webhook", "webhook_url": "https://hooks.invalid/a"}
    made = lambda name: rest.ok("POST", INTEGRATIONS, json={"display_name": name, "target": target})["id"]  # noqa: E731
    wish = {"notification_type": {"id": "cluster-ready"}, "integrations": [{"id": made("held")}]}
    subscription = rest.ok("POST", "/notifications/v1/subscriptions", json=wish)["id"]
    rest.call("GET", "/org/v2/environments", auth=("NOSUCHKEY0000000", "x"))
    found = lambda: rest.ok("GET", "/weir/v1/security-findings", params={"rule": "failed-sign-ins"})["data"]  # noqa: E731
    return {
        f"{INTEGRATIONS}/{{id}}": made("spare"),
        "/notifications/v1/subscriptions/{id}": subscription,
        "/notifications/v1/notification-types/{id}": "cluster-ready",
        "/weir/v1/security-findings/{id}": eventually("a finding", found)[0]["id"],
    }


def organization(rest) -> str:
    return rest.ok("GET", f"/org/v2/organizations/{rest.organization}")["metadata"]["resource_name"]


def provider(rest, name: str) -> str:
    """Of workloads. Nobody answers where its keys would be."""
    named = {"display_name": name, "description": "spare"}
    where = {"issuer": "https://ci.example.com", "jwks_uri": "https://ci.invalid/keys"}
    return rest.ok("POST", "/iam/v2/identity-providers", json=named | where)["id"]


def group_of(access, topic: str, name: str) -> None:
    """A consumer group that has committed."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer(access.consumer(name))
    consumer.commit(offsets=[TopicPartition(topic, 0, 0)], asynchronous=False)
    consumer.close()


def configuration(weir, rest, own, folder: pathlib.Path) -> pathlib.Path:
    """The settings of schemathesis: a key for each scheme of the specification, and ids that exist."""
    kafka = type(rest)(weir, auth=(own.access.key, own.access.secret))
    kafka.ok("POST", f"/kafka/v3/clusters/{own.cluster}/topics", json={"topic_name": TOPIC, "partitions_count": 2})
    group_of(own.access, TOPIC, GROUP)
    admin = weir.admin
    settings = {
        "hooks": str(SUITE / "harness" / "schema_hooks.py"),
        "checks.not_a_server_error.expected-statuses": ["2xx", "3xx", "4xx", 501],
        "auth.openapi.cloud_key": {"username": admin["api_key"], "password": admin["api_secret"]},
        "auth.openapi.cluster_key": {"username": own.access.key, "password": own.access.secret},
        "auth.dynamic.openapi.session": {
            "path": "/sessions",
            "payload": {"email": admin["login_email"], "password": admin["login_password"]},
            "extract_selector": "/token",
            "retry_on": [401],
        },
    }
    always = {
        "path.cluster_id": own.cluster,
        "path.topic_name": TOPIC,
        "path.consumer_group_id": GROUP,
        "path.dataset": "cloud",
    }
    mostly = {
        "path.partition_id": 0,
        "path.provider_id": provider(rest, "spare"),
        "query.environment": rest.environment,
        "query.crn_pattern": f"{organization(rest)}/*",
        "query.resource.kafka.id": own.cluster,
        "query.spec.cluster": own.cluster,
    }
    path = folder / "schemathesis.toml"
    path.write_text(toml(settings, always, mostly, spare(rest)))
    return path


def toml(settings: dict, always: dict, mostly: dict, spares: dict) -> str:
    """Inline tables and arrays of JSON are those of TOML but for the sign between name and value."""

    def value(of) -> str:
        if isinstance(of, dict):
            return "{ " + ", ".join(f"{name} = {value(inner)}" for name, inner in of.items()) + " }"
        return json.dumps(of)

    lines = [f"{name} = {value(of)}" for name, of in settings.items()]
    for number, of in enumerate(mostly.values()):
        lines += [f"[dictionaries.there-{number}]", f"values = [{value(of)}]"]
    lines.append("[parameters]")
    lines += [f'"{name}" = {value(of)}' for name, of in always.items()]
    for number, name in enumerate(mostly):
        lines.append(f'"{name}" = {{ dictionary = "there-{number}", probability = {SHARE_THERE} }}')
    for number, (path, identifier) in enumerate(spares.items()):
        lines += [f"[dictionaries.spare-{number}]", f"values = [{value(identifier)}]"]
        bound = f'{{ dictionary = "spare-{number}", probability = {SHARE_THERE} }}'
        lines += ["[[operations]]", f"include-path = {value(path)}", f'parameters = {{ "path.id" = {bound} }}']
    return "\n".join(lines) + "\n"


def kept(rest) -> str:
    """The ids of what the run itself stands on; `schema_hooks` keeps them from being changed."""
    everywhere = {"crn_pattern": f"{organization(rest)}/*"}
    lists = {
        "/org/v2/environments": {},
        "/cmk/v2/clusters": {"environment": rest.environment},
        "/iam/v2/service-accounts": {},
        "/iam/v2/users": {},
        "/iam/v2/role-bindings": everywhere,
        "/iam/v2/api-keys": {},
    }
    found = [one["id"] for path, query in lists.items() for one in rest.ok("GET", path, params=query)["data"]]
    return ",".join(found)


def operations() -> int:
    paths = json.loads(SPECIFICATION.read_text())["paths"].values()
    return sum(method in METHODS for path in paths for method in path)


def arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--examples", type=int, default=20, help="cases of each operation and phase, at most")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("further", nargs="*", help="arguments of `schemathesis run`")
    return parser.parse_args()


def command(options: argparse.Namespace, settings: pathlib.Path, endpoint: str) -> list[str]:
    program = pathlib.Path(sys.executable).parent / "schemathesis"
    words = [str(program), "--config-file", str(settings), "run", str(SPECIFICATION), "--url", endpoint]
    words += ["--exclude-checks", ",".join(NOT_APPLIED), "--continue-on-failure", "--no-color"]
    words += ["--max-examples", str(options.examples), "--seed", str(options.seed)]
    words += ["--generation-database", "none", "--request-timeout", "30", *options.further]
    return words


def main() -> int:
    environment.enter(SUITE / "requirements-schema.txt", "venv-schema")
    options = arguments()
    from harness.rest import Rest, tenant
    from harness.weir import Weir

    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        with Weir(folder / "server", flags=["--security-rules", "sign-ins=1"]) as weir:
            rest = Rest(weir)
            own = tenant(weir, rest)
            environ = os.environ | {"WEIR_KEPT_IDS": kept(rest)}
            settings = configuration(weir, rest, own, folder)
            began = time.monotonic()
            code = subprocess.run(command(options, settings, weir.endpoint), cwd=folder, env=environ).returncode
            took = time.monotonic() - began
            rest.ok("GET", "/org/v2/environments")  # the key that was used is still one
            stopped = weir.stop()
    print(f"{operations()} operations in {took:.0f} s, exit code of schemathesis {code}, of weir {stopped}")
    return 1 if code or stopped else 0


if __name__ == "__main__":
    sys.exit(main())
