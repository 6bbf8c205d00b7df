"""IP filters at the real listener, asked from two addresses of this machine."""

import pytest
import requests
from requests.adapters import HTTPAdapter

from harness import topics
from harness.rest import Rest

pytestmark = pytest.mark.weir_only


class From(HTTPAdapter):
    """Connects from an address of its own."""

    def __init__(self, address: str):
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        kwargs["source_address"] = (self._address, 0)
        super().init_poolmanager(*args, **kwargs)


def ask_from(server, address: str) -> requests.Response:
    session = requests.Session()
    session.auth = (server.admin["api_key"], server.admin["api_secret"])
    session.mount("http://", From(address))
    return session.get(server.endpoint + "/org/v2/environments", timeout=30)


def test_filter_refuses_other_addresses_also_after_a_restart(server):
    rest, name = Rest(server), topics.unique("here")
    wanted = {"group_name": name, "cidr_blocks": ["127.0.0.1/32"]}
    group = rest.ok("POST", "/iam/v2/ip-groups", json=wanted)["id"]
    assert ask_from(server, "127.0.0.2").status_code == 200
    wanted = {"filter_name": name, "resource_group": "management", "ip_groups": [{"id": group}]}
    made = rest.ok("POST", "/iam/v2/ip-filters", json=wanted)["id"]
    try:
        refused = ask_from(server, "127.0.0.2")
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["code"] == "ip_address_refused"
        server.restart(True)
        assert ask_from(server, "127.0.0.2").status_code == 401
        assert ask_from(server, "127.0.0.1").status_code == 200
    finally:
        rest.ok("DELETE", f"/iam/v2/ip-filters/{made}")
    assert ask_from(server, "127.0.0.2").status_code == 200
    rest.ok("DELETE", f"/iam/v2/ip-groups/{group}")
