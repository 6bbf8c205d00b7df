"""Kafka's protocol by hand: for frames that no well-behaved client would send.

Only the old, fixed-width versions of a few requests are built here; that is all that hostile
tests need, and it keeps every byte of a frame visible.
"""

import socket
import ssl
import struct

import crc32c

PRODUCE, FETCH, LIST_OFFSETS, METADATA, JOIN_GROUP = 0, 1, 2, 3, 11
SASL_HANDSHAKE, API_VERSIONS, CREATE_TOPICS, SASL_AUTHENTICATE = 17, 18, 19, 36


def string(text: str | None) -> bytes:
    if text is None:
        return struct.pack(">h", -1)
    raw = text.encode()
    return struct.pack(">h", len(raw)) + raw


def array(items: list[bytes]) -> bytes:
    return struct.pack(">i", len(items)) + b"".join(items)


def frame(key: int, version: int, body: bytes, correlation: int = 1) -> bytes:
    """A request with header version 1, which every non-flexible request has."""
    payload = struct.pack(">hhi", key, version, correlation) + string("raw") + body
    return struct.pack(">i", len(payload)) + payload


class Closed(ConnectionError):
    """The server closed the connection instead of answering."""


class Connection:
    """A socket that speaks frames; every wait has a limit."""

    def __init__(self, address: tuple[str, int], timeout: float = 10.0, tls: tuple | None = None):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            ca_path, server_name = tls
            context = ssl.create_default_context(cafile=ca_path)
            self.socket = context.wrap_socket(self.socket, server_hostname=server_name)
        self._correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send_raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> bytes:
        """One answer without its length; its first four bytes are the correlation id."""
        (size,) = struct.unpack(">i", self._exactly(4))
        return self._exactly(size)

    def request(self, key: int, version: int, body: bytes) -> bytes:
        """Sends a request and returns the body of its answer."""
        self._correlation += 1
        self.send_raw(frame(key, version, body, self._correlation))
        answer = self.receive()
        (correlation,) = struct.unpack_from(">i", answer)
        assert correlation == self._correlation, "an answer to another request"
        return answer[4:]

    def closed_by_server(self, timeout: float = 10.0) -> bool:
        """Whether the server ends the connection in time; answers before that are read over."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def _exactly(self, size: int) -> bytes:
        parts, missing = [], size
        while missing:
            try:
                part = self.socket.recv(min(missing, 1 << 20))
            except TimeoutError:
                raise
            except OSError as error:
                raise Closed(str(error)) from error
            if not part:
                raise Closed("end of stream")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def handshake(self, mechanism: str = "PLAIN") -> int:
        """SaslHandshake; returns the error code."""
        (code,) = struct.unpack_from(">h", self.request(SASL_HANDSHAKE, 1, string(mechanism)))
        return code

    def authenticate(self, key: str, secret: str) -> tuple[int, str]:
        """SaslAuthenticate with PLAIN; returns the error code and the message."""
        token = f"\0{key}\0{secret}".encode()
        body = struct.pack(">i", len(token)) + token
        answer = self.request(SASL_AUTHENTICATE, 0, body)
        code, size = struct.unpack_from(">hh", answer)
        return code, answer[4 : 4 + max(size, 0)].decode()

    def show_token(self, message: bytes) -> tuple[int, str, bytes, int]:
        """SaslAuthenticate v1; returns the error code, the message, what the mechanism answers, and the session's life."""
        answer = self.request(SASL_AUTHENTICATE, 1, struct.pack(">i", len(message)) + message)
        code, size = struct.unpack_from(">hh", answer)
        at = 4 + max(size, 0)
        (length,) = struct.unpack_from(">i", answer, at)
        (life_ms,) = struct.unpack_from(">q", answer, at + 4 + length)
        return code, answer[4:at].decode(), answer[at + 4 : at + 4 + length], life_ms

    def log_in(self, key: str, secret: str) -> "Connection":
        assert self.handshake() == 0
        code, message = self.authenticate(key, secret)
        assert code == 0, message
        return self


def connect(access, log_in: bool = True, **options) -> Connection:
    """A plaintext connection, authenticated unless told otherwise."""
    connection = Connection(access.address(), **options)
    return connection.log_in(access.key, access.secret) if log_in else connection


def varint(value: int) -> bytes:
    zigzag = (value << 1) ^ (value >> 63)
    out = bytearray()
    while zigzag >= 0x80:
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


def record(offset_delta: int, value: bytes, key: bytes = b"k") -> bytes:
    body = b"\0" + varint(0) + varint(offset_delta)
    body += varint(len(key)) + key + varint(len(value)) + value + varint(0)
    return varint(len(body)) + body


def batch(records: bytes, count: int, **fields) -> bytes:
    """A version 2 record batch; any header field can be given a lie.

    `crc` is xor-ed onto the right checksum, `length` is added to the right length.
    """
    known = {"attributes": 0, "last_offset_delta": count - 1, "base_timestamp": 1_700_000_000_000}
    known |= {"producer_id": -1, "producer_epoch": -1, "base_sequence": -1, "magic": 2}
    known |= {"base_offset": 0, "max_timestamp": 1_700_000_000_000, "crc": 0, "length": 0}
    unknown = set(fields) - set(known)
    assert not unknown, f"no such field: {unknown}"
    of = known | fields
    checked = struct.pack(">hi", of["attributes"], of["last_offset_delta"])
    checked += struct.pack(">qq", of["base_timestamp"], of["max_timestamp"])
    checked += struct.pack(">qhi", of["producer_id"], of["producer_epoch"], of["base_sequence"])
    checked += struct.pack(">i", count) + records
    crc = crc32c.crc32c(checked) ^ of["crc"]
    tail = struct.pack(">ibI", 0, of["magic"], crc) + checked
    return struct.pack(">qi", of["base_offset"], len(tail) + of["length"]) + tail


def produce_body(topic: str, data: bytes, acks: int = -1, partition: int = 0) -> bytes:
    """The body of Produce v3 for one partition."""
    one = struct.pack(">i", partition) + struct.pack(">i", len(data)) + data
    return string(None) + struct.pack(">hi", acks, 5000) + array([string(topic) + array([one])])


def produce(connection: Connection, topic: str, data: bytes) -> tuple[int, int]:
    """Sends one batch; returns error code and base offset."""
    answer = connection.request(PRODUCE, 3, produce_body(topic, data))
    at = 4 + 2 + len(topic.encode()) + 4 + 4
    return struct.unpack_from(">hq", answer, at)


def metadata(connection: Connection, topic: str) -> bytes:
    return connection.request(METADATA, 1, array([string(topic)]))
