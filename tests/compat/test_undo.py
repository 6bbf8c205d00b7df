"""A deleted cluster is closed at once and comes back with its keys and records, also when the process died in between."""

import time

import pytest

from harness import rest as weir_rest
from harness import topics, wire
from harness.rest import Rest
from harness.wait import eventually
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

SASL_AUTHENTICATION_FAILED = 58
RECORDS = 1_000
# How soon nobody gets in any more.
CLOSED = 1.0


def let_in(access) -> bool:
    with wire.connect(access, log_in=False) as connection:
        connection.handshake()
        code, _ = connection.authenticate(access.key, access.secret)
    assert code in (0, SASL_AUTHENTICATION_FAILED)
    return code == 0


def is_closed(connection) -> bool:
    """Whether a connection that was let in before is of use any more."""
    try:
        wire.metadata(connection, "sales")
    except (wire.Closed, OSError):
        return True
    return False


def shop(weir, rest) -> tuple:
    """A cluster with a thousand records."""
    tenant = weir_rest.tenant(weir, rest)
    topic = topics.create(tenant.access, "sales", 3)
    made = [(b"%d" % number, b"sale %d" % number) for number in range(RECORDS)]
    assert len(topics.produce(tenant.access, topic, made)) == RECORDS
    return tenant, topic, {value for _, value in made}


def delete(rest, tenant) -> float:
    """Deletes the cluster; how long until nobody was in it and its key was refused."""
    with wire.connect(tenant.access) as connection:
        begun = time.monotonic()
        assert rest.delete_cluster(tenant.cluster).status_code == 204
        assert not let_in(tenant.access)
        eventually("who was in is out", lambda: is_closed(connection), 5)
        return time.monotonic() - begun


def restore(rest, cluster: str):
    return rest.call("POST", f"/weir/v1/deleted-clusters/{cluster}/restore")


@pytest.mark.parametrize("hard", [False, True], ids=["running", "kill -9"])
def test_a_deleted_cluster_comes_back_with_its_keys_and_records(tmp_path, hard):
    with Weir(tmp_path) as weir:
        rest = Rest(weir)
        tenant, topic, sold = shop(weir, rest)
        took = delete(rest, tenant)
        assert took < CLOSED, f"{took:.2f} s"
        if hard:
            weir.restart(True)
            assert not let_in(tenant.access), "a start does not let it in either"
        assert [one["id"] for one in rest.ok("GET", "/weir/v1/deleted-clusters")["data"]] == [tenant.cluster]
        assert restore(rest, tenant.cluster).json()["clusters"] == [tenant.cluster]
        assert let_in(tenant.access), "in force with the answer"
        found = topics.consume(tenant.access, topic, RECORDS)
        assert {message.value() for message in found} == sold
        assert len(topics.produce(tenant.access, topic, [(b"k", b"after")])) == 1
        if hard:
            weir.restart(True)
            assert len(topics.consume(tenant.access, topic, RECORDS + 1)) == RECORDS + 1


def test_when_the_window_is_over_nothing_comes_back(tmp_path):
    with Weir(tmp_path, flags=["--undo-window", "2s"]) as weir:
        rest = Rest(weir)
        tenant, _, _ = shop(weir, rest)
        delete(rest, tenant)
        path = "/weir/v1/cluster-events"

        def gone():
            scope = {"environment": rest.environment, "cluster": tenant.cluster, "page_size": 100}
            events = rest.ok("GET", path, params=scope)["data"]
            return [one for one in events if one["reason"] == "ClusterGone"]

        eventually("the cell has nothing of it", gone, 30)
        assert restore(rest, tenant.cluster).status_code == 404
        assert rest.ok("GET", "/weir/v1/deleted-clusters")["data"] == []
        assert not let_in(tenant.access)


def test_a_cluster_is_made_and_deleted_under_one_name_again_and_again(tmp_path):
    with Weir(tmp_path) as weir:
        rest = Rest(weir)
        made = []
        for _ in range(3):
            made.append(rest.create_cluster("again")["id"])
            rest.await_provisioned(made[-1])
            assert rest.delete_cluster(made[-1]).status_code == 204
        listed = rest.ok("GET", "/weir/v1/deleted-clusters", params={"page_size": 100})["data"]
        assert [one["id"] for one in listed] == made
        for one in made:
            assert rest.call("DELETE", f"/weir/v1/deleted-clusters/{one}").status_code == 204
        assert rest.ok("GET", "/weir/v1/deleted-clusters")["data"] == []
