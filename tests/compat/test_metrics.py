"""Metrics: what real clients do is in the answers soon after, and a parser of Prometheus reads the export."""

import time

import pytest
from confluent_kafka import Consumer
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from harness import rest as weir_rest
from harness import topics
from harness.rest import Rest
from harness.wait import eventually

pytestmark = pytest.mark.weir_only

FRESH_MAX_S = 10
RECORDS, VALUE_BYTES = 500, 1000
SERVER = "io.confluent.kafka.server/"
EXPORTED = "confluent_kafka_server_"


@pytest.fixture(scope="module")
def tenant(server):
    return weir_rest.tenant(server, Rest(server))


def asked(tenant, metric: str, **more) -> dict:
    named = {"op": "EQ", "field": "resource.kafka.id", "value": tenant.cluster}
    return {
        "aggregations": [{"metric": SERVER + metric}],
        "filter": named,
        "granularity": "ALL",
        "intervals": ["PT1H/now"],
        **more,
    }


def by_topic(server, tenant, metric: str) -> dict[str, float]:
    body = asked(tenant, metric, group_by=["metric.topic"])
    found = Rest(server).ok("POST", "/v2/metrics/cloud/query", json=body)
    return {point["metric.topic"]: point["value"] for point in found["data"]}


def test_what_clients_send_and_get_is_seen_within_seconds(server, tenant):
    topic = topics.create(tenant.access, "metered", partitions=3)
    topics.produce(tenant.access, topic, [(None, bytes(VALUE_BYTES)) for _ in range(RECORDS)])
    began = time.monotonic()
    eventually(
        "every record in the metrics",
        lambda: by_topic(server, tenant, "received_records").get(topic) == RECORDS,
        timeout=FRESH_MAX_S,
    )
    assert time.monotonic() - began < FRESH_MAX_S
    received = by_topic(server, tenant, "received_bytes")[topic]
    assert RECORDS * VALUE_BYTES < received < 1.2 * RECORDS * VALUE_BYTES

    consumer = Consumer(tenant.access.consumer(topics.unique("metered")))
    consumer.subscribe([topic])
    topics.take(consumer, RECORDS)
    eventually(
        "every record that was read in the metrics",
        lambda: by_topic(server, tenant, "sent_records").get(topic, 0) >= RECORDS,
        timeout=FRESH_MAX_S,
    )
    assert by_topic(server, tenant, "sent_bytes")[topic] >= received
    assert by_topic(server, tenant, "retained_bytes")[topic] >= received
    body = asked(tenant, "request_count", group_by=["metric.type"], granularity="PT1M")
    kinds = {p["metric.type"] for p in Rest(server).ok("POST", "/v2/metrics/cloud/query", json=body)["data"]}
    assert {"Produce", "Fetch", "Metadata", "JoinGroup"} <= kinds
    now = asked(tenant, "active_connection_count", granularity="PT1M", intervals=["now-1m/now+1m"])
    (point, *_) = Rest(server).ok("POST", "/v2/metrics/cloud/query", json=now)["data"]
    assert point["value"] >= 1
    consumer.close()


def test_parsers_of_prometheus_read_the_export(server, tenant):
    topic = topics.create(tenant.access, "exported", partitions=1)
    rest, path = Rest(server), f"/v2/metrics/cloud/export?resource.kafka.id={tenant.cluster}"
    topics.produce(tenant.access, topic, [(None, b"v") for _ in range(7)])

    def scraped(parse, accept: str) -> dict[str, float]:
        text = rest.call("GET", path, headers={"Accept": accept}).text
        found = {}
        for family in parse(text):
            assert family.type == "gauge", family
            for sample in family.samples:
                assert sample.labels["kafka_id"] == tenant.cluster
                if sample.labels.get("topic") == topic:
                    found[sample.name] = sample.value
        return found

    # The last whole minute: what was just sent is in it once the minute is over.
    eventually(
        "the minute of the records in the export",
        lambda: scraped(open_metrics, "application/openmetrics-text").get(EXPORTED + "received_records") == 7,
        timeout=60 + FRESH_MAX_S,
    )
    assert scraped(prometheus, "text/plain")[EXPORTED + "received_records"] == 7
