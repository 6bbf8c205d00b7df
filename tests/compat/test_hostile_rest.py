"""Bad input on the REST port: clear JSON errors, never a 5xx, bounded memory, next call works."""

import json
import socket
import time

import pytest
import requests

from harness import topics
from harness.rest import Rest

pytestmark = pytest.mark.weir_only


@pytest.fixture(scope="module")
def rest(server):
    return Rest(server)


@pytest.fixture(autouse=True)
def survives(server, rest):
    pid, before = server.process.pid, server.process.pss_mib()
    yield
    assert server.process.alive() and server.process.pid == pid
    assert rest.ok("GET", "/org/v2/environments")["data"]
    grown = server.process.pss_mib() - before
    assert grown < 100, f"memory grew by {grown:.0f} MiB"


def assert_error(answer: requests.Response, *codes: int) -> dict:
    """The error envelope of the public API, with one of these codes."""
    assert answer.status_code in codes, f"{answer.status_code} {answer.text[:300]}"
    assert "json" in answer.headers["Content-Type"], answer.headers
    (error, *_) = answer.json()["errors"]
    assert error["status"] == str(answer.status_code)
    assert error["detail"] and error["code"]
    return error


MALFORMED = {
    "cut": b'{"display_name": "x',
    "no json": b"display_name=x",
    "empty": b"",
    "array": b"[]",
    "null": b"null",
    "wrong type": b'{"display_name": 7}',
    "nul byte": b'{"display_name": "a\x00b"}',
    "invalid utf-8": b'{"display_name": "\xff\xfe"}',
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "trailing": b'{"display_name": "x"} {"display_name": "y"}',
    "lone surrogate": b'{"display_name": "\\ud800"}',
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_body_is_a_client_error(rest, kind):
    headers = {"Content-Type": "application/json"}
    answer = rest.call("POST", "/org/v2/environments", data=MALFORMED[kind], headers=headers)
    assert_error(answer, 400, 413, 422)


def test_missing_required_member_is_named(rest):
    error = assert_error(rest.call("POST", "/org/v2/environments", json={}), 400, 422)
    assert "display_name" in json.dumps(error)


def test_unknown_members_are_ignored(rest):
    wanted = {"display_name": topics.unique("env"), "no_such_member": {"deep": [1, 2]}}
    made = rest.ok("POST", "/org/v2/environments", json=wanted)
    assert made["display_name"] == wanted["display_name"] and "no_such_member" not in made
    assert rest.call("DELETE", f"/org/v2/environments/{made['id']}").status_code == 204


def test_duplicate_names_conflict(rest):
    name = topics.unique("twice")
    first = rest.ok("POST", "/org/v2/environments", json={"display_name": name})
    assert_error(rest.call("POST", "/org/v2/environments", json={"display_name": name}), 409)
    rest.call("DELETE", f"/org/v2/environments/{first['id']}")
    account = topics.unique("account")
    rest.service_account(account)
    again = rest.call("POST", "/iam/v2/service-accounts", json={"display_name": account})
    assert "Service name is already in use" in assert_error(again, 409)["detail"]


def test_duplicate_topic_has_the_code_that_clients_look_for(rest, server):
    base = f"/kafka/v3/clusters/{server.admin['cluster_id']}/topics"
    name = topics.unique("rest-twice")
    rest_kafka = Rest(server, auth=(server.access.key, server.access.secret))
    rest_kafka.ok("POST", base, json={"topic_name": name})
    answer = rest_kafka.call("POST", base, json={"topic_name": name})
    assert answer.status_code == 400 and answer.json()["error_code"] == 40002
    assert "already exists" in answer.json()["message"]
    missing = rest_kafka.call("GET", f"{base}/no-such-topic")
    assert missing.status_code == 404 and missing.json()["error_code"] == 40403


def test_huge_body_is_refused_early(server, rest):
    start = time.monotonic()
    try:
        answer = rest.call("POST", "/org/v2/environments", data=b" " * 100_000_000)
        assert answer.status_code in (400, 413)
    except requests.ConnectionError:
        pass  # closed while we were still sending: refused all the same
    assert time.monotonic() - start < 10


def raw(server, request: bytes, timeout: float = 10) -> bytes:
    """Sends bytes as they are and returns what comes until the end or the time-out."""
    with socket.create_connection(("127.0.0.1", server.ports[0]), timeout=timeout) as connection:
        connection.sendall(request)
        parts = []
        try:
            while part := connection.recv(65536):
                parts.append(part)
                if b"\r\n\r\n" in b"".join(parts):
                    break
        except OSError:
            pass
        return b"".join(parts)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
def test_foreign_host_header_is_refused(server, host):
    request = f"GET /org/v2/environments HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert status(raw(server, request.encode())) in (400, 403, 421)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_loopback_host_header_passes(server, host):
    request = f"GET /readyz HTTP/1.1\r\nHost: {host}:{server.ports[0]}\r\nConnection: close\r\n\r\n"
    assert status(raw(server, request.encode())) == 200


BROKEN_HTTP = {
    "no version": b"GET /\r\n\r\n",
    "two lengths": b"POST /org/v2/environments HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
    b"Content-Length: 50\r\n\r\nhello",
    "length and chunks": b"POST /org/v2/environments HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "huge header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 5_000_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 100_000 + b"\r\n",
    "long path": b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "garbage": bytes(range(256)) * 20,
}


@pytest.mark.parametrize("kind", BROKEN_HTTP)
def test_broken_http_is_refused(server, kind):
    try:
        code = status(raw(server, BROKEN_HTTP[kind], timeout=5))
    except OSError:
        code = 0  # hung up while we were sending
    assert code == 0 or 400 <= code < 500


@pytest.mark.parametrize(
    "path",
    [
        "/org/v2/environments/..%2f..%2fetc%2fpasswd",
        "/org/v2/environments/%00",
        "/org/v2/environments/%ff%fe",
        "/org/v2/environments/' OR 1=1 --",
        "/org/v2/environments/" + "a" * 5000,
        "/cmk/v2/clusters/lkc-%F0%9F%92%A9?environment=env-x",
        "/no/such/path",
    ],
)
def test_odd_paths_are_not_found(rest, path):
    answer = rest.call("GET", path)
    assert answer.status_code in (400, 403, 404, 414), answer.text[:200]


@pytest.mark.parametrize("query", ["page_size=0", "page_size=-5", "page_size=99999999999", "page_size=x",
                                   "page_token=%ff", "page_token=made-up", "page_size=", "a=b&a=c"])
def test_odd_paging_is_clamped_or_refused(rest, query):
    answer = rest.call("GET", f"/org/v2/environments?{query}")
    assert answer.status_code in (200, 400), answer.text[:200]


@pytest.mark.parametrize(
    "authorization",
    [None, "Basic", "Basic !!!", "Basic YTpi", "Bearer x", "Basic " + "A" * 100_000, "Digest a=b"],
    ids=["none", "empty", "not base64", "wrong", "bearer", "long", "digest"],
)
def test_without_a_right_key_nothing_is_told(server, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    answer = requests.get(server.endpoint + "/org/v2/environments", headers=headers, timeout=10)
    if answer.status_code != 431:
        assert_error(answer, 401)
        assert "Basic" in answer.headers["WWW-Authenticate"]


def test_method_that_does_not_exist_is_a_client_error(rest):
    for method in ("PUT", "TRACE", "BREW"):
        assert 400 <= rest.call(method, "/org/v2/environments").status_code < 500


def test_unfinished_requests_keep_nobody_waiting(server, rest):
    waiting = []
    try:
        for _ in range(300):
            connection = socket.create_connection(("127.0.0.1", server.ports[0]), timeout=5)
            connection.sendall(b"POST /org/v2/environments HTTP/1.1\r\nHost: localhost\r\nX-A: ")
            waiting.append(connection)
        start = time.monotonic()
        rest.ok("GET", "/org/v2/environments")
        assert time.monotonic() - start < 1
    finally:
        for connection in waiting:
            connection.close()


def test_every_answer_carries_a_request_id(rest):
    for path in ("/org/v2/environments", "/no/such/path"):
        assert rest.call("GET", path).headers.get("X-Request-Id")
