"""Asks a broker that sleeps for an acknowledgement, and hears what it says when it wakes."""

import struct

from . import brokers, wire


class Zombie:
    """A connection to one broker, made while it was well, to a partition that it led then."""

    def __init__(self, weir, broker: int, topic: str):
        self.topic = topic
        led = brokers.leaders(weir, topic)
        self.partition = next(number for number, leader in led.items() if leader == broker)
        there = brokers.metadata(weir).brokers[broker]
        self.connection = wire.Connection((there.host, there.port), timeout=30)
        self.connection.log_in(weir.access.key, weir.access.secret)

    def ask(self) -> None:
        """Sends a record: it waits in the socket until the process runs again."""
        batch = wire.batch(wire.record(0, b"to nobody"), 1)
        body = wire.produce_body(self.topic, batch, partition=self.partition)
        self.connection.send_raw(wire.frame(wire.PRODUCE, 3, body))

    def answer(self) -> int | None:
        """The error code of its answer; none when it went without one."""
        try:
            answer = self.connection.receive()
        except wire.Closed:
            return None
        # Correlation id, one topic with its name, one partition with its number.
        at = 4 + 4 + 2 + len(self.topic.encode()) + 4 + 4
        (code,) = struct.unpack_from(">h", answer, at)
        return code

    def __enter__(self) -> "Zombie":
        return self

    def __exit__(self, *_) -> None:
        self.connection.close()
