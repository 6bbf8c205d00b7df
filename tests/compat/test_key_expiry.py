"""A key that expires is refused from then on, and who signed in with it is out."""

import datetime

import pytest

from harness import rest as weir_rest
from harness import topics, wire
from harness.rest import Rest
from harness.wait import eventually

pytestmark = pytest.mark.weir_only

SASL_AUTHENTICATION_FAILED = 58
# Long enough to sign in and look around before it is over, on a slow machine, too.
LIFE_S = 8


@pytest.fixture(scope="module")
def rest(server):
    return Rest(server)


def expiring(rest, account: str, resource: str) -> tuple[str, str]:
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=LIFE_S)
    spec = {"owner": {"id": account}, "resource": {"id": resource}, "expires_at": end.isoformat()}
    made = rest.ok("POST", "/iam/v2/api-keys", json={"spec": spec})
    return made["id"], made["spec"]["secret"]


def is_out(connection) -> bool:
    try:
        wire.metadata(connection, "sales")
    except (wire.Closed, OSError):
        return True
    return False


def ends_of(rest, key: str) -> list[dict]:
    events = rest.ok("GET", "/weir/v1/audit-events", params={"page_size": 100})["data"]
    return [it for it in events if it["data"]["methodName"] == "ExpireApiKey" and it["subject"].endswith(key)]


def test_expired_key_of_a_cluster_is_refused_and_its_connections_end(weir, rest):
    tenant = weir_rest.tenant(weir, rest)
    topics.create(tenant.access, "sales")
    key, secret = expiring(rest, tenant.account, tenant.cluster)
    with wire.connect(tenant.access.with_key(key, secret)) as connection:
        wire.metadata(connection, "sales")
        eventually("who was in is out", lambda: is_out(connection), 30)
    with wire.connect(weir.access, log_in=False) as connection:
        connection.handshake()
        assert connection.authenticate(key, secret)[0] == SASL_AUTHENTICATION_FAILED
    assert rest.call("GET", f"/iam/v2/api-keys/{key}").status_code == 404
    assert len(ends_of(rest, key)) == 1
    with wire.connect(tenant.access) as connection:
        wire.metadata(connection, "sales")


def test_expired_key_of_the_control_plane_is_refused(weir, rest):
    key, secret = expiring(rest, rest.service_account(), "cloud")
    mine = Rest(weir, auth=(key, secret))
    assert mine.call("GET", "/org/v2/environments").status_code == 200
    eventually("the key is refused", lambda: mine.call("GET", "/org/v2/environments").status_code == 401, 30)
    eventually("its end is in the audit log", lambda: len(ends_of(rest, key)) == 1, 30)
