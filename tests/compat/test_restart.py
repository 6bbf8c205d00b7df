"""A restart seen from outside: keys are never refused, what was made is there again."""

import contextlib
import threading

import pytest

from harness import topics, wire
from harness.rest import Rest

pytestmark = [
    pytest.mark.weir_only,
    pytest.mark.parametrize("hard", [False, True], ids=["stop", "kill -9"]),
]


class Knocking:
    """Logs in again and again, and remembers every answer that was not a welcome."""

    def __init__(self, access):
        self.refused: list[tuple[int, str]] = []
        self.welcomed = 0
        self._access = access
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            # No listener, or one that goes away, is what a client expects of a restart.
            with contextlib.suppress(OSError), wire.connect(self._access, log_in=False) as connection:
                connection.handshake()
                answer = connection.authenticate(self._access.key, self._access.secret)
                if answer[0]:
                    self.refused.append(answer)
                else:
                    self.welcomed += 1


def test_right_key_is_never_refused_during_a_start(server, access, hard):
    with Knocking(access) as knocking:
        for _ in range(3):
            server.restart(hard)
            before = knocking.welcomed
            topics.create(access, "after-restart")
    assert knocking.welcomed > before
    assert knocking.refused == [], "a Java client gives up for good when its key is refused"


def test_what_was_made_is_there_again(server, access, hard):
    admin, rest = server.admin, Rest(server)
    environment = rest.ok("POST", "/org/v2/environments", json={"display_name": topics.unique("kept")})
    account = rest.service_account()
    topic = topics.create(access, "kept", 3)
    sent = topics.produce(access, topic, [(b"%d" % n, b"value %d" % n) for n in range(100)])
    server.restart(hard)
    assert server.admin == admin
    rest = Rest(server)
    found = rest.ok("GET", f"/org/v2/environments/{environment['id']}")
    assert found["display_name"] == environment["display_name"]
    assert rest.ok("GET", f"/iam/v2/service-accounts/{account}")["id"] == account
    read = topics.consume(server.access, topic, 100)
    places = lambda messages: {(m.partition(), m.offset(), m.key(), m.value()) for m in messages}
    assert places(read) == places(sent)
    rest.call("DELETE", f"/org/v2/environments/{environment['id']}")
