"""Waiting for a condition, with a limit; there is no sleep of a fixed length in any test."""

import time

from confluent_kafka import KafkaError, KafkaException

# A broker that has just started says these for a moment.
_NOT_YET = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
}


def eventually(what: str, condition, timeout: float = 45.0):
    """Polls until `condition` returns something true, and returns it."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout:.0f} s: {what}"
        time.sleep(0.05)


def retried(action, timeout: float = 30.0):
    """Repeats a call while the broker answers that it is not ready for it yet."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return action()
        except KafkaException as error:
            if error.args[0].code() not in _NOT_YET or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
