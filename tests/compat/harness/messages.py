"""Well-formed requests of every API and version, from the schemas that kafka-python carries.

`request` fills a message with what its field names ask for; `errors` collects every error code of
an answer, however deep.
"""

import importlib
import pkgutil

import kafka.protocol
from kafka.protocol.api_message import ApiMessage

from . import wire


def _classes() -> dict[tuple[int, str], type]:
    for module in pkgutil.walk_packages(kafka.protocol.__path__, "kafka.protocol."):
        if ".old" not in module.name:
            importlib.import_module(module.name)
    found, pending = {}, [ApiMessage]
    while pending:
        for each in pending.pop().__subclasses__():
            pending.append(each)
            if each._class_version is None and each._json is not None:
                found[each._json["apiKey"], each._json["type"]] = each
    return found


CLASSES = _classes()


def known(key: int, version: int) -> bool:
    """Whether the schemas describe this version."""
    return (key, "request") in CLASSES and version <= CLASSES[key, "request"].max_version


# What a field of this name gets; a name that is missing here keeps its default.
_COMMON = {
    "acks": -1,
    "timeout_ms": 5000,
    "replica_id": -1,
    "max_wait_ms": 10,
    "min_bytes": 1,
    "max_bytes": 1_000_000,
    "session_epoch": -1,
    "partition_max_bytes": 1_000_000,
    "fetch_offset": 0,
    "timestamp": -1,
    "session_timeout_ms": 6000,
    "rebalance_timeout_ms": 6000,
    "protocol_type": "consumer",
    "protocol_name": "range",
    "metadata": b"\0\0\0\0\0\0\0\0\0\0",
    "generation_id_or_member_epoch": -1,
    "committed_offset": 7,
    "committed_metadata": "note",
    "partition_indexes": [0],
    "partitions_of_ints": [0],
    "member_id": "",
    "client_software_name": "compat",
    "client_software_version": "1",
    "mechanism": "PLAIN",
    "transaction_timeout_ms": 60_000,
    "transactional_id": None,
    "resource_type": 2,
    "configuration_keys": None,
    "max_num_offsets": 1,
    "retention_time_ms": -1,
    "endpoint_type": 1,
    "current_leader_epoch": -1,
    "committed_leader_epoch": -1,
    "num_partitions": 1,
    "replication_factor": 1,
    "count": 4,
    "validate_only": False,
    # Any ACL of a principal of its own.
    "resource_type_filter": 1,
    "resource_name_filter": None,
    "pattern_type_filter": 1,
    "resource_pattern_type": 3,
    "principal": "User:versions",
    "principal_filter": "User:versions",
    "host": "*",
    "host_filter": None,
    "operation": 1,
    "permission_type": 1,
}


def request(key: int, version: int, subject: dict) -> bytes:
    """The encoded body of one request about `subject`, whose values go before the common ones."""
    cls = CLASSES[key, "request"]
    values = _COMMON | subject
    made = cls(version=version, **_fill(cls, version, values))
    return made.encode(version=version)


def _fill(cls, version: int, values: dict) -> dict:
    out = {}
    for field in cls._struct._fields:
        if not field.for_version_q(version):
            continue
        if field.is_struct_array():
            out[field.name] = _elements(getattr(cls, field.type_str), field.name, version, values)
        elif field.name in values:
            out[field.name] = values[field.name]
    return out


def _elements(cls, name: str, version: int, values: dict) -> list | None:
    """One element, unless the subject says otherwise (as for replica assignments)."""
    if name in values:
        return values[name]
    return [cls(version=version, **_fill(cls, version, values))]


def flexible(key: int, version: int) -> bool:
    return CLASSES[key, "request"].flexible_version_q(version)


def exchange(connection: wire.Connection, key: int, version: int, body: bytes) -> dict:
    """Sends the request and decodes its answer, which must hold exactly what its schema says."""
    tags = b"\0" if flexible(key, version) else b""
    raw = connection.request(key, version, tags + body)
    if flexible(key, version) and key != wire.API_VERSIONS:
        assert raw[:1] == b"\0", "the answer's header has no tags"
        raw = raw[1:]
    answer = CLASSES[key, "response"].decode(raw, version=version)
    answer._header = None  # decoding without a header leaves it unset, and encoding looks at it
    assert answer.encode(version=version) == raw, "the answer has bytes its schema does not know"
    return answer.to_dict()


def errors(answer) -> set[int]:
    """All error codes inside an answer."""
    if isinstance(answer, dict):
        own = {value for name, value in answer.items() if name == "error_code"}
        return own.union(*(errors(value) for value in answer.values()))
    if isinstance(answer, (list, tuple)):
        return set().union(*(errors(value) for value in answer))
    return set()
