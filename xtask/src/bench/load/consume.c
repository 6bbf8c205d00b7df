/* Consume: every partition from its start, until the expected number of records has arrived. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#define AT_ONCE 4096
#define SILENCE_NS 30000000000ll

static rd_kafka_t *consumers[MAX_CONNECTIONS];
static rd_kafka_topic_t *topics[MAX_CONNECTIONS];
static int64_t next_offset[MAX_PARTITIONS];

static rd_kafka_queue_t *connect_consumers(const struct arguments *a, int connections)
{
    char error[512];
    rd_kafka_queue_t *arrivals = NULL;
    for (int i = 0; i < connections; i++) {
        rd_kafka_conf_t *conf = new_conf(a);
        set(conf, "fetch.message.max.bytes", text_argument(a, "fetch_bytes", "1048576"));
        set(conf, "queued.min.messages", "1000000");
        set(conf, "queued.max.messages.kbytes", "65536");
        set(conf, "fetch.queue.backoff.ms", "5");
        set(conf, "check.crcs", "false");
        consumers[i] = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
        if (!consumers[i])
            die("%s", error);
        if (!arrivals)
            arrivals = rd_kafka_queue_new(consumers[0]);
        rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
        rd_kafka_topic_conf_set(topic_conf, "auto.commit.enable", "false", error, sizeof error);
        topics[i] = rd_kafka_topic_new(consumers[i], text_argument(a, "topic", NULL), topic_conf);
    }
    return arrivals;
}

/* Counts what arrived; a gap or a repeat in a partition is an error. */
static void account(rd_kafka_message_t *message, long long *records, long long *bytes, long long *errors)
{
    if (message->err) {
        if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF && (*errors)++ == 0)
            fprintf(stderr, "load: first failed fetch: %s\n", rd_kafka_message_errstr(message));
    } else {
        if (message->offset != next_offset[message->partition] && (*errors)++ == 0)
            fprintf(stderr, "load: partition %d jumped from %lld to %lld\n", message->partition,
                    (long long)next_offset[message->partition], (long long)message->offset);
        next_offset[message->partition] = message->offset + 1;
        (*records)++;
        *bytes += (long long)message->len;
    }
    rd_kafka_message_destroy(message);
}

int run_consume(const struct arguments *a)
{
    int connections = (int)number_argument(a, "connections", 4);
    int partitions = (int)number_argument(a, "partitions", 16);
    long long wanted = number_argument(a, "records", 1);
    if (connections < 1 || connections > MAX_CONNECTIONS || partitions < 1 || partitions > MAX_PARTITIONS)
        die("connections or partitions out of range");
    rd_kafka_queue_t *arrivals = connect_consumers(a, connections);
    for (int i = 0; i < connections; i++) {
        const struct rd_kafka_metadata *metadata;
        rd_kafka_resp_err_t failed = rd_kafka_metadata(consumers[i], 0, topics[i], &metadata, 30000);
        if (failed)
            die("metadata: %s", rd_kafka_err2str(failed));
        rd_kafka_metadata_destroy(metadata);
    }
    wait_for_go();

    long long records = 0, bytes = 0, errors = 0;
    int64_t cpu_before = cpu_us(), start = now_ns(), last = start;
    for (int p = 0; p < partitions; p++)
        if (rd_kafka_consume_start_queue(topics[p % connections], p, 0, arrivals) == -1)
            die("consume: %s", rd_kafka_err2str(rd_kafka_last_error()));
    static rd_kafka_message_t *batch[AT_ONCE];
    while (records < wanted) {
        ssize_t count = rd_kafka_consume_batch_queue(arrivals, 50, batch, AT_ONCE);
        int64_t now = now_ns();
        for (ssize_t i = 0; i < count; i++)
            account(batch[i], &records, &bytes, &errors);
        if (count > 0)
            last = now;
        else if (now - last > SILENCE_NS)
            die("%lld of %lld records arrived, then nothing for 30 s", records, wanted);
    }
    double seconds = (double)(now_ns() - start) / 1e9;
    printf("{\"records\":%lld,\"bytes\":%lld,\"errors\":%lld,\"seconds\":%.6f,\"cpu_seconds\":%.6f}\n", records, bytes,
           errors, seconds, (cpu_us() - cpu_before) / 1e6);
    fflush(stdout);
    /* Stopping politely would fetch on in the background; the process ends instead. */
    _Exit(0);
}
