"""Bad input on the Kafka ports: clear errors, bounded memory, and the next connection works."""

import gzip
import random
import resource
import socket
import struct
import time

import pytest
from confluent_kafka import KafkaError, Producer
from kafka import KafkaProducer

from harness import topics, wire
from harness.weir import Weir
from harness.wait import eventually

CORRUPT_MESSAGE, UNSUPPORTED_VERSION = 2, 35
UNSUPPORTED_SASL_MECHANISM, SASL_AUTHENTICATION_FAILED = 33, 58
INVALID_RECORD = 87


@pytest.fixture(autouse=True)
def survives(server):
    """After every test: the same process, memory in bounds, and an ordinary client is served."""
    pid, before = server.process.pid, server.process.pss_mib()
    yield
    assert server.process.alive() and server.process.pid == pid
    topic = topics.create(server.access, "after")
    topics.produce(server.access, topic, [(b"k", b"still here")])
    assert topics.consume(server.access, topic, 1)[0].value() == b"still here"
    if server.name == "weir":
        grown = server.process.pss_mib() - before
        assert grown < 150, f"memory grew by {grown:.0f} MiB"


@pytest.fixture
def topic(access):
    return topics.create(access, "hostile")


@pytest.mark.parametrize("size", [2**31 - 1, -1, -(2**31), 110_000_000], ids=str)
def test_frame_of_impossible_size_ends_the_connection(access, size):
    with wire.connect(access, log_in=False) as connection:
        connection.send_raw(struct.pack(">i", size) + b"\0" * 64)
        assert connection.closed_by_server()


@pytest.mark.weir_only  # Kafka allocates what is declared and runs out of memory
def test_declared_bytes_that_never_come_reserve_no_memory(server, access):
    before = server.process.pss_mib()
    open_connections = [wire.connect(access) for _ in range(100)]
    try:
        for connection in open_connections:
            connection.send_raw(struct.pack(">i", 90_000_000) + b"\0" * 1000)
        eventually("frames arrived", lambda: server.process.alive())
        topics.produce(access, topics.create(access, "meanwhile"), [(None, b"v")])
        assert server.process.pss_mib() - before < 200
    finally:
        for connection in open_connections:
            connection.close()


@pytest.mark.weir_only  # Kafka's own limit before login is half a megabyte, too, but it waits
def test_large_frame_before_login_is_refused(access):
    with wire.connect(access, log_in=False) as connection:
        connection.send_raw(struct.pack(">i", 50_000_000))
        sent = 0
        connection.socket.settimeout(5)
        with pytest.raises(OSError):
            while sent < 50_000_000:
                sent += connection.socket.send(b"\0" * 65536)


@pytest.mark.parametrize("cut", [1, 3, 4, 6, 12, 20])
def test_truncated_frame_is_forgotten(access, cut):
    whole = wire.frame(wire.API_VERSIONS, 0, b"")
    with wire.connect(access, log_in=False) as connection:
        connection.send_raw(whole[:cut])


@pytest.mark.parametrize("seed", range(8))
def test_garbage_is_not_answered_for_long(access, seed):
    noise = random.Random(seed).randbytes(4096)
    with wire.connect(access, log_in=False) as connection:
        connection.send_raw(b"\0\0\x0f\xfc" + noise[:4092] if seed % 2 else noise)
        if seed % 2:  # a whole frame of noise; the other half may still look like an unfinished one
            assert connection.closed_by_server()


@pytest.mark.parametrize(
    "greeting",
    [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n"],
    ids=["http", "tls", "ssh"],
)
def test_other_protocols_are_hung_up_on(access, greeting):
    with wire.connect(access, log_in=False) as connection:
        connection.send_raw(greeting + b"\0" * 64)
        assert connection.closed_by_server()


def test_plaintext_on_the_tls_port_is_hung_up_on(access):
    with wire.Connection(access.address(tls=True)) as connection:
        connection.send_raw(wire.frame(wire.API_VERSIONS, 0, b""))
        assert connection.closed_by_server()


@pytest.mark.parametrize("version", [5, 99, 32767])
def test_unknown_api_versions_version_is_answered_in_the_oldest_layout(access, version):
    with wire.connect(access, log_in=False) as connection:
        flexible = b"\0\x04raw\x021\0"  # header tags, then name and version of the client
        answer = connection.request(wire.API_VERSIONS, version, flexible)
        code, count = struct.unpack_from(">hi", answer)
        assert code == UNSUPPORTED_VERSION
        keys = {struct.unpack_from(">h", answer, 6 + 6 * n)[0] for n in range(count)}
        assert wire.API_VERSIONS in keys
        code, count = struct.unpack_from(">hi", connection.request(wire.API_VERSIONS, 0, b""))
        assert code == 0 and count > 10, "the connection goes on"


@pytest.mark.parametrize("key,version", [(999, 0), (-1, 0), (4, 0), (wire.METADATA, 99), (wire.FETCH, 0)])
def test_unknown_key_or_version_ends_the_connection(access, key, version):
    with wire.connect(access) as connection:
        connection.send_raw(wire.frame(key, version, b"\0" * 32))
        assert connection.closed_by_server()


@pytest.mark.parametrize("key", [wire.METADATA, wire.PRODUCE, wire.CREATE_TOPICS])
def test_nothing_is_served_before_login(access, key):
    with wire.connect(access, log_in=False) as connection:
        connection.send_raw(wire.frame(key, 3, b"\xff\xff\xff\xff\0"))
        with pytest.raises(wire.Closed):
            connection.receive()


def test_unsupported_mechanism_is_named(access):
    with wire.connect(access, log_in=False) as connection:
        answer = connection.request(wire.SASL_HANDSHAKE, 1, wire.string("SCRAM-SHA-999"))
        (code,) = struct.unpack_from(">h", answer)
        assert code == UNSUPPORTED_SASL_MECHANISM and b"PLAIN" in answer


@pytest.mark.parametrize("tls", [False, True], ids=["plaintext", "tls"])
def test_wrong_secret_and_unknown_key_get_the_same_answer(access, tls):
    answers = []
    for key, secret in ((access.key, "wrong"), ("NOSUCHKEY0000000", access.secret), ("", "")):
        options = {"tls": (access.ca_path, "localhost")} if tls else {}
        with wire.Connection(access.address(tls), **options) as connection:
            connection.handshake()
            answers.append(connection.authenticate(key, secret))
            assert connection.closed_by_server()
    assert {code for code, _ in answers} == {SASL_AUTHENTICATION_FAILED}
    assert answers[0] == answers[1], "an answer must not tell whether a key exists"


@pytest.mark.parametrize(
    "token", [b"", b"\0", b"\0a", b"no zero", b"\0" * 5000, b"\0\xff\xfe\0\xff", b"a\0b\0c\0d"]
)
def test_malformed_plain_token_is_an_authentication_error(access, token):
    with wire.connect(access, log_in=False) as connection:
        connection.handshake()
        try:
            answer = connection.request(
                wire.SASL_AUTHENTICATE, 0, struct.pack(">i", len(token)) + token
            )
            assert struct.unpack_from(">h", answer)[0] == SASL_AUTHENTICATION_FAILED
        except wire.Closed:
            pass  # hanging up is as clear


def test_clients_name_the_wrong_secret(access):
    wrong = access.with_key(access.key, "wrong")
    seen = []
    producer = Producer(wrong.librdkafka(error_cb=lambda error: seen.append(error.code())))
    deadline = time.monotonic() + 15
    while KafkaError._AUTHENTICATION not in seen and time.monotonic() < deadline:
        producer.poll(0.1)
    assert KafkaError._AUTHENTICATION in seen
    with pytest.raises(Exception, match="(?i)auth|sasl|bootstrap"):
        KafkaProducer(**wrong.kafka_python(bootstrap_timeout_ms=5000)).close()


LIES = {
    "wrong crc": {"crc": 1},
    "magic 0": {"magic": 0},
    "magic 1": {"magic": 1},
    "magic 3": {"magic": 3},
    "length too long": {"length": 100},
    "length too short": {"length": -10},
    "length huge": {"length": 2**30},
    "length negative": {"length": -(2**20)},
    "count too low for its last offset": {"last_offset_delta": 7},
    "last offset negative": {"last_offset_delta": -5},
    "last offset huge": {"last_offset_delta": 2**31 - 1},
    "control batch": {"attributes": 0x20},
    "unknown codec": {"attributes": 7},
}


@pytest.mark.parametrize("lie", LIES)
def test_batch_that_lies_in_its_header_is_refused(access, topic, lie):
    data = wire.batch(wire.record(0, b"v") + wire.record(1, b"w"), 2, **LIES[lie])
    with wire.connect(access) as connection:
        try:
            code, _ = wire.produce(connection, topic, data)
            assert code != 0
            if lie == "wrong crc":
                assert code == CORRUPT_MESSAGE
        except wire.Closed:
            pass
    assert topics.ends(access, topic, 1) == [0], "nothing was appended"


@pytest.mark.parametrize("count", [0, -1, 1, 3, 10_000_000, 2**31 - 1])
def test_record_count_that_lies_appends_nothing(access, topic, count):
    data = wire.batch(wire.record(0, b"v") + wire.record(1, b"w"), count, last_offset_delta=1)
    with wire.connect(access) as connection:
        try:
            code, _ = wire.produce(connection, topic, data)
            assert code != 0
        except wire.Closed:
            pass
    assert topics.ends(access, topic, 1) == [0]


def test_cut_batches_are_refused_at_every_length(access, topic):
    whole = wire.batch(wire.record(0, b"value"), 1)
    for size in range(len(whole)):
        with wire.connect(access) as connection:
            try:
                code, _ = wire.produce(connection, topic, whole[:size])
                assert code != 0 or size == 0, f"{size} bytes of {len(whole)} were accepted"
            except wire.Closed:
                pass
    assert topics.ends(access, topic, 1) == [0]


def test_good_batch_by_hand_is_accepted(access, topic):
    with wire.connect(access) as connection:
        data = wire.batch(wire.record(0, b"v") + wire.record(1, b"w"), 2)
        assert wire.produce(connection, topic, data) == (0, 0)
        assert wire.produce(connection, topic, data) == (0, 2)
    assert [each.value() for each in topics.consume(access, topic, 4)] == [b"v", b"w"] * 2


def test_decompression_bomb_costs_neither_memory_nor_time(server, access, topic):
    bomb = gzip.compress(bytes(700_000_000), 9)  # about 0.7 MB
    before, start = server.process.pss_mib(), time.monotonic()
    with wire.connect(access, timeout=60) as connection:
        try:
            wire.produce(connection, topic, wire.batch(bomb, 1, attributes=1))
        except wire.Closed:
            pass
    assert time.monotonic() - start < 30
    assert server.process.pss_mib() - before < 200


def test_arrays_that_lie_about_their_length_end_the_connection(access, topic):
    bodies = [
        struct.pack(">i", 2**31 - 1),
        struct.pack(">i", 2**24) + wire.string("a"),
        struct.pack(">ih", 1, 32767) + b"short",
        struct.pack(">ih", 1, -2),
        struct.pack(">i", -7),
    ]
    for body in bodies:
        with wire.connect(access) as connection:
            connection.send_raw(wire.frame(wire.METADATA, 1, body))
            try:
                connection.receive()
            except wire.Closed:
                pass


def test_mutated_frames_never_harm_anyone(server, access, topic):
    chance = random.Random(20261122)
    data = wire.batch(wire.record(0, b"v") + wire.record(1, b"w"), 2)
    valid = [
        wire.frame(wire.PRODUCE, 3, wire.produce_body(topic, data)),
        wire.frame(wire.METADATA, 1, wire.array([wire.string(topic)])),
        wire.frame(wire.API_VERSIONS, 3, b"\0\x04raw\x021\0"),
        wire.frame(wire.FETCH, 4, struct.pack(">iiiib", -1, 10, 1, 1000, 0) + wire.array([])),
        wire.frame(wire.JOIN_GROUP, 2, wire.string("g") + struct.pack(">ii", 6000, 6000)),
    ]
    connection = wire.connect(access, timeout=0.3)
    for _ in range(1500):
        mutant = bytearray(chance.choice(valid))
        for _ in range(chance.randint(1, 4)):
            mutant[chance.randrange(4, len(mutant))] = chance.randrange(256)
        try:
            connection.send_raw(bytes(mutant))
            connection.receive()
        except (OSError, TimeoutError):
            connection.close()
            connection = wire.connect(access, timeout=0.3)
    connection.close()


def test_requests_without_reading_answers_hold_no_memory(server, access):
    before = server.process.pss_mib()
    request = wire.frame(wire.API_VERSIONS, 0, b"")
    with wire.connect(access) as connection:
        connection.socket.settimeout(2)
        sent = 0
        try:
            while sent < 200_000:  # some 50 MB of answers, if all were given
                connection.send_raw(request * 1000)
                sent += 1000
        except OSError:
            pass  # the server stopped reading: that is the point
        assert server.process.pss_mib() - before < 100


def test_slow_frames_keep_nobody_waiting(access, topic):
    slow = [wire.connect(access) for _ in range(50)]
    request = wire.frame(wire.METADATA, 1, wire.array([wire.string(topic)]))
    try:
        for at in range(0, 12):
            for connection in slow:
                connection.send_raw(request[at : at + 1])
            start = time.monotonic()
            with wire.connect(access) as other:
                wire.metadata(other, topic)
            assert time.monotonic() - start < 1
    finally:
        for connection in slow:
            connection.close()


def test_ten_thousand_idle_connections_are_bounded_and_harmless(server, access, topic):
    count = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < count + 1000:
        pytest.skip(f"the limit of open files is {hard}")
    before, idle = server.process.pss_mib(), []
    start = time.monotonic()
    try:
        while len(idle) < count:
            try:
                idle.append(wire.connect(access))
            except (OSError, wire.Closed):
                break  # a limit on connections is an answer, too
        grown, seconds = server.process.pss_mib() - before, time.monotonic() - start
        print(f"\nidle connections: {len(idle)} in {seconds:.1f} s, {grown:.0f} MiB more")
        assert len(idle) >= 1000
        assert grown < 400
        late = time.monotonic()
        topics.produce(access, topic, [(b"k", b"v")])
        assert topics.consume(access, topic, 1)
        assert time.monotonic() - late < 5
    finally:
        for connection in idle:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_half_closed_and_reset_connections_are_forgotten(access):
    for _ in range(200):
        connection = wire.connect(access, log_in=False)
        linger = struct.pack("ii", 1, 0)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.send_raw(wire.frame(wire.API_VERSIONS, 0, b"") * 5)
        connection.close()  # a reset, with answers under way


@pytest.mark.weir_only
def test_half_a_request_does_not_hold_up_a_stop(tmp_path):
    with Weir(tmp_path) as weir, wire.connect(weir.access) as connection:
        connection.send_raw(b"\0\0\x10\0half of it")
        start = time.monotonic()
        assert weir.stop() == 0
        assert time.monotonic() - start < 10
