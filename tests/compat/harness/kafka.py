"""A plain Apache Kafka behind the same methods: the baseline of every test that is not Weir's own.

One node in combined mode with SASL/PLAIN on both listeners, the security that Weir has from its
first start, so that clients run with identical settings on both.
"""

import pathlib
import subprocess
import uuid

from . import paths, tools
from .process import Process, listening
from .server import Access, Server

USER, PASSWORD = "baseline", "baseline-secret"

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
listeners=SASL_PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{tls},\
INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{tls},\
INTERNAL://127.0.0.1:{internal}
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,\
INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config={login}
listener.name.sasl_ssl.plain.sasl.jaas.config={login}
listener.name.sasl_ssl.ssl.keystore.type=PEM
listener.name.sasl_ssl.ssl.keystore.location={pem}
log.dirs={logs}
num.partitions=1
group.initial.rebalance.delay.ms=100
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


class Kafka(Server):
    """A single node; data and ports survive a restart."""

    name = "kafka"

    def __init__(self, folder: pathlib.Path):
        super().__init__(folder)
        self.ports = paths.free_ports(4)
        self.log = folder / "kafka.log"
        self.jars = tools.kafka_jars()
        self._ca, pem = _certificates(folder)
        plain, tls, internal, controller = self.ports
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required "
        login += f'username="{USER}" password="{PASSWORD}" user_{USER}="{PASSWORD}";'
        self._config = folder / "server.properties"
        self._config.write_text(
            _PROPERTIES.format(
                plain=plain,
                tls=tls,
                internal=internal,
                controller=controller,
                login=login,
                pem=pem,
                logs=folder / "data",
            )
        )
        cluster = str(uuid.uuid4())
        arguments = ["format", "--standalone", "-t", cluster, "-c", str(self._config)]
        subprocess.run(self._java("kafka.tools.StorageTool", *arguments), check=True, capture_output=True)

    def _java(self, main: str, *arguments: str) -> list[str]:
        heap = ["-Xms512m", "-Xmx512m", "-XX:+UseG1GC"]
        return ["java", *heap, "-cp", f"{self.jars}/*", main, *arguments]

    def start(self, timeout: float = 60.0) -> "Kafka":
        self.process = Process(self._java("kafka.Kafka", str(self._config)), self.log)
        self.process.await_condition("start of Kafka", self.ready, timeout, poll=0.1)
        return self

    def ready(self) -> bool:
        return all(listening(port) for port in self.ports[:2])

    @property
    def access(self) -> Access:
        return Access(
            bootstrap=f"127.0.0.1:{self.ports[0]}",
            tls_bootstrap=f"127.0.0.1:{self.ports[1]}",
            ca_path=str(self._ca),
            key=USER,
            secret=PASSWORD,
        )


def _certificates(folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A self-signed certificate that is its own authority, and key plus certificate in one file."""
    key, certificate, both = (folder / name for name in ("key.pem", "ca.pem", "server.pem"))
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
    request += ["-subj", "/CN=localhost", "-addext", names]
    request += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(request, check=True, capture_output=True)
    both.write_text(key.read_text() + certificate.read_text())
    return certificate, both
