"""Shapes of records: nulls, headers, timestamps, sizes; and what a broker must refuse."""

import time

import pytest
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    OFFSET_END,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

from harness import java, topics


def test_null_and_empty_keys_and_values_differ(access):
    topic = topics.create(access, "nulls")
    sent = [(None, b"v"), (b"", b"v"), (b"k", None), (b"k", b""), (None, None)]
    topics.produce(access, topic, sent)
    found = topics.consume(access, topic, len(sent))
    assert [(message.key(), message.value()) for message in found] == sent


def test_headers_keep_order_duplicates_and_nulls(access):
    topic = topics.create(access, "headers")
    headers = [("a", b"1"), ("a", b"2"), ("empty", b""), ("null", None), ("ü", b"\x00\xff")]
    topics.produce(access, topic, [{"key": b"k", "value": b"v", "headers": headers}])
    (message,) = topics.consume(access, topic, 1)
    assert message.headers() == headers


def test_producer_timestamps_are_kept_and_found(access):
    topic = topics.create(access, "times")
    base = int(time.time() * 1000) - 60_000
    sent = [{"value": b"%d" % n, "timestamp": base + n * 1000} for n in range(20)]
    for record in sent:  # a batch each, so that a look-up by time has somewhere to land
        topics.produce(access, topic, [record])
    found = topics.consume(access, topic, len(sent))
    assert [message.timestamp()[1] for message in found] == [each["timestamp"] for each in sent]
    consumer = Consumer(access.consumer("unused"))
    try:
        wanted = [TopicPartition(topic, 0, base + n * 1000) for n in (0, 7, 19)]
        assert [consumer.offsets_for_times([each])[0].offset for each in wanted] == [0, 7, 19]
        late = consumer.offsets_for_times([TopicPartition(topic, 0, base + 10**9)])
        assert late[0].offset == OFFSET_END
        assert consumer.offsets_for_times([TopicPartition(topic, 0, base + 6500)])[0].offset == 7
    finally:
        consumer.close()


def test_log_append_time_is_the_brokers(access):
    topic = topics.create(access, "append-time", config={"message.timestamp.type": "LogAppendTime"})
    before = int(time.time() * 1000) - 1000
    topics.produce(access, topic, [{"value": b"v", "timestamp": 12345}])
    (message,) = topics.consume(access, topic, 1)
    assert message.timestamp()[1] >= before


def test_records_arrive_over_tls_in_both_directions(access):
    topic = topics.create(access, "tls")
    topics.produce(access, topic, [(b"k", b"over tls")], tls=True)
    (message,) = topics.consume(access, topic, 1, tls=True)
    assert message.value() == b"over tls"


def test_value_just_below_the_limit_passes(access):
    topic = topics.create(access, "large")
    value = bytes(1_048_000)  # the batch around it stays below the default 1,048,588
    topics.produce(access, topic, [(None, value)], **{"message.max.bytes": 10_000_000})
    (message,) = topics.consume(access, topic, 1)
    assert message.value() == value


def test_value_above_the_limit_is_refused_with_its_own_error(access):
    topic = topics.create(access, "too-large")
    with pytest.raises(RuntimeError, match="(?i)message size too large"):
        topics.produce(access, topic, [(None, bytes(3_000_000))], **{"message.max.bytes": 10_000_000})
    assert topics.ends(access, topic, 1) == [0]
    topics.produce(access, topic, [(None, b"small ones still pass")])


def test_topic_limit_can_be_raised(access):
    topic = topics.create(access, "raised", config={"max.message.bytes": "6000000"})
    value = bytes(range(256)) * 20_000
    topics.produce(access, topic, [(None, value)], **{"message.max.bytes": 10_000_000})
    consumer = Consumer(access.consumer("unused", **{"fetch.message.max.bytes": 1_000_000}))
    consumer.assign([TopicPartition(topic, 0, 0)])
    (message,) = topics.take(consumer, 1)
    consumer.close()
    assert message.value() == value


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_every_acknowledgement_level_stores(access, acks):
    topic = topics.create(access, f"acks-{acks}")
    settings = {"acks": acks, "enable.idempotence": False}
    topics.produce(access, topic, [(None, b"%d" % n) for n in range(50)], **settings)
    assert len(topics.consume(access, topic, 50)) == 50


def test_producing_to_an_unknown_topic_fails_when_the_client_forbids_creation(access):
    with pytest.raises(RuntimeError, match="UNKNOWN_TOPIC"):
        topics.produce(access, topics.unique("forbidden"), [(b"k", b"v")])


def test_consumer_names_the_unknown_topic(access):
    consumer = Consumer(access.consumer("unused", **{"allow.auto.create.topics": False}))
    name = topics.unique("absent")
    consumer.subscribe([name])
    try:
        message = consumer.poll(15)
        assert message is not None and message.error() is not None
        assert message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART
    finally:
        consumer.close()


def test_producing_to_an_unknown_topic_creates_it(access):
    name = topics.unique("created-by-use")
    topics.produce(access, name, [(b"k", b"v")], **{"allow.auto.create.topics": True})
    assert topics.consume(access, name, 1)[0].value() == b"v"


def test_offset_out_of_range_follows_the_reset_policy(access):
    topic = topics.create(access, "range")
    topics.produce(access, topic, [(None, b"%d" % n) for n in range(10)])
    consumer = Consumer(access.consumer("unused", **{"auto.offset.reset": "earliest"}))
    consumer.assign([TopicPartition(topic, 0, 5000)])
    found = topics.take(consumer, 10)
    consumer.close()
    assert [message.offset() for message in found] == list(range(10))


@pytest.mark.weir_only
def test_compaction_is_refused_with_the_reason(access):
    admin = AdminClient(access.librdkafka())
    wanted = NewTopic(topics.unique("compact"), 1, 1, config={"cleanup.policy": "compact"})
    with pytest.raises(KafkaException) as refused:
        admin.create_topics([wanted])[wanted.topic].result(15)
    assert refused.value.args[0].code() == KafkaError.INVALID_CONFIG
    assert "compact" in refused.value.args[0].str()


@pytest.mark.weir_only
def test_transactions_fail_soon_and_clearly_in_librdkafka(access):
    settings = {"transactional.id": topics.unique("txn"), "transaction.timeout.ms": 10_000}
    producer = Producer(access.librdkafka(**settings))
    start = time.monotonic()
    with pytest.raises(KafkaException) as refused:
        producer.init_transactions(20)
    assert time.monotonic() - start < 15, refused.value
    assert not refused.value.args[0].retriable(), refused.value


@pytest.mark.weir_only
def test_transactions_fail_soon_and_clearly_in_java(access, tmp_path):
    facts = dict(
        (name, rest) for name, *rest in java.run(tmp_path, access, "transactional", topics.unique("t"))
    )
    assert facts["init"][0] not in ("ok", "TimeoutException"), facts
    assert int(facts["elapsed-ms"][0]) < 15_000, facts
