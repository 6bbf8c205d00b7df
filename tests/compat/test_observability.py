"""What operators look at: every metric that the alerts and the dashboard name is there, and nothing on it is a tenant's."""

import json
import pathlib
import re

import pytest
import requests
from confluent_kafka import Producer
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics

from harness import brokers, paths, topics
from harness.rest import Rest
from harness.wait import eventually
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "operate"
RULES = (DOCS / "observability" / "alerts.yaml").read_text()
DASHBOARD = (DOCS / "observability" / "dashboard.json").read_text()
RUNBOOKS = (DOCS / "runbooks.md").read_text()


class Page:
    """`/metrics`, as a scraper reads it."""

    def __init__(self, port: int):
        answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        self.text = answer.text
        families = list(open_metrics(answer.text))
        self.samples = [sample for family in families for sample in family.samples]

    def of(self, name: str, **labels) -> float:
        """The sum of the samples of this name that have these labels."""
        wanted = labels.items()
        return sum(s.value for s in self.samples if s.name == name and wanted <= s.labels.items())

    def names(self) -> set[str]:
        return {sample.name for sample in self.samples}


def named(text: str) -> set[str]:
    return set(re.findall(r"\bweir_[a-z_]+\b", text))


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_alert_has_its_runbook():
    linked = re.findall(r"runbook: docs/operate/runbooks\.md#(\S+)", RULES)
    assert len(linked) == RULES.count("- alert:") > 8
    assert set(linked) <= anchors(RUNBOOKS), set(linked) - anchors(RUNBOOKS)


def test_alerts_and_dashboard_name_what_a_cell_of_several_brokers_shows(tmp_path):
    [port] = paths.free_ports(1)
    flags = ["--metrics-addr", f"127.0.0.1:{port}"]
    weir = brokers.several(tmp_path / "weir", (tmp_path / "store").as_uri(), 2, flags)
    try:
        with weir as server:
            rest = Rest(server)
            rest.call("GET", "/org/v2/environments/env-none")
            topic = topics.create(server.access, "watched")
            producer = Producer(server.access.librdkafka())
            for _ in range(100):
                producer.produce(topic, b"x" * 1000)
            assert producer.flush(20) == 0
            wanted = named(RULES) | {name for name in named(DASHBOARD) if name != "weir_build"}
            page = eventually("all of them are there", lambda: whole(port, wanted), 30)
            assert page.of("weir_http_requests_total", route="/org/v2/environments/{id}", status="404") == 1
            assert page.of("weir_broker_received_bytes_total") > 10_000
            eventually("both brokers are heard", lambda: Page(port).of("weir_cell_brokers_connected") == 2, 30)
            assert page.of("weir_clusters", phase="PROVISIONED") == 1
            assert page.of("weir_store_up") == 1 and page.of("weir_access_behind") == 0
            secrets = [server.admin[name] for name in ("cluster_id", "organization_id", "api_key")]
            assert not [secret for secret in [*secrets, topic] if secret in page.text]
    finally:
        brokers.stop_all(weir)


def whole(port: int, wanted: set[str]) -> Page | None:
    page = Page(port)
    missing = wanted - page.names()
    print("missing", missing)
    return page if not missing else None


def test_a_cell_at_rest_is_seen_and_not_woken(tmp_path):
    [port] = paths.free_ports(1)
    flags = ["--metrics-addr", f"127.0.0.1:{port}", "--idle-stop", "3s"]
    with brokers.several(tmp_path / "weir", (tmp_path / "store").as_uri(), 1, flags):
        eventually("the cell is at rest", lambda: Page(port).of("weir_cell_awake") == 0, 60)
        for _ in range(5):
            page = Page(port)
            assert page.of("weir_cell_awake") == 0
            assert "weir_broker_received_bytes_total" not in page.names()


def test_paths_that_nobody_serves_make_no_series(tmp_path):
    [port] = paths.free_ports(1)
    with Weir(tmp_path / "weir", flags=["--metrics-addr", f"127.0.0.1:{port}"]) as server:
        rest = Rest(server)
        before = Page(port).text.count("\n")
        for number in range(50):
            rest.call("GET", f"/scan/{number}")
            rest.call("BREW", f"/scan/{number}")
        page = Page(port)
        assert page.text.count("\n") - before < 60, page.text
        assert page.of("weir_http_requests_total", route="none") == 100
        assert json.loads(DASHBOARD)["title"] == "Weir"
