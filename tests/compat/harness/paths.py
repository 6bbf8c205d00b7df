"""Where things lie: the cache of downloads, the binary under test, free ports."""

import os
import pathlib
import random
import socket

SUITE = pathlib.Path(__file__).resolve().parent.parent
REPOSITORY = SUITE.parent.parent

KAFKA_VERSION = "4.2.0"
SCALA_VERSION = "2.13"


def cache() -> pathlib.Path:
    """The folder for everything downloaded; shared by all runs of one user, safe to delete."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = pathlib.Path(base) / "weir"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def weir_binary() -> pathlib.Path:
    """The binary under test: `WEIR_BIN`, else the newest build in the target folder."""
    named = os.environ.get("WEIR_BIN")
    if named:
        return pathlib.Path(named)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "target")
    built = [path for kind in ("debug", "release") if (path := target / kind / "weir").exists()]
    if not built:
        raise FileNotFoundError("no weir binary: run `cargo build -p cli` or set WEIR_BIN")
    return max(built, key=lambda path: path.stat().st_mtime)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, each given once by this process.

    They are not of those that systems give to outgoing connections (from 32768 on): a client that goes on looking for a
    server that was stopped would sooner or later get the port of another one, or be connected to itself.
    """
    found = []
    for port in _ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError("all ports between 10240 and 32768 were used")


# Two runs at once start at different places.
_ports = iter(random.SystemRandom().sample(range(10240, 32768), 32768 - 10240))
