"""Weir's REST API as a stranger's script would use it."""

import dataclasses

import requests

from . import topics
from .server import Access
from .wait import eventually


class Rest:
    """Calls with the Cloud key of `admin.json`; errors of 4xx and 5xx are returned, not raised."""

    def __init__(self, weir, auth: tuple[str, str] | None = None):
        self._weir = weir
        admin = weir.admin
        self.environment = admin["environment_id"]
        self.organization = admin["organization_id"]
        self.session = requests.Session()
        self.session.auth = auth or (admin["api_key"], admin["api_secret"])

    def call(self, method: str, path: str, **options) -> requests.Response:
        options.setdefault("timeout", 30)
        return self.session.request(method, self._weir.endpoint + path, **options)

    def ok(self, method: str, path: str, **options) -> dict:
        """A call that must succeed; returns its JSON object."""
        answer = self.call(method, path, **options)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def create_cluster(self, name: str | None = None) -> dict:
        spec = {
            "display_name": name or topics.unique("cluster"),
            "availability": "SINGLE_ZONE",
            "cloud": "AWS",
            "region": "us-east-1",
            "config": {"kind": "Basic"},
            "environment": {"id": self.environment},
        }
        return self.ok("POST", "/cmk/v2/clusters", json={"spec": spec})

    def cluster(self, identifier: str) -> dict:
        return self.ok("GET", f"/cmk/v2/clusters/{identifier}", params={"environment": self.environment})

    def delete_cluster(self, identifier: str) -> requests.Response:
        scope = {"environment": self.environment}
        return self.call("DELETE", f"/cmk/v2/clusters/{identifier}", params=scope)

    def await_provisioned(self, identifier: str, timeout: float = 20) -> dict:
        def provisioned():
            found = self.cluster(identifier)
            return found if found["status"]["phase"] == "PROVISIONED" else None

        return eventually(f"{identifier} is PROVISIONED", provisioned, timeout)

    def service_account(self, name: str | None = None) -> str:
        wanted = {"display_name": name or topics.unique("account"), "description": "compat"}
        return self.ok("POST", "/iam/v2/service-accounts", json=wanted)["id"]

    def grant(self, account: str, role: str, crn: str) -> dict:
        wanted = {"principal": f"User:{account}", "role_name": role, "crn_pattern": crn}
        return self.ok("POST", "/iam/v2/role-bindings", json=wanted)

    def api_key(self, account: str, resource: str) -> tuple[str, str]:
        spec = {"owner": {"id": account}, "resource": {"id": resource}, "display_name": "compat"}
        made = self.ok("POST", "/iam/v2/api-keys", json={"spec": spec})
        return made["id"], made["spec"]["secret"]

    def delete_key(self, key: str) -> None:
        self.ok("DELETE", f"/iam/v2/api-keys/{key}")


@dataclasses.dataclass(frozen=True)
class Tenant:
    """A cluster of its own with an administrator's key."""

    cluster: str
    account: str
    access: Access


def tenant(weir, rest: Rest) -> Tenant:
    """Makes a cluster, an account that administers it and a Kafka key, and waits until it serves."""
    cluster = rest.create_cluster()
    account = rest.service_account()
    crn = cluster["metadata"]["resource_name"].rsplit("/kafka=", 1)[0]
    rest.grant(account, "CloudClusterAdmin", crn)
    key, secret = rest.api_key(account, cluster["id"])
    rest.await_provisioned(cluster["id"])
    return Tenant(cluster["id"], account, weir.access.with_key(key, secret))
