/* Shared parts of the load generator of `cargo xtask bench broker`. */
#ifndef WEIR_BENCH_LOAD_H
#define WEIR_BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "rdkafka.h"

#define MAX_CONNECTIONS 64
#define MAX_PARTITIONS 4096

/* Every argument is `name=value`; `x.NAME=value` is handed to librdkafka as it is. */
struct arguments {
    int count;
    char **values;
};

const char *text_argument(const struct arguments *a, const char *name, const char *otherwise);
long long number_argument(const struct arguments *a, const char *name, long long otherwise);
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Configuration with bootstrap and the `x.` properties applied. */
rd_kafka_conf_t *new_conf(const struct arguments *a);
void set(rd_kafka_conf_t *conf, const char *name, const char *value);
void set_number(rd_kafka_conf_t *conf, const char *name, long long value);

/* Nanoseconds of the monotonic clock; microseconds of CPU (user + system) this process has used. */
int64_t now_ns(void);
int64_t cpu_us(void);
void sleep_until(int64_t deadline_ns);

/* Says READY and waits for a line: the measuring side reads its counters in between. */
void wait_for_go(void);

/* Log-linear histogram of microseconds: 128 steps per power of two, so below 0.8 % off. */
#define STEPS 128
#define POWERS 40
struct histogram {
    uint64_t counts[POWERS * STEPS];
    uint64_t total;
    uint64_t max_us;
};
void histogram_add(struct histogram *h, uint64_t us);
void histogram_merge(struct histogram *into, const struct histogram *from);
uint64_t histogram_quantile(const struct histogram *h, double quantile);
void histogram_print(const char *name, const struct histogram *h);

int run_produce(const struct arguments *a);
int run_consume(const struct arguments *a);
int run_create(const struct arguments *a);
int run_delete(const struct arguments *a);
int run_ends(const struct arguments *a);
int run_sink(const struct arguments *a);

#endif
