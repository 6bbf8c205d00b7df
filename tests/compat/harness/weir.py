"""The real `weir` binary, started as a stranger would start it."""

import json
import os
import pathlib
import urllib.error
import urllib.request

from . import paths
from .process import Process, listening
from .server import Access, Server


class Weir(Server):
    """`weir up` on a data folder of its own, on free ports that survive restarts."""

    name = "weir"

    def __init__(self, folder: pathlib.Path, data: pathlib.Path | None = None, flags=()):
        super().__init__(folder)
        self.data = data or folder / "data"
        self.flags = list(flags)
        self.variables = {}
        self.ports = paths.free_ports(4)
        self.log = folder / "weir.log"

    def command(self) -> list[str]:
        api, kafka, tls, registry = (f"127.0.0.1:{port}" for port in self.ports)
        addresses = ["--api-addr", api, "--kafka-addr", kafka, "--kafka-tls-addr", tls]
        addresses += ["--registry-addr", registry]
        binary = str(paths.weir_binary())
        return [binary, "up", "--data-dir", str(self.data), *addresses, *self.flags]

    def spawn(self) -> Process:
        """Starts the process without waiting; for tests that interrupt the start itself."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_") or name == "WEIR_LOG"}
        # The command line writes its context below the home folder: keep the real one untouched.
        env |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home)}
        env |= self.variables
        self.process = Process(self.command(), self.log, env)
        return self.process

    def start(self, timeout: float = 60.0) -> "Weir":
        self.spawn()
        return self.wait_ready(timeout)

    def wait_ready(self, timeout: float = 60.0) -> "Weir":
        self.process.await_condition("readiness of weir", self.ready, timeout)
        return self

    def ready(self) -> bool:
        if not (self.data / "admin.json").exists():
            return False
        try:
            with urllib.request.urlopen(self.endpoint + "/readyz", timeout=2) as answer:
                return answer.status == 200 and listening(self.ports[1])
        except (OSError, urllib.error.URLError):
            return False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def admin(self) -> dict:
        """`admin.json`, read anew: a first start writes it late."""
        return json.loads((self.data / "admin.json").read_text())

    @property
    def access(self) -> Access:
        admin = self.admin
        return Access(
            bootstrap=f"127.0.0.1:{self.ports[1]}",
            tls_bootstrap=f"127.0.0.1:{self.ports[2]}",
            ca_path=admin["ca_cert_path"],
            key=admin["kafka_api_key"],
            secret=admin["kafka_api_secret"],
        )
