"""Records that are written over REST, as a Kafka client reads them."""

import base64
import http.client
import json
import urllib.parse

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME

from harness import rest as weir_rest
from harness import topics
from harness.rest import Rest

pytestmark = pytest.mark.weir_only

PARTITIONS, RECORDS = 4, 2000


@pytest.fixture(scope="module")
def tenant(server):
    return weir_rest.tenant(server, Rest(server))


class Writer:
    """A stranger's script with the key of a cluster."""

    def __init__(self, server, tenant):
        self.rest = Rest(server, auth=(tenant.access.key, tenant.access.secret))
        self.endpoint = urllib.parse.urlparse(server.endpoint)
        basic = base64.b64encode(f"{tenant.access.key}:{tenant.access.secret}".encode()).decode()
        self.headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        self.base = f"/kafka/v3/clusters/{tenant.cluster}/topics"

    def post(self, topic: str, *records: dict):
        body = "".join(json.dumps(record) for record in records)
        headers = {"Content-Type": "application/json"}
        return self.rest.call("POST", f"{self.base}/{topic}/records", data=body, headers=headers)

    def reports(self, topic: str, *records: dict) -> list[dict]:
        answer = self.post(topic, *records)
        assert answer.status_code == 200, answer.text
        return documents(answer.text)


def documents(text: str) -> list[dict]:
    found, decoder = [], json.JSONDecoder()
    text = text.strip()
    while text:
        one, end = decoder.raw_decode(text)
        found.append(one)
        text = text[end:].lstrip()
    return found


def text_of(value: str) -> dict:
    return {"type": "STRING", "data": value}


@pytest.fixture(scope="module")
def writer(server, tenant):
    return Writer(server, tenant)


def test_every_type_with_headers_and_a_time_is_read_as_it_was_asked(tenant, writer):
    topic = topics.create(tenant.access, "typed", partitions=2)
    (report,) = writer.reports(
        topic,
        {
            "partition_id": 1,
            "timestamp": "2026-02-05T19:14:42.250Z",
            "headers": [{"name": "h", "value": "MQ=="}, {"name": "h", "value": "Mg=="}, {"name": "n"}],
            "key": {"type": "BINARY", "data": base64.b64encode(b"\0\xff").decode()},
            "value": {"type": "JSON", "data": {"z": 1, "a": [None]}},
        },
    )
    assert (report["error_code"], report["partition_id"], report["offset"]) == (200, 1, 0)
    assert report["key"] == {"type": "BINARY", "size": 2}
    (message,) = topics.consume(tenant.access, topic, 1)
    assert (message.partition(), message.offset(), message.key()) == (1, 0, b"\0\xff")
    assert json.loads(message.value()) == {"z": 1, "a": [None]}
    assert message.headers() == [("h", b"1"), ("h", b"2"), ("n", None)]
    assert message.timestamp() == (TIMESTAMP_CREATE_TIME, 1770318882250)

    nulls = topics.create(tenant.access, "nulls")
    reports = writer.reports(nulls, {}, {"value": text_of("é\n")}, {"key": {"data": None}, "value": {"data": None}})
    assert [one["offset"] for one in reports] == [0, 1, 2]
    found = topics.consume(tenant.access, nulls, 3)
    assert [(one.key(), one.value()) for one in found] == [(None, None), (None, "é\n".encode()), (None, None)]


def test_keys_go_where_kafka_clients_send_them(tenant, writer):
    topic = topics.create(tenant.access, "keyed", partitions=PARTITIONS)
    keys = [f"key-{number}" for number in range(40)]
    reports = writer.reports(topic, *({"key": text_of(key), "value": text_of("rest")} for key in keys))
    settings = {"partitioner": "murmur2_random"}
    sent = topics.produce(tenant.access, topic, [(key.encode(), b"kafka") for key in keys], **settings)
    by_kafka = {message.key().decode(): message.partition() for message in sent}
    assert {key: report["partition_id"] for key, report in zip(keys, reports)} == by_kafka
    assert len(set(by_kafka.values())) == PARTITIONS


def test_many_records_in_one_body_keep_their_order(tenant, writer):
    topic = topics.create(tenant.access, "many", partitions=PARTITIONS)
    records = [{"key": text_of(f"k{n % 10}"), "value": text_of(str(n))} for n in range(RECORDS)]
    reports = writer.reports(topic, *records)
    assert {one["error_code"] for one in reports} == {200}
    found = topics.consume(tenant.access, topic, RECORDS)
    places = {(one.partition(), one.offset()): one.value().decode() for one in found}
    assert [places[one["partition_id"], one["offset"]] for one in reports] == [str(n) for n in range(RECORDS)]
    for key in {one.key() for one in found}:
        numbers = [int(one.value()) for one in found if one.key() == key]
        assert numbers == sorted(numbers)


def test_stream_is_answered_while_it_is_open(tenant, writer):
    topic = topics.create(tenant.access, "stream")
    connection = http.client.HTTPConnection(writer.endpoint.hostname, writer.endpoint.port, timeout=30)
    connection.putrequest("POST", f"{writer.base}/{topic}/records")
    for name, value in (writer.headers | {"Transfer-Encoding": "chunked"}).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 200
    for number in range(5):
        chunk = json.dumps({"value": text_of(str(number))}).encode()
        connection.sock.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        report = json.loads(answer.readline())
        assert (report["error_code"], report["offset"]) == (200, number)
        assert topics.ends(tenant.access, topic, 1) == [number + 1]
    connection.sock.sendall(b"0\r\n\r\n")
    assert answer.read() == b""
    connection.close()


def test_one_bad_record_costs_the_others_nothing(tenant, writer):
    topic = topics.create(tenant.access, "mixed", config={"max.message.bytes": "100000"})
    reports = writer.reports(
        topic,
        {"value": text_of("first")},
        {"value": text_of("x" * 200_000)},
        {"value": {"type": "BINARY", "data": "%"}},
        {"partition_id": 7, "value": text_of("nowhere")},
        {"value": {"type": "AVRO", "data": {}}},
        {"value": text_of("last")},
    )
    assert [one["error_code"] for one in reports] == [200, 413, 400, 40403, 422, 200]
    assert [one.value() for one in topics.consume(tenant.access, topic, 2)] == [b"first", b"last"]


def test_what_is_no_record_is_refused_as_a_request(tenant, writer):
    topic = topics.create(tenant.access, "refused")
    path = f"{writer.base}/{topic}/records"
    for body, kind, status in [("", "application/json", 422), ("[]", "application/json", 400), ("{}", "text/plain", 415)]:
        answer = writer.rest.call("POST", path, data=body, headers={"Content-Type": kind})
        assert answer.status_code == answer.json()["error_code"] == status, answer.text
    answer = writer.post(topics.unique("not-there"), {})
    assert (answer.status_code, answer.json()["error_code"]) == (404, 40403)
    assert topics.ends(tenant.access, topic, 1) == [0]


def test_only_who_may_write_to_the_topic_writes(server, tenant, writer):
    topic = topics.create(tenant.access, "guarded")
    cloud = Rest(server)
    account = cloud.service_account()
    key, secret = cloud.api_key(account, tenant.cluster)
    stranger = Rest(server, auth=(key, secret))
    path = f"{writer.base}/{topic}/records"
    answer = stranger.call("POST", path, json={"value": text_of("v")})
    assert (answer.status_code, answer.json()["error_code"]) == (403, 40301)
    acl = {
        "resource_type": "TOPIC",
        "resource_name": topic,
        "pattern_type": "LITERAL",
        "principal": f"User:{account}",
        "operation": "WRITE",
        "permission": "ALLOW",
    }
    writer.rest.ok("POST", writer.base.replace("/topics", "/acls"), json=acl)
    assert stranger.ok("POST", path, json={"value": text_of("v")})["error_code"] == 200
    cloud.delete_key(key)
    assert stranger.call("POST", path, json={"value": text_of("v")}).status_code == 401
    assert topics.ends(tenant.access, topic, 1) == [1]
