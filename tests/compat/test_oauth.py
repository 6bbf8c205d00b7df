"""SASL/OAUTHBEARER: tokens of an identity provider in place of API keys, shown by clients that nobody here wrote."""

import itertools
import json
import threading
import time

import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from kafka import KafkaConsumer, KafkaProducer
from kafka.net.sasl.oauth import AbstractTokenProvider

from harness import java, topics, wire
from harness import rest as weir_rest
from harness.issuer import Provider, SigningKey
from harness.rest import Rest
from harness.wait import eventually
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

LIFETIME, RUN = 8, 30
REFUSED, ILLEGAL_STATE, TOPIC_DENIED = 58, 34, 29
FILTER = 'claims.aud == "weir" && claims.sub.startsWith("repo:acme/")'


class Workload:
    """A provider, a pool that administers a cluster, and how clients show tokens of it."""

    def __init__(self, weir: Weir, provider: Provider):
        self.weir, self.provider, self.rest = weir, provider, Rest(weir)
        self.tenant = weir_rest.tenant(weir, self.rest)
        self.cluster = self.tenant.cluster
        self.crn = self.rest.cluster(self.cluster)["metadata"]["resource_name"].rsplit("/kafka=", 1)[0]
        made = {"display_name": topics.unique("ci"), "description": "", "issuer": provider.issuer}
        made |= {"jwks_uri": f"{provider.url}/keys"}
        self.providers = "/iam/v2/identity-providers"
        self.id = self.rest.ok("POST", self.providers, json=made)["id"]
        self.pools = f"{self.providers}/{self.id}/identity-pools"
        self.pool = self.make_pool()
        self.binding = self.rest.grant(self.pool, "CloudClusterAdmin", self.crn)["id"]

    def make_pool(self, of: str = FILTER) -> str:
        wanted = {"display_name": topics.unique("pool"), "description": "", "identity_claim": "claims.sub", "filter": of}
        return self.rest.ok("POST", self.pools, json=wanted)["id"]

    def extensions(self, **other) -> dict:
        return {"logicalCluster": self.cluster, "identityPoolId": self.pool} | other

    def librdkafka(self, **extra) -> dict:
        base = {"bootstrap.servers": self.weir.access.bootstrap, "security.protocol": "SASL_PLAINTEXT"}
        return base | {"sasl.mechanisms": "OAUTHBEARER", "allow.auto.create.topics": False} | extra

    def oidc(self, **extra) -> dict:
        """librdkafka asks the provider by itself."""
        pairs = ",".join(f"{name}={value}" for name, value in self.extensions().items())
        return self.librdkafka(**{
            "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.client.id": "app",
            "sasl.oauthbearer.client.secret": "secret",
            "sasl.oauthbearer.token.endpoint.url": f"{self.provider.url}/token",
            "sasl.oauthbearer.extensions": pairs,
        }, **extra)

    def callback(self, token=None, **extra) -> dict:
        """The application asks the provider."""

        def oauth_cb(_config):
            shown = (token or self.provider.token)()
            return shown, time.time() + self.provider.lifetime, "app", self.extensions()

        return self.librdkafka(oauth_cb=oauth_cb, **extra)

    def message(self, token: str | None = None, **extensions) -> bytes:
        pairs = {"auth": f"Bearer {token or self.provider.token()}"} | self.extensions(**extensions)
        return b"n,,\x01" + b"".join(f"{name}={value}\x01".encode() for name, value in pairs.items() if value) + b"\x01"

    def connect(self, message: bytes | None = None) -> tuple[wire.Connection, tuple]:
        connection = wire.Connection(self.weir.access.address())
        assert connection.handshake("OAUTHBEARER") == 0
        return connection, connection.show_token(self.message() if message is None else message)

    def refusal(self, message: bytes) -> str:
        """Shows what must not be taken; returns the reason."""
        connection, (code, text, challenge, _) = self.connect(message)
        with connection:
            if code == 0:
                assert json.loads(challenge) == {"status": "invalid_token"}, "taken"
                code, text, _, _ = connection.show_token(b"\x01")
            assert code == REFUSED
            assert connection.closed_by_server()
            return text


@pytest.fixture(scope="module")
def weir(tmp_path_factory):
    with Weir(tmp_path_factory.mktemp("oauth"), flags=["--jwks-networks", "127.0.0.0/8"]) as running:
        yield running


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("issuer"), LIFETIME)


@pytest.fixture
def workload(weir, provider):
    return Workload(weir, provider)


class Watched:
    """Settings that count how often a librdkafka client connects, and what goes wrong."""

    def __init__(self):
        self.connections, self.problems = [], []

    def settings(self) -> dict:
        return {"statistics.interval.ms": 500, "stats_cb": self._count, "error_cb": self.problems.append}

    def _count(self, text: str) -> None:
        brokers = json.loads(text)["brokers"].items()
        self.connections.append({name: (broker["connects"], broker["disconnects"]) for name, broker in brokers})


def test_clients_go_on_when_their_tokens_end(workload):
    """A producer that asks the provider itself, and a consumer whose application does: each lives through several
    tokens on the connections that it began with."""
    topic = topics.create(workload.tenant.access, "oauth")
    sending, reading, sent, stop = Watched(), Watched(), [], time.monotonic() + RUN
    given = workload.provider.given
    producer = Producer(workload.oidc(**sending.settings()))
    consumer = Consumer(workload.callback(**reading.settings(), **{"group.id": topic, "auto.offset.reset": "earliest"}))
    consumer.subscribe([topic])

    def produce():
        for number in itertools.count():
            if time.monotonic() >= stop:
                break
            producer.produce(topic, str(number), on_delivery=lambda error, message: sent.append(error))
            producer.poll(0.02)
        producer.flush(20)

    thread = threading.Thread(target=produce)
    thread.start()
    read = []
    while thread.is_alive() or len(read) < len(sent):
        message = consumer.poll(0.1)
        if message is not None:
            assert message.error() is None, message.error()
            read.append(int(message.value()))
        assert time.monotonic() < stop + 30, f"{len(read)} of {len(sent)}"
    thread.join()
    consumer.close()
    assert len(sent) > RUN and not any(sent), "every record was acknowledged"
    assert read == list(range(len(sent)))
    assert not sending.problems and not reading.problems
    assert workload.provider.given - given >= RUN // LIFETIME, "tokens were renewed"
    for watched in (sending, reading):
        settled, last = watched.connections[LIFETIME], watched.connections[-1]
        assert last == settled and len(watched.connections) > RUN, "on the connections that were there in the beginning"


class Tokens(AbstractTokenProvider):
    def __init__(self, workload):
        super().__init__()
        self.workload = workload

    def token(self):
        return self.workload.provider.token()

    def extensions(self):
        return self.workload.extensions()


def test_kafka_python_shows_tokens(workload):
    topic = topics.create(workload.tenant.access, "oauth")
    settings = {"bootstrap_servers": workload.weir.access.bootstrap, "security_protocol": "SASL_PLAINTEXT"}
    settings |= {"sasl_mechanism": "OAUTHBEARER", "sasl_oauth_token_provider": Tokens(workload)}
    producer = KafkaProducer(**settings)
    assert producer.send(topic, b"hello").get(20).offset == 0
    producer.close()
    consumer = KafkaConsumer(topic, **settings, auto_offset_reset="earliest", consumer_timeout_ms=20_000)
    assert next(consumer).value == b"hello"
    consumer.close()


def test_java_shows_tokens(workload, tmp_path, monkeypatch):
    """Its own client-credentials handler asks the provider."""
    topic, url = topics.create(workload.tenant.access, "oauth"), f"{workload.provider.url}/token"
    module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLogin"
    options = {"clientId": "app", "clientSecret": "secret"}
    options |= {f"extension_{name}": value for name, value in workload.extensions().items()}
    options = " ".join(f'{name}="{value}"' for name, value in options.items())
    settings = {
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.login.callback.handler.class": f"{module}CallbackHandler",
        "sasl.oauthbearer.token.endpoint.url": url,
        "sasl.jaas.config": f"{module}Module required {options};",
    }
    monkeypatch.setenv("JDK_JAVA_OPTIONS", f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={url}")
    (tmp_path / "in").write_text("key\tvalue\n")
    sent = java.run(tmp_path, workload.tenant.access, "produce", topic, str(tmp_path / "in"), "none", settings=settings)
    assert sent == [["sent", "0", "0"]]
    java.run(tmp_path, workload.tenant.access, "consume", topic, "1", str(tmp_path / "out"), settings=settings)
    assert (tmp_path / "out").read_text() == "0\t0\tkey\tvalue\n"


def test_what_is_not_taken_says_why(workload, tmp_path):
    provider, key, now = workload.provider, workload.provider.key, int(time.time())
    stranger = SigningKey(tmp_path, key.kid)
    for token, why in (
        (stranger.token(provider.claims()), "signature"),
        (provider.token(iss="https://other.example.com"), "issuer"),
        (provider.token(aud="other"), "filter"),
        (provider.token(sub="repo:other/app"), "filter"),
        (provider.token(exp=now - 120), "expired"),
        (provider.token(nbf=now + 120), "not valid yet"),
        (key.token(provider.claims(), alg="none"), "algorithm"),
        (key.token(provider.claims(), alg="HS256"), "algorithm"),
        (key.token(provider.claims(), kid="unknown"), "kid"),
        (provider.token().rpartition(".")[0] + "." + "A" * 342, "signature"),
        ("a.b.c", "no signed"),
        ("x" * 40_000, "longer"),
    ):
        assert why in workload.refusal(workload.message(token)), why
    other = weir_rest.tenant(workload.weir, workload.rest).cluster
    for extensions, why in (
        ({"logicalCluster": other}, "no identity pool"),
        ({"logicalCluster": "lkc-zzzzzz"}, "no identity pool"),
        ({"logicalCluster": "lkc-" + "0" * 16}, "no id"),
        ({"logicalCluster": None}, "missing"),
        ({"identityPoolId": "pool-zzzzzz"}, "no identity pool"),
        ({"identityPoolId": None}, "missing"),
        ({"identityPoolId": workload.make_pool()}, "no identity pool"),
    ):
        assert why in workload.refusal(workload.message(**extensions)), extensions
    for bad in (b"", b"\x01", b"n,,", workload.message()[:-1], b"\xff" * 100, b"n,,\x01" + b"a=b\x01" * 9000 + b"\x01"):
        assert "malformed" in workload.refusal(bad), bad[:20]
    with pytest.raises(KafkaException) as refused:
        Producer(workload.callback(lambda: provider.token(aud="other"))).list_topics(timeout=5)
    assert refused.value.args[0].name() in ("_TRANSPORT", "_AUTHENTICATION", "_TIMED_OUT")
    events = workload.rest.ok("GET", "/weir/v1/audit-events", params={"page_size": 100})["data"]
    shown = [event["data"]["authenticationInfo"] for event in events if "OAUTHBEARER" in json.dumps(event)]
    assert shown, "denied sign-ins are in the audit log"


def test_session_ends_with_its_token(workload):
    """KIP-368, frame by frame."""
    with workload.connect(workload.message(workload.provider.token(exp=int(time.time()) + 2)))[0] as connection:
        assert connection.request(wire.METADATA, 1, wire.array([]))
        time.sleep(2.1)
        connection.send_raw(wire.frame(wire.METADATA, 1, wire.array([])))
        assert connection.closed_by_server(), "no token, no answer"
    connection, (code, _, _, life_ms) = workload.connect(workload.message(workload.provider.token(exp=int(time.time()) + 2)))
    with connection:
        assert code == 0 and 0 < life_ms <= 2000
        assert connection.handshake("OAUTHBEARER") == 0
        code, _, _, life_ms = connection.show_token(workload.message())
        assert code == 0 and 4000 < life_ms <= LIFETIME * 1000
        time.sleep(2.1)
        assert connection.request(wire.METADATA, 1, wire.array([])), "by the second token"
        other = workload.make_pool("true")
        workload.rest.grant(other, "CloudClusterAdmin", workload.crn)
        assert connection.handshake("OAUTHBEARER") == 0
        code, text, _, _ = connection.show_token(workload.message(identityPoolId=other))
        assert code == REFUSED and "same principal" in text
        assert connection.closed_by_server()
    connection, _ = workload.connect()
    with connection:
        assert connection.handshake("OAUTHBEARER") == 0
        code, _, challenge, _ = connection.show_token(workload.message(workload.provider.token(aud="other")))
        assert code == 0 and challenge, "told as RFC 7628 has it"
        connection.send_raw(wire.frame(wire.METADATA, 1, wire.array([])))
        assert connection.closed_by_server(), "what was there before is over, too"


def test_keys_have_sessions_without_end(weir):
    with wire.Connection(weir.access.address()) as connection:
        assert connection.handshake() == 0
        message = f"\0{weir.access.key}\0{weir.access.secret}".encode()
        assert connection.show_token(message) == (0, "", b"", 0)
        assert connection.handshake() == 0
        code, _, _, _ = connection.show_token(message)
        assert code == ILLEGAL_STATE and connection.closed_by_server()


def ended(connection: wire.Connection) -> float:
    """Asks until the server ends the connection; seconds."""
    began = time.monotonic()

    def is_over():
        try:
            connection.request(wire.METADATA, 1, wire.array([]))
        except (wire.Closed, ConnectionError):
            return True
        return False

    eventually("the connection ends", is_over, 10)
    return time.monotonic() - began


def test_who_is_let_in_no_more_is_out_at_once(workload):
    rest, pool = workload.rest, f"{workload.pools}/{workload.pool}"
    connection, _ = workload.connect()
    with connection:
        rest.ok("PATCH", pool, json={"filter": 'claims.aud == "elsewhere"'})
        assert ended(connection) < 1, "another filter"
    assert "filter" in workload.refusal(workload.message())
    rest.ok("PATCH", pool, json={"filter": FILTER})
    connection, (code, *_) = workload.connect()
    with connection:
        assert code == 0
        rest.ok("DELETE", pool)
        assert ended(connection) < 1, "no pool"
    assert "no identity pool" in workload.refusal(workload.message())
    workload.pool = workload.make_pool()
    rest.grant(workload.pool, "CloudClusterAdmin", workload.crn)
    connection, (code, *_) = workload.connect()
    with connection:
        assert code == 0
        rest.ok("DELETE", f"{workload.providers}/{workload.id}")
        assert ended(connection) < 1, "no provider"


def test_roles_of_the_pool_are_its_rights(workload):
    topic = topics.create(workload.tenant.access, "oauth")

    def code(connection) -> int:
        return wire.produce(connection, topic, wire.batch(wire.record(0, b"v"), 1))[0]

    rest = workload.rest
    reads = rest.grant(workload.pool, "DeveloperRead", f"{workload.crn}/kafka={workload.cluster}/topic={topic}")["id"]
    connection, _ = workload.connect()
    with connection:
        assert code(connection) == 0
        rest.ok("DELETE", f"/iam/v2/role-bindings/{workload.binding}")
        assert code(connection) == TOPIC_DENIED, "at once, on the connection that is there"
        writes = rest.grant(workload.pool, "DeveloperWrite", f"{workload.crn}/kafka={workload.cluster}/topic={topic}")
        assert code(connection) == 0
        for binding in (writes["id"], reads):
            rest.ok("DELETE", f"/iam/v2/role-bindings/{binding}")
        assert ended(connection) < 1, "nothing shows it the cluster any more"


def test_new_keys_of_a_provider_reach_brokers(weir, tmp_path):
    provider = Provider(tmp_path, LIFETIME)
    workload = Workload(weir, provider)
    old = provider.key
    provider.rotate()
    began = time.monotonic()
    # The first reading is fresh: strangers cannot make Weir ask a provider more often than every 30 seconds.
    eventually("the new key is known", lambda: workload.connect()[1][2] == b"", 100)
    assert time.monotonic() - began < 95
    assert "kid" in workload.refusal(workload.message(old.token(provider.claims()))), "the old one is not"


def test_tokens_are_taken_while_the_provider_is_away(weir, tmp_path):
    provider = Provider(tmp_path, LIFETIME)
    workload = Workload(weir, provider)
    provider.stop()
    topic = topics.create(workload.tenant.access, "oauth")
    weir.restart(hard=True)
    (report,) = [workload.connect()[1]]
    assert report[0] == 0 and report[2] == b""
    producer = Producer(workload.callback())
    outcome = []
    producer.produce(topic, b"v", on_delivery=lambda error, _: outcome.append(error))
    producer.flush(20)
    assert outcome == [None]
