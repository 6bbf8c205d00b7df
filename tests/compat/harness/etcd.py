"""An etcd of one member on a folder, that can be killed and started again."""

import contextlib
import pathlib

from . import paths
from .process import Process, listening


class Etcd:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir()
        self.ports = paths.free_ports(2)
        self.process = None

    @property
    def url(self) -> str:
        return f"etcd://127.0.0.1:{self.ports[0]}/cell"

    def start(self) -> None:
        client, peer = (f"http://127.0.0.1:{port}" for port in self.ports)
        command = ["etcd", "--data-dir", str(self.folder / "data"), "--log-level", "warn"]
        command += ["--listen-client-urls", client, "--advertise-client-urls", client]
        command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        command += ["--initial-cluster", f"default={peer}"]
        self.process = Process(command, self.folder / "log")
        self.process.await_condition("etcd", lambda: listening(self.ports[0]), timeout=30)

    def kill(self) -> None:
        self.process.kill()


@contextlib.contextmanager
def running(folder: pathlib.Path):
    etcd = Etcd(folder)
    try:
        etcd.start()
        yield etcd
    finally:
        etcd.kill()
