"""Judges what a broker did to a stream of unique records: the checker of every durability test.

A producer numbers its records per partition. The checker is told what was sent, what was
acknowledged at which place, and what readers saw, and returns every contradiction it finds.
A record without an acknowledgement may be there or not; a time-out is unknown, never failed.
"""

import collections
import dataclasses
import typing


class Id(typing.NamedTuple):
    """A unique record: the `number`-th that `producer` sent to its partition."""

    producer: int
    number: int


class Seen(typing.NamedTuple):
    """A record as it was read."""

    partition: int
    offset: int
    id: Id


@dataclasses.dataclass
class History:
    """One run. Places are (partition, offset)."""

    sent: dict[int, set[Id]] = dataclasses.field(default_factory=lambda: collections.defaultdict(set))
    acked: list[Seen] = dataclasses.field(default_factory=list)
    tailed: list[Seen] = dataclasses.field(default_factory=list)
    final: list[Seen] = dataclasses.field(default_factory=list)
    ends: dict[int, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Anomaly:
    """One contradiction; `kind` is stable, `detail` is for the eye."""

    kind: str
    detail: str


def check(history: History) -> list[Anomaly]:
    """All anomalies of a run whose log was read from the start after it became quiet."""
    return [
        *_one_record_per_place(history),
        *_acknowledged_is_there(history),
        *_no_duplicates(history),
        *_nothing_invented(history),
        *_dense(history),
        *_in_order(history),
    ]


def _one_record_per_place(history: History):
    """An acknowledgement, a tail read and the final read never disagree about an offset."""
    at: dict[tuple[int, int], Id] = {}
    for seen in (*history.acked, *history.tailed, *history.final):
        first = at.setdefault((seen.partition, seen.offset), seen.id)
        if first != seen.id:
            yield Anomaly("inconsistent-offset", f"{first} and {seen.id} at {seen[:2]}")


def _acknowledged_is_there(history: History):
    final = {(seen.partition, seen.id): seen.offset for seen in history.final}
    for source, kind in ((history.acked, "lost-acknowledged"), (history.tailed, "lost-read")):
        for seen in source:
            offset = final.get((seen.partition, seen.id))
            if offset is None:
                yield Anomaly(kind, f"{seen.id} was at {seen[:2]}")
            elif offset != seen.offset:
                yield Anomaly("moved", f"{seen.id} from {seen[:2]} to offset {offset}")


def _no_duplicates(history: History):
    places = collections.defaultdict(list)
    for seen in history.final:
        places[seen.partition, seen.id].append(seen.offset)
    for (partition, record), offsets in places.items():
        if len(offsets) > 1:
            yield Anomaly("duplicate", f"{record} in partition {partition} at {sorted(offsets)}")


def _nothing_invented(history: History):
    for seen in history.final:
        if seen.id not in history.sent[seen.partition]:
            yield Anomaly("invented", f"{seen.id} at {seen[:2]} was never sent there")


def _dense(history: History):
    """Without transactions and retention a partition has no holes from 0 to its end."""
    offsets = collections.defaultdict(list)
    for seen in history.final:
        offsets[seen.partition].append(seen.offset)
    for partition, end in history.ends.items():
        found = offsets[partition]
        missing = sorted(set(range(end)) - set(found))
        if missing:
            yield Anomaly("hole", f"partition {partition} lacks {len(missing)} from {missing[0]}")
        if found != sorted(found):
            yield Anomaly("nonmonotonic-poll", f"partition {partition} was read out of order")
        if found and max(found) >= end:
            yield Anomaly("beyond-end", f"partition {partition}: {max(found)} with end {end}")


def _in_order(history: History):
    """What one producer sent to a partition lies there in its order and without gaps.

    Producers are idempotent and never give up on a record, so a later one may only be there when
    all earlier ones are.
    """
    order = collections.defaultdict(list)
    for seen in sorted(history.final, key=lambda seen: seen[:2]):
        order[seen.partition, seen.id.producer].append(seen.id.number)
    for (partition, producer), numbers in order.items():
        for earlier, later in zip([-1, *numbers], numbers):
            if later != earlier + 1:
                kind = "reordered" if later < earlier else "skipped"
                detail = f"producer {producer} in partition {partition}: {later} after {earlier}"
                yield Anomaly(kind, detail)
