"""Stands in for the sessions of people, which Weir does not have yet, between a command line and Weir.

It answers the calls that make and use a session, and hands on everything else as it is, with an API key
in place of the session's token. Nothing else of what is said is touched, but the address of Weir.
"""

import base64
import http.server
import json
import threading
import time
import urllib.error
import urllib.request

from .rest import Rest

KAFKA = "/kafka/v3/clusters/"
NOT_HANDED_ON = {"host", "content-length", "authorization", "accept-encoding", "connection"}
HOUR_S = 3600


def token() -> str:
    """A JWT that looks as one does; nobody here reads it."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    claims = json.dumps({"exp": int(time.time()) + HOUR_S}).encode()
    return ".".join((part(b'{"alg":"HS256","typ":"JWT"}'), part(claims), part(b"signature")))


class Bridge:
    """Serves as long as it is entered; `calls` is what was asked of Weir, with the answer's status."""

    def __init__(self, weir):
        self._weir = weir
        self._admin = weir.admin
        self._rest = Rest(weir)
        self._keys: dict[str, tuple[str, str]] = {}
        self.calls: list[tuple[str, str, int]] = []
        person = self._rest.ok("GET", "/users")["users"][0]
        self.person = {name: person[name] for name in ("id", "email", "first_name", "resource_id")}
        self.organization = {"id": 1, "resource_id": self._admin["organization_id"], "name": "weir"}
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Bridge":
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def session(self, path: str) -> dict | None:
        """The answer to a call about sessions; None for every other call."""
        accounts = [{"id": self._admin["environment_id"], "name": "default"}]
        me = {"user": self.person, "organization": self.organization}
        return {
            "/api/login/realm": {"is_sso": False, "mfa_required": False, "realm": ""},
            "/api/sessions": me | {"token": token(), "refresh_token": ""},
            "/api/me": me | {"accounts": accounts},
            "/api/access_tokens": {"token": token()},
        }.get(path)

    def credentials(self, path: str) -> tuple[str, str]:
        """A Cloud key, or a key of the cluster that the path names, which is made once."""
        if KAFKA not in path:
            return self._admin["api_key"], self._admin["api_secret"]
        cluster = path.split(KAFKA, 1)[1].split("/", 1)[0]
        if cluster not in self._keys:
            self._keys[cluster] = self._rest.api_key(self.person["resource_id"], cluster)
        return self._keys[cluster]

    def forward(self, method: str, target: str, headers, body: bytes | None) -> tuple[int, str, bytes]:
        path = target.split("?", 1)[0]
        basic = base64.b64encode(":".join(self.credentials(path)).encode()).decode()
        sent = {name: value for name, value in headers.items() if name.lower() not in NOT_HANDED_ON}
        sent["Authorization"] = f"Basic {basic}"
        request = urllib.request.Request(self._weir.endpoint + target, body, sent, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            text = answer.read().replace(self._weir.endpoint.encode(), self.endpoint.encode())
            self.calls.append((method, path, answer.status))
            return answer.status, answer.headers.get("Content-Type", "application/json"), text

    def _handler(bridge):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """What was asked is in `calls`."""

            def answer(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size) if size else None
                own = bridge.session(self.path.split("?", 1)[0])
                if own is not None:
                    status, kind, text = 200, "application/json", json.dumps(own).encode()
                else:
                    status, kind, text = bridge.forward(self.command, self.path, self.headers, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        return Handler
