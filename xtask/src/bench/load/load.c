/*
 * Load generator of `cargo xtask bench broker`, on librdkafka.
 *
 *   load produce bootstrap=H:P topic=T partitions=16 size=1024 batch=15 seconds=8 rate=0 connections=4
 *   load consume bootstrap=H:P topic=T partitions=16 records=N connections=4
 *   load create | delete | ends | sink ...
 *
 * Prints one JSON object. rate=0 is saturated; otherwise records per second, open loop: a record's
 * latency counts from the moment it was due, so a stalled broker cannot hide (no coordinated omission).
 */
#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

const char *text_argument(const struct arguments *a, const char *name, const char *otherwise)
{
    size_t length = strlen(name);
    for (int i = 0; i < a->count; i++)
        if (!strncmp(a->values[i], name, length) && a->values[i][length] == '=')
            return a->values[i] + length + 1;
    if (!otherwise)
        die("%s=... is missing", name);
    return otherwise;
}

long long number_argument(const struct arguments *a, const char *name, long long otherwise)
{
    const char *text = text_argument(a, name, "");
    return *text ? atoll(text) : otherwise;
}

void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[512];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK)
        die("%s", error);
}

void set_number(rd_kafka_conf_t *conf, const char *name, long long value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", value);
    set(conf, name, text);
}

rd_kafka_conf_t *new_conf(const struct arguments *a)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", text_argument(a, "bootstrap", NULL));
    set(conf, "client.id", "weir-bench");
    /* A failure is told once, by the command that fails; librdkafka would tell it every 50 ms. */
    set(conf, "log_level", "2");
    for (int i = 0; i < a->count; i++) {
        if (strncmp(a->values[i], "x.", 2))
            continue;
        char *property = strdup(a->values[i] + 2);
        char *equals = property ? strchr(property, '=') : NULL;
        if (!equals)
            die("not a property: %s", a->values[i]);
        *equals = 0;
        set(conf, property, equals + 1);
        free(property);
    }
    return conf;
}

int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t cpu_us(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (int64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 + r.ru_utime.tv_usec + r.ru_stime.tv_usec;
}

void sleep_until(int64_t deadline_ns)
{
    struct timespec t = {.tv_sec = deadline_ns / 1000000000, .tv_nsec = deadline_ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

void wait_for_go(void)
{
    char line[16];
    puts("READY");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        exit(1);
}

void histogram_add(struct histogram *h, uint64_t us)
{
    unsigned power = us < STEPS ? 0 : 63 - __builtin_clzll(us) - 6;
    unsigned step = (us >> power) & (STEPS - 1);
    size_t index = (size_t)power * STEPS + step;
    if (index >= POWERS * STEPS)
        index = POWERS * STEPS - 1;
    h->counts[index]++;
    h->total++;
    if (us > h->max_us)
        h->max_us = us;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t index = 0; index < POWERS * STEPS; index++)
        into->counts[index] += from->counts[index];
    into->total += from->total;
    if (from->max_us > into->max_us)
        into->max_us = from->max_us;
}

uint64_t histogram_quantile(const struct histogram *h, double quantile)
{
    uint64_t wanted = (uint64_t)(quantile * (double)h->total), seen = 0;
    for (size_t index = 0; index < POWERS * STEPS; index++) {
        seen += h->counts[index];
        if (seen > wanted)
            return (uint64_t)(index % STEPS) << (index / STEPS);
    }
    return h->max_us;
}

void histogram_print(const char *name, const struct histogram *h)
{
    printf("\"%s\":{\"count\":%llu,\"p50_us\":%llu,\"p90_us\":%llu,\"p99_us\":%llu,\"p999_us\":%llu,\"max_us\":%llu}",
           name, (unsigned long long)h->total, (unsigned long long)histogram_quantile(h, 0.5),
           (unsigned long long)histogram_quantile(h, 0.9), (unsigned long long)histogram_quantile(h, 0.99),
           (unsigned long long)histogram_quantile(h, 0.999), (unsigned long long)h->max_us);
}

int main(int count, char **values)
{
    static const struct {
        const char *name;
        int (*run)(const struct arguments *);
    } commands[] = {{"produce", run_produce}, {"consume", run_consume}, {"create", run_create},
                    {"delete", run_delete},   {"ends", run_ends},       {"sink", run_sink}};
    if (count < 2)
        die("which command?");
    struct arguments a = {.count = count - 2, .values = values + 2};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (!strcmp(values[1], commands[i].name))
            return commands[i].run(&a);
    die("no command %s", values[1]);
}
