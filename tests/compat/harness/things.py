"""What `failpoints.py` makes, changes and deletes: one `Kind` for each kind of thing of the control plane."""

import base64
import dataclasses
import itertools
import os

from . import people
from .operations import method_of, operation_of
from .rest import Rest

# Integrations that subscriptions of the walk lead to: more than there are at a time, fewer than an organization may have.
INTEGRATIONS = 40


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
    # Fails unless what the answer to its creation showed, once, opens what it is for.
    opens: callable = lambda made: None
    # What a changed one shows of the change.
    mark: callable = lambda body, name: name

    @property
    def verbs(self) -> tuple[str, ...]:
        return ("create", "delete") if self.change is None else ("create", "update", "delete")

    def method(self, verb: str) -> str:
        return method_of(operation_of(verb, self.name))



def kinds(rest, listener) -> list[Kind]:
    """All kinds; what they stand on is made here."""
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
            opens=lambda made: key_opens(rest, made["id"], made["spec"]["secret"]),
        ),
        Kind("IP group", "/iam/v2/ip-groups", lambda n: {"group_name": n} | block, lambda n: {"group_name": n}, {}),
        *kinds_of_access(rest),
        *kinds_of_identity(rest, listener),
        *kinds_of_notifications(rest, listener),
    ]


def kinds_of_access(rest) -> list[Kind]:
    """What says who may do what, from where, and how fast."""
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
        Kind(
            "invitation",
            "/iam/v2/invitations",
            lambda n: {"email": f"{n}@example.com"},
            None,
            {},
            lambda one: one["email"],
            opens=lambda made: people.join(rest, made["link"]),
        ),
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


def kinds_of_identity(rest, listener) -> list[Kind]:
    """Workloads that have tokens of their own, and groups of people who sign in elsewhere."""
    keys = publish_keys(listener)
    described = lambda n: {"display_name": n, "description": "first"}  # noqa: E731
    provider = lambda n: described(n) | {"issuer": f"https://{n}.example.com", "jwks_uri": keys}  # noqa: E731
    of_pools = rest.ok("POST", "/iam/v2/identity-providers", json=provider("of-pools"))["id"]
    pool = {"identity_claim": "claims.sub", "filter": 'claims.aud == "weir"'}
    return [
        Kind("identity provider", "/iam/v2/identity-providers", provider, lambda n: {"description": n}, {}),
        Kind(
            "identity pool",
            f"/iam/v2/identity-providers/{of_pools}/identity-pools",
            lambda n: described(n) | pool,
            lambda n: {"description": n},
            {},
        ),
        Kind(
            "group mapping",
            "/iam/v2/sso/group-mappings",
            lambda n: described(n) | {"filter": '"walkers" in claims.groups'},
            lambda n: {"description": n},
            {},
        ),
    ]


def kinds_of_notifications(rest, listener) -> list[Kind]:
    """Who is told, and of what."""
    path = "/notifications/v1/integrations"
    target = {"target": {"kind": "Webhook", "webhook_url": listener.url("/walked")}}
    wish = lambda n: {"display_name": n} | target  # noqa: E731
    spare = itertools.cycle([rest.ok("POST", path, json=wish(f"spare-{n}"))["id"] for n in range(INTEGRATIONS)])
    leads_to = lambda _: {"integrations": [{"id": next(spare)}]}  # noqa: E731
    led_to = lambda one: one["integrations"][0]["id"]  # noqa: E731

    def signs(made: dict) -> None:
        rest.ok("POST", f"{path}:test", json={"id": made["id"]})
        assert listener.at("/walked")[-1].genuine(made["signing_secret"]), made["id"]

    return [
        Kind("notification integration", path, wish, lambda n: {"description": n}, {}, opens=signs),
        Kind(
            "notification subscription",
            "/notifications/v1/subscriptions",
            lambda n: {"notification_type": {"id": "cluster-deleted"}} | leads_to(n),
            leads_to,
            {},
            led_to,
            mark=lambda body, _: led_to(body),
        ),
    ]


def publish_keys(listener) -> str:
    """Puts a key set where it can be read; returns where. Nobody has the private half."""
    modulus = b"\xc5" + os.urandom(254) + b"\x01"
    text = base64.urlsafe_b64encode(modulus).decode().rstrip("=")
    listener.pages["/keys"] = {"keys": [{"kid": "walked", "kty": "RSA", "use": "sig", "n": text, "e": "AQAB"}]}
    return listener.url("/keys")


def key_opens(rest, key: str, secret: str) -> None:
    with_it = Rest(rest._weir, auth=(key, secret))
    assert with_it.call("GET", "/org/v2/environments").status_code == 200, key
