"""What a test may ask of the server under test, whichever it is."""

import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class Access:
    """One way in: addresses and the key that opens them."""

    bootstrap: str
    tls_bootstrap: str
    ca_path: str
    key: str
    secret: str

    def librdkafka(self, tls: bool = False, **extra) -> dict:
        """Settings for confluent-kafka; also the source of kcat's `-X` arguments."""
        settings = {
            "bootstrap.servers": self.tls_bootstrap if tls else self.bootstrap,
            "security.protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
            "sasl.mechanisms": "PLAIN",
            "sasl.username": self.key,
            "sasl.password": self.secret,
            "allow.auto.create.topics": False,
        }
        if tls:
            settings["ssl.ca.location"] = self.ca_path
        return settings | extra

    def consumer(self, group: str, tls: bool = False, **extra) -> dict:
        defaults = {
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 500,
        }
        return self.librdkafka(tls, **(defaults | extra))

    def kafka_python(self, tls: bool = False, **extra) -> dict:
        settings = {
            "bootstrap_servers": self.tls_bootstrap if tls else self.bootstrap,
            "security_protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": self.key,
            "sasl_plain_password": self.secret,
        }
        if tls:
            settings["ssl_cafile"] = self.ca_path
        return settings | extra

    def kcat(self, tls: bool = False) -> list[str]:
        settings = self.librdkafka(tls)
        del settings["allow.auto.create.topics"]  # unknown to the version Debian ships
        return [part for name, value in settings.items() for part in ("-X", f"{name}={value}")]

    def java(self, path: pathlib.Path, tls: bool = False) -> pathlib.Path:
        """Writes a properties file for the Java client."""
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        lines = {
            "bootstrap.servers": self.tls_bootstrap if tls else self.bootstrap,
            "security.protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.jaas.config": f'{login} username="{self.key}" password="{self.secret}";',
        }
        if tls:
            lines |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": self.ca_path}
        path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        return path

    def address(self, tls: bool = False) -> tuple[str, int]:
        host, port = (self.tls_bootstrap if tls else self.bootstrap).rsplit(":", 1)
        return host, int(port)

    def with_key(self, key: str, secret: str) -> "Access":
        return dataclasses.replace(self, key=key, secret=secret)


class Server:
    """Base of both servers; `name` is `weir` or `kafka`."""

    name = ""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.process = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, timeout: float = 60.0) -> "Server":
        raise NotImplementedError

    @property
    def access(self) -> Access:
        raise NotImplementedError

    def stop(self) -> int:
        return self.process.stop()

    def kill(self) -> None:
        self.process.kill()

    def restart(self, hard: bool = False) -> None:
        """Ends the process, by kill -9 when `hard`, and starts it on the same folder and ports."""
        if hard:
            self.kill()
        else:
            self.stop()
        self.start()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__()  # a start that never got ready must not leave a process behind
            raise

    def __exit__(self, *_):
        if self.process and self.process.alive():
            self.kill()
