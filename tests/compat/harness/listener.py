"""A small HTTP server of a test: what is sent to it is kept, what it was given is answered."""

import contextlib
import dataclasses
import hashlib
import hmac
import http.server
import json
import threading
import time


@dataclasses.dataclass(frozen=True)
class Message:
    """What somebody sent: where to, with what headers (names in small letters), and how it was answered."""

    path: str
    headers: dict
    body: bytes
    status: int

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    def genuine(self, secret: str) -> bool:
        """Whether the signature is of this secret, as docs/operate/notifications.md says."""
        at, mac = self.headers["weir-signature"].removeprefix("t=").split(",v1=")
        wanted = hmac.new(secret.encode(), at.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted, mac) and abs(time.time() - int(at)) < 60


class Listener:
    """Listens on a loopback port; `port` keeps one of before, for a receiver that was down.

    `pages` is answered to GET as JSON, by path. `behave`, by path, is asked for each POST what to answer: a status, or a
    status and headers. It may wait. A path that has none is answered 204.
    """

    def __init__(self, port: int = 0):
        self.pages: dict[str, object] = {}
        self.behave: dict[str, callable] = {}
        self.messages: list[Message] = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str, status: int | None = None) -> list[Message]:
        """What was sent there, in its order."""
        return [one for one in list(self.messages) if one.path == path and status in (None, one.status)]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _handler(listener):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = listener.pages.get(self.path)
                self.answer(404 if page is None else 200, {}, b"" if page is None else json.dumps(page).encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                wanted = listener.behave.get(self.path, lambda: 204)()
                status, headers = wanted if isinstance(wanted, tuple) else (wanted, {})
                said = {name.lower(): value for name, value in self.headers.items()}
                listener.messages.append(Message(self.path, said, body, status))
                self.answer(status, headers, b"")

            def answer(self, status, headers, body):
                # Who asked may be gone: it was slow, or killed.
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
