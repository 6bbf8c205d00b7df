/* Produce: full batches of a fixed record count, each batch to the next partition, over N connections. */
#include "load.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL (1 << 20)
#define TICK_NS 200000

/* One producer. What its report thread counts is read after that thread has ended. */
struct connection {
    rd_kafka_t *producer;
    rd_kafka_topic_t *topic;
    pthread_t reporter;
    long long acked, errors;
    int64_t last_ack_ns;
    struct histogram record_latency, batch_latency;
};

static struct run {
    int connections, partitions, size, batch;
    struct connection *each;
    char *pool;
    int64_t start_ns;
    atomic_int measuring, stopping;
} run;

/* The opaque of a record: when it was due, and whether it completes its batch. */
static void *opaque(int64_t due_ns, int closes)
{
    return (void *)(intptr_t)(due_ns << 1 | closes);
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque_connection)
{
    struct connection *c = opaque_connection;
    (void)rk;
    if (message->err) {
        if (c->errors++ == 0)
            fprintf(stderr, "load: first failed record: %s\n", rd_kafka_message_errstr(message));
        return;
    }
    if (!atomic_load_explicit(&run.measuring, memory_order_relaxed))
        return;
    intptr_t mark = (intptr_t)message->_private;
    c->acked++;
    c->last_ack_ns = now_ns();
    int64_t late = c->last_ack_ns - run.start_ns - (mark >> 1);
    uint64_t us = late > 0 ? (uint64_t)late / 1000 : 0;
    histogram_add(&c->record_latency, us);
    if (mark & 1)
        histogram_add(&c->batch_latency, us);
}

static void *serve_reports(void *opaque_connection)
{
    struct connection *c = opaque_connection;
    while (!atomic_load(&run.stopping))
        rd_kafka_poll(c->producer, 100);
    return NULL;
}

static void connect_producer(struct connection *c, const struct arguments *a)
{
    char error[512];
    rd_kafka_conf_t *conf = new_conf(a);
    set(conf, "enable.idempotence", text_argument(a, "idempotence", "true"));
    set(conf, "acks", "all");
    set(conf, "compression.codec", "none");
    set_number(conf, "batch.num.messages", run.batch);
    set_number(conf, "batch.size", (long long)run.batch * (run.size + 64) + 1024);
    set_number(conf, "message.max.bytes", 4 << 20);
    set(conf, "linger.ms", text_argument(a, "linger", "1000"));
    set_number(conf, "queue.buffering.max.messages", 10000000);
    set_number(conf, "queue.buffering.max.kbytes", number_argument(a, "queue_kib", 32768));
    rd_kafka_conf_set_opaque(conf, c);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    c->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!c->producer)
        die("%s", error);
    c->topic = rd_kafka_topic_new(c->producer, text_argument(a, "topic", NULL), NULL);
    if (pthread_create(&c->reporter, NULL, serve_reports, c))
        die("no thread for delivery reports");
}

static void send_record(int connection, int partition, long long number, void *mark)
{
    char *payload = run.pool + (number * 61) % POOL;
    if (rd_kafka_produce(run.each[connection].topic, partition, RD_KAFKA_MSG_F_BLOCK, payload, (size_t)run.size, NULL,
                         0, mark) == -1)
        die("produce: %s", rd_kafka_err2str(rd_kafka_last_error()));
}

static void flush_all(int timeout_ms)
{
    for (int i = 0; i < run.connections; i++) {
        rd_kafka_t *producer = run.each[i].producer;
        /* The report thread answers the callbacks; flush only stops the linger and waits. */
        if (rd_kafka_flush(producer, timeout_ms) == RD_KAFKA_RESP_ERR__TIMED_OUT)
            die("%d records of connection %d were not answered in %d ms", rd_kafka_outq_len(producer), i, timeout_ms);
    }
}

/* Connections, producer ids and metadata are made before the clock starts: one record each. */
static long long warm(void)
{
    for (int c = 0; c < run.connections; c++)
        for (int p = 0; p < run.partitions; p++)
            send_record(c, p, 0, NULL);
    flush_all(60000);
    return (long long)run.connections * run.partitions;
}

/* Sends batch by batch until the time is over or enough is sent; a batch is never cut. */
static long long drive(long long rate, int64_t duration_ns, long long most)
{
    long long sent = 0;
    for (long long turn = 0;; turn++) {
        int connection = (int)(turn % run.connections);
        int partition = (int)(turn / run.connections % run.partitions);
        int64_t elapsed = now_ns() - run.start_ns;
        int64_t reached = rate ? (int64_t)((double)sent * 1e9 / (double)rate) : elapsed;
        if (reached >= duration_ns || sent >= most)
            return sent;
        for (int i = 0; i < run.batch; i++, sent++) {
            int64_t due = rate ? (int64_t)((double)sent * 1e9 / (double)rate) : elapsed;
            if (due > elapsed && due > (elapsed = now_ns() - run.start_ns)) {
                elapsed = due - elapsed > TICK_NS ? due : elapsed + TICK_NS;
                sleep_until(run.start_ns + elapsed);
            }
            send_record(connection, partition, sent, opaque(due, i == run.batch - 1));
        }
    }
}

static void fill(char *pool, size_t length)
{
    uint64_t x = 0x9e3779b97f4a7c15ull;
    for (size_t i = 0; i < length; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        pool[i] = (char)x;
    }
}

static void prepare(const struct arguments *a)
{
    run.connections = (int)number_argument(a, "connections", 4);
    run.partitions = (int)number_argument(a, "partitions", 16);
    run.size = (int)number_argument(a, "size", 1024);
    run.batch = (int)number_argument(a, "batch", 15);
    if (run.connections < 1 || run.connections > MAX_CONNECTIONS || run.partitions < 1 || run.batch < 1)
        die("connections, partitions or batch out of range");
    run.pool = malloc(POOL + (size_t)run.size);
    run.each = calloc((size_t)run.connections, sizeof *run.each);
    if (!run.pool || !run.each)
        die("out of memory");
    fill(run.pool, POOL + (size_t)run.size);
    for (int i = 0; i < run.connections; i++)
        connect_producer(&run.each[i], a);
}

static void stop_reporters(struct connection *sum)
{
    atomic_store(&run.stopping, 1);
    for (int i = 0; i < run.connections; i++) {
        struct connection *c = &run.each[i];
        pthread_join(c->reporter, NULL);
        sum->acked += c->acked;
        sum->errors += c->errors;
        if (c->last_ack_ns > sum->last_ack_ns)
            sum->last_ack_ns = c->last_ack_ns;
        histogram_merge(&sum->record_latency, &c->record_latency);
        histogram_merge(&sum->batch_latency, &c->batch_latency);
    }
}

int run_produce(const struct arguments *a)
{
    static struct connection sum;
    long long rate = number_argument(a, "rate", 0);
    int64_t duration_ns = number_argument(a, "seconds", 8) * 1000000000ll;
    long long most = number_argument(a, "most", LLONG_MAX);
    prepare(a);
    long long warmed = warm();
    wait_for_go();

    atomic_store(&run.measuring, 1);
    int64_t cpu_before = cpu_us();
    run.start_ns = now_ns();
    long long sent = drive(rate, duration_ns, most);
    int64_t driven_ns = now_ns() - run.start_ns;
    flush_all(120000);
    int64_t cpu_used = cpu_us() - cpu_before;
    stop_reporters(&sum);

    printf("{\"sent\":%lld,\"warmed\":%lld,\"acked\":%lld,\"errors\":%lld,\"bytes\":%lld,\"seconds\":%.6f,"
           "\"driven_seconds\":%.6f,\"cpu_seconds\":%.6f,",
           sent, warmed, sum.acked, sum.errors, sum.acked * run.size, (double)(sum.last_ack_ns - run.start_ns) / 1e9,
           (double)driven_ns / 1e9, (double)cpu_used / 1e6);
    histogram_print("record_latency", &sum.record_latency);
    putchar(',');
    histogram_print("batch_latency", &sum.batch_latency);
    puts("}");
    fflush(stdout);
    /* Closing the connections one by one would only cost time that nobody measures. */
    _Exit(0);
}
