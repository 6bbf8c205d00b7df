/* Topics: create, delete, and the sum of their end offsets. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rd_kafka_t *new_client(const struct arguments *a)
{
    char error[512];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, new_conf(a), error, sizeof error);
    if (!client)
        die("%s", error);
    return client;
}

static void check_topics(rd_kafka_event_t *event, const rd_kafka_topic_result_t **topics, size_t count)
{
    if (rd_kafka_event_error(event))
        die("%s", rd_kafka_event_error_string(event));
    for (size_t i = 0; i < count; i++)
        if (rd_kafka_topic_result_error(topics[i]))
            die("%s: %s", rd_kafka_topic_result_name(topics[i]), rd_kafka_topic_result_error_string(topics[i]));
}

/* `c.NAME=value` are configurations of the topic. */
int run_create(const struct arguments *a)
{
    rd_kafka_t *client = new_client(a);
    char error[512];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(text_argument(a, "topic", NULL),
                                                       (int)number_argument(a, "partitions", 16), 1, error, sizeof error);
    if (!topic)
        die("%s", error);
    for (int i = 0; i < a->count; i++) {
        if (strncmp(a->values[i], "c.", 2))
            continue;
        char *name = strdup(a->values[i] + 2);
        char *equals = name ? strchr(name, '=') : NULL;
        if (!equals)
            die("not a configuration: %s", a->values[i]);
        *equals = 0;
        rd_kafka_NewTopic_set_config(topic, name, equals + 1);
        free(name);
    }
    rd_kafka_queue_t *answers = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &topic, 1, NULL, answers);
    rd_kafka_event_t *event = rd_kafka_queue_poll(answers, 30000);
    if (!event)
        die("no answer to CreateTopics in 30 s");
    size_t count = 0;
    const rd_kafka_topic_result_t **topics =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    check_topics(event, topics, count);
    puts("{}");
    return 0;
}

int run_delete(const struct arguments *a)
{
    rd_kafka_t *client = new_client(a);
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(text_argument(a, "topic", NULL));
    rd_kafka_queue_t *answers = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopics(client, &topic, 1, NULL, answers);
    rd_kafka_event_t *event = rd_kafka_queue_poll(answers, 30000);
    if (!event)
        die("no answer to DeleteTopics in 30 s");
    size_t count = 0;
    const rd_kafka_topic_result_t **topics =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    check_topics(event, topics, count);
    puts("{}");
    return 0;
}

int run_ends(const struct arguments *a)
{
    rd_kafka_t *client = new_client(a);
    const char *topic = text_argument(a, "topic", NULL);
    int partitions = (int)number_argument(a, "partitions", 16);
    long long sum = 0;
    for (int p = 0; p < partitions; p++) {
        int64_t low = 0, high = 0;
        rd_kafka_resp_err_t failed = rd_kafka_query_watermark_offsets(client, topic, p, &low, &high, 30000);
        if (failed)
            die("offsets of %s-%d: %s", topic, p, rd_kafka_err2str(failed));
        sum += high;
    }
    printf("{\"end_offsets\":%lld}\n", sum);
    return 0;
}
