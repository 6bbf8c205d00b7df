"""Fixtures: one server for the whole run, fresh names for every test."""

import faulthandler
import pathlib
import re
import signal
import sys

import pytest

from harness.kafka import Kafka
from harness.weir import Weir

# A server log line of these levels fails the run unless a pattern here explains it.
EXPECTED_LOG = re.compile(
    r"authentication|sasl|handshake|connection (reset|closed)|malformed|frame|peer|tls|refused",
    re.IGNORECASE,
)


def pytest_addoption(parser):
    parser.addoption("--against", choices=("weir", "kafka"), default="weir", help="server under test")
    parser.addoption("--rows", type=int, default=50_000, help="rows of the flights data set")


def pytest_configure(config):
    config.addinivalue_line("markers", "weir_only: asserts what only Weir has")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--against") == "weir":
        return
    skip = pytest.mark.skip(reason="only Weir has this")
    for item in items:
        if "weir_only" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def limit():
    """No test may hang: after three minutes all threads are shown and the test fails."""

    def expire(_signal, _frame):
        faulthandler.dump_traceback(file=sys.__stderr__)
        raise TimeoutError("the test took more than 180 s")

    previous = signal.signal(signal.SIGALRM, expire)
    signal.alarm(180)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture(scope="session")
def server(request, tmp_path_factory):
    """The server under test; its log must not contain a panic at the end."""
    kind = {"weir": Weir, "kafka": Kafka}[request.config.getoption("--against")]
    with kind(tmp_path_factory.mktemp("server")) as running:
        yield running
        log = running.log.read_text(errors="replace")
        assert "panicked at" not in log, log[-4000:]
        if running.name == "weir":
            assert running.stop() == 0, running.process.tail()


@pytest.fixture
def access(server):
    """Addresses and key of the first cluster."""
    return server.access


@pytest.fixture
def weir(server):
    """For tests that are marked `weir_only`."""
    assert isinstance(server, Weir)
    return server


@pytest.fixture
def rows(request) -> int:
    return request.config.getoption("--rows")


@pytest.fixture(scope="session")
def scratch(tmp_path_factory) -> pathlib.Path:
    return tmp_path_factory.mktemp("scratch")
