"""Fixtures: one server for the whole run, fresh names for every test."""

import faulthandler
import pathlib
import re
import signal
import sys

import pytest

from harness.kafka import Kafka
from harness.weir import Weir

# A line of these levels in Weir's log fails the run unless a pattern here explains it.
EXPECTED_LOG = re.compile(
    r"too many connections"  # ten thousand idle ones
    r"|slow_acquire_threshold",  # a test machine with more to do than Weir
)


def unexpected(log: str) -> list[str]:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", log)
    loud = (line for line in plain.splitlines() if re.search(r"\b(WARN|ERROR)\b|panicked at", line))
    return [line for line in loud if not EXPECTED_LOG.search(line)]


def pytest_addoption(parser):
    parser.addoption("--against", choices=("weir", "kafka"), default="weir", help="server under test")
    parser.addoption("--costly", action="store_true", help="also what takes long to install")
    parser.addoption("--rows", type=int, default=50_000, help="rows of the flights data set")


def pytest_configure(config):
    config.addinivalue_line("markers", "weir_only: asserts what only Weir has")
    config.addinivalue_line("markers", "costly: needs what takes long to install; runs with --costly")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--costly"):
        costly = [item for item in items if "costly" in item.keywords]
        items[:] = [item for item in items if item not in costly]
        config.hook.pytest_deselected(items=costly)
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
    """The server under test; it must end well and must not have complained."""
    kind = {"weir": Weir, "kafka": Kafka}[request.config.getoption("--against")]
    with kind(tmp_path_factory.mktemp("server")) as running:
        yield running
        if running.name == "weir":
            assert running.stop() == 0, running.process.tail()
            loud = unexpected(running.log.read_text(errors="replace"))
            assert not loud, "\n".join(loud[:20])


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
