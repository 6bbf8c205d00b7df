"""An HTTP proxy before the server of a store: it counts requests, and can be told to be slow or ill.

While it is ill every request is answered with 503. Most are not passed on; every third PUT is, and its
answer is thrown away: a server that is overloaded also fails after it has done what it was asked for.
"""

import asyncio
import collections
import contextlib
import json
import pathlib
import re
import sys
import urllib.request

from . import paths
from .process import Process, listening

CONTROL = "/.proxy/"
KIND = re.compile(r"/(wal|seg|pg|meta|epochs|proof|cell\.json|meta-store\.json)(?:[/?]|$)")
SLOW_DOWN = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>ill on purpose</Message></Error>"


class Message:
    """One request or answer, whole."""

    def __init__(self, head: bytes, body: bytes, at_end: bool):
        self.head, self.body, self.at_end = head, body, at_end

    @property
    def first(self) -> list[str]:
        return self.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")

    def raw(self) -> bytes:
        return self.head + self.body


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.strip().lower(): value.strip() for name, _, value in (l.partition(":") for l in lines)}


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A chunked body as it came, sizes included."""
    parts = []
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        parts += [line, await reader.readexactly(size + 2)]
        if size == 0:
            return b"".join(parts)


async def read(reader: asyncio.StreamReader, bodiless: bool = False, request: bool = True) -> Message:
    """The next message; raises when the connection has ended."""
    head = await reader.readuntil(b"\r\n\r\n")
    headers = _headers(head)
    closes = headers.get("connection", "").lower() == "close"
    if bodiless or head.split(b" ", 2)[1] in (b"100", b"204", b"304"):
        return Message(head, b"", closes)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Message(head, await _chunks(reader), closes)
    if "content-length" in headers:
        return Message(head, await reader.readexactly(int(headers["content-length"])), closes)
    return Message(head, b"" if request else await reader.read(), closes or not request)


def kind_of(method: str, target: str) -> str:
    if method == "GET" and "list-type" in target:
        return "LIST"
    found = KIND.search(target)
    return f"{method} {found[1] if found else 'other'}"


class Server:
    """The proxy itself, in a process of its own."""

    def __init__(self, upstream: int):
        self.upstream = upstream
        self.ill = False
        self.delay_s = 0.0
        self.puts_while_ill = 0
        self.requests = collections.Counter()
        self.bytes = collections.Counter()

    async def serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        upstream = None
        ended = (asyncio.IncompleteReadError, ConnectionError)
        with contextlib.suppress(*ended), contextlib.closing(answer):
            while True:
                request = await read(client)
                method, target, *_ = request.first
                if target.startswith(CONTROL):
                    reply = Message(*self._control(target.removeprefix(CONTROL)), False)
                elif self.ill and not self._passes_unheard(method):
                    self._count(method, target, request, "503")
                    reply = Message(*_answer(503, "application/xml", SLOW_DOWN), False)
                else:
                    unheard = self.ill
                    self._count(method, target, request, "unheard" if unheard else "")
                    if upstream is None:
                        upstream = await asyncio.open_connection("127.0.0.1", self.upstream, limit=1 << 20)
                    await asyncio.sleep(self.delay_s)
                    reply = await self._ask(upstream, method, request)
                    if reply.at_end:
                        upstream[1].close()
                        upstream = None
                    if unheard:
                        reply = Message(*_answer(503, "application/xml", SLOW_DOWN), False)
                answer.write(reply.raw())
                await answer.drain()
                if reply.at_end:
                    break
        if upstream:
            upstream[1].close()

    def _passes_unheard(self, method: str) -> bool:
        self.puts_while_ill += method == "PUT"
        return method == "PUT" and self.puts_while_ill % 3 == 0

    async def _ask(self, upstream, method: str, request: Message) -> Message:
        reader, writer = upstream
        writer.write(request.raw())
        await writer.drain()
        while True:
            reply = await read(reader, bodiless=method == "HEAD", request=False)
            status = int(reply.first[1])
            if status >= 200:
                return reply

    def _count(self, method: str, target: str, request: Message, how: str) -> None:
        kind = " ".join(filter(None, [kind_of(method, target), how]))
        self.requests[kind] += 1
        self.bytes[kind] += len(request.body)

    def _control(self, word: str) -> tuple[bytes, bytes]:
        if word in ("ill", "well"):
            self.ill = word == "ill"
        elif word.startswith("slow="):
            self.delay_s = float(word.removeprefix("slow="))
        counts = {"requests": self.requests, "bytes": self.bytes}
        return _answer(200, "application/json", json.dumps(counts).encode())


def _answer(status: int, kind: str, body: bytes) -> tuple[bytes, bytes]:
    head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode(), body


async def run(port: int, upstream: int) -> None:
    proxy = Server(upstream)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port, limit=1 << 20)
    await server.serve_forever()


class Proxy:
    """The proxy as a test sees it."""

    def __init__(self, port: int):
        self.port = port

    def _tell(self, word: str) -> dict:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{CONTROL}{word}", timeout=10) as answer:
            return json.load(answer)

    def be_ill(self) -> None:
        self._tell("ill")

    def be_well(self) -> None:
        self._tell("well")

    def be_slow(self, seconds: float) -> None:
        """Every request takes so much longer."""
        self._tell(f"slow={seconds}")

    def requests(self) -> collections.Counter:
        """How many requests of each kind came so far, as in `PUT wal` and `PUT wal 503`."""
        return collections.Counter(self._tell("counts")["requests"])


@contextlib.contextmanager
def before(upstream: int, folder: pathlib.Path):
    """A proxy before the server on a port of this host."""
    (port,) = paths.free_ports(1)
    command = [sys.executable, "-m", "harness.proxy", str(port), str(upstream)]
    process = Process(command, folder / "proxy.log", cwd=paths.SUITE)
    try:
        process.await_condition(f"port {port}", lambda: listening(port), timeout=30)
        yield Proxy(port)
    finally:
        process.kill()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), int(sys.argv[2])))
