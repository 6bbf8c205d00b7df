"""Spans: a collector that is not ours gets them, they hang together, and nobody waits for it."""

import contextlib
import http.server
import json
import threading
import time

import pytest

from harness import topics
from harness.rest import Rest
from harness.wait import eventually
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector:
    """Takes OTLP over HTTP as JSON."""

    def __init__(self):
        self.spans: list[dict] = []
        self.delay = 0.0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                time.sleep(outer.delay)
                assert self.path == "/v1/traces", self.path
                for resource in body["resourceSpans"]:
                    for scope in resource["scopeSpans"]:
                        outer.spans += scope["spans"]
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def of_trace(self, trace: str) -> list[dict]:
        return [span for span in self.spans if span["traceId"] == trace]

    def named(self, name: str) -> list[dict]:
        return [span for span in self.spans if span["name"] == name]


def attributes(span: dict) -> dict:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def test_spans_of_a_request_hang_together_below_the_callers(tmp_path):
    collector = Collector()
    with Weir(tmp_path / "weir", flags=["--otlp-endpoint", collector.url]) as server:
        rest = Rest(server)
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
        body = {"display_name": topics.unique("traced")}
        made = rest.call("POST", "/org/v2/environments", json=body, headers=headers)
        assert made.status_code == 201, made.text
        spans = eventually("the spans have come", lambda: collector.of_trace(TRACE), 20)
        [request] = [span for span in spans if span["parentSpanId"] == PARENT]
        assert request["name"] == "POST /org/v2/environments"
        found = attributes(request)
        assert found["weir.request.id"] == made.headers["X-Request-Id"]
        assert str(found["http.response.status_code"]) == "201"
        below = [span for span in spans if span["parentSpanId"] == request["spanId"]]
        assert any(span["name"].startswith("store ") for span in below), spans
        rest.await_provisioned(rest.create_cluster()["id"])
        eventually("passes are traced, too", lambda: collector.named("pass"), 20)
        eventually("and what they ask of the cell", lambda: [s for s in collector.spans if s["name"].startswith("cell ")], 20)
        text = json.dumps(collector.spans)
        assert server.admin["api_secret"] not in text and server.admin["kafka_api_secret"] not in text
        assert server.stop() == 0


@pytest.mark.parametrize("how", ["slow", "away"])
def test_nobody_waits_for_a_collector(tmp_path, how):
    collector = Collector()
    collector.delay = 30.0
    if how == "away":
        collector.server.server_close()
    with Weir(tmp_path / "weir", flags=["--otlp-endpoint", collector.url]) as server:
        rest = Rest(server)
        began = time.monotonic()
        for _ in range(200):
            rest.ok("GET", "/org/v2/environments")
        assert time.monotonic() - began < 20
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 20
