/*
 * The null broker: takes every record without looking at it and serves the same records for ever.
 *
 * What a client costs against it is what the client costs; the rest of a run is the broker's. Speaks only
 * what librdkafka needs: ApiVersions, Metadata, InitProducerId, Produce and Fetch, one thread a connection.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD 65536
#define FETCH_BYTES (1 << 20)

static int partitions, port, batch_records, record_size;

struct buffer {
    uint8_t *bytes;
    size_t length, at, room;
};

static void need(struct buffer *b, size_t count)
{
    if (b->length + count <= b->room)
        return;
    b->room = (b->length + count) * 2;
    b->bytes = realloc(b->bytes, b->room);
    if (!b->bytes)
        die("out of memory");
}

static void put(struct buffer *b, int width, int64_t value)
{
    need(b, (size_t)width);
    for (int i = width - 1; i >= 0; i--)
        b->bytes[b->length++] = (uint8_t)(value >> (8 * i));
}

static void put_text(struct buffer *b, const char *text, size_t length)
{
    put(b, 2, (int64_t)length);
    need(b, length);
    memcpy(b->bytes + b->length, text, length);
    b->length += length;
}

static void put_varint(struct buffer *b, int64_t value)
{
    uint64_t zigzag = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    for (; zigzag >= 0x80; zigzag >>= 7)
        put(b, 1, (int64_t)(zigzag | 0x80) & 0xff);
    put(b, 1, (int64_t)zigzag);
}

static int64_t get(struct buffer *b, int width)
{
    int64_t value = 0;
    if (b->at + (size_t)width > b->length)
        die("sink: a request ends early");
    for (int i = 0; i < width; i++)
        value = value << 8 | b->bytes[b->at++];
    int unused = 64 - 8 * width;
    return (int64_t)((uint64_t)value << unused) >> unused;
}

/* A string of the request; a null string is empty. */
static const char *get_text(struct buffer *b, size_t *length)
{
    int64_t size = get(b, 2);
    const char *text = (const char *)b->bytes + b->at;
    *length = size < 0 ? 0 : (size_t)size;
    if (b->at + *length > b->length)
        die("sink: a string ends early");
    b->at += *length;
    return text;
}

static const int16_t served[][3] = {{0, 3, 7}, {1, 4, 4}, {2, 1, 1}, {3, 0, 4}, {18, 0, 3}, {22, 0, 1}};
#define SERVED (sizeof served / sizeof served[0])

static void answer_api_versions(struct buffer *out, int version)
{
    put(out, 2, 0);
    if (version >= 3)
        put(out, 1, SERVED + 1);
    else
        put(out, 4, SERVED);
    for (size_t i = 0; i < SERVED; i++) {
        for (int j = 0; j < 3; j++)
            put(out, 2, served[i][j]);
        if (version >= 3)
            put(out, 1, 0);
    }
    if (version >= 1)
        put(out, 4, 0);
    if (version >= 3)
        put(out, 1, 0);
}

static void answer_metadata(struct buffer *in, struct buffer *out, int version)
{
    int64_t count = get(in, 4);
    if (version >= 3)
        put(out, 4, 0);
    put(out, 4, 1);
    put(out, 4, 1);
    put_text(out, "127.0.0.1", 9);
    put(out, 4, port);
    if (version >= 1)
        put(out, 2, -1);
    if (version >= 2)
        put_text(out, "null", 4);
    if (version >= 1)
        put(out, 4, 1);
    put(out, 4, count < 0 ? 0 : count);
    for (int64_t i = 0; i < count; i++) {
        size_t length;
        const char *name = get_text(in, &length);
        put(out, 2, 0);
        put_text(out, name, length);
        if (version >= 1)
            put(out, 1, 0);
        put(out, 4, partitions);
        for (int p = 0; p < partitions; p++) {
            put(out, 2, 0);
            put(out, 4, p);
            put(out, 4, 1);
            for (int list = 0; list < 2; list++)
                put(out, 4, 1), put(out, 4, 1);
        }
    }
}

/* librdkafka puts one batch into a request; its offsets need not be right. */
static void answer_produce(struct buffer *in, struct buffer *out, int version)
{
    size_t length;
    get_text(in, &length);
    get(in, 2), get(in, 4);
    int64_t topics = get(in, 4);
    const char *name = get_text(in, &length);
    int64_t batches = get(in, 4);
    if (topics != 1 || batches != 1)
        die("sink: %lld topics, %lld batches in one request", (long long)topics, (long long)batches);
    put(out, 4, 1);
    put_text(out, name, length);
    put(out, 4, 1);
    put(out, 4, get(in, 4));
    put(out, 2, 0);
    put(out, 8, 0);
    put(out, 8, -1);
    if (version >= 5)
        put(out, 8, 0);
    put(out, 4, 0);
}

/* One batch with the given first offset, as a broker would have stored it. */
static void put_batch(struct buffer *out, int64_t offset)
{
    put(out, 8, offset);
    size_t length_at = out->length;
    put(out, 4, 0), put(out, 4, 0), put(out, 1, 2), put(out, 4, 0), put(out, 2, 0);
    put(out, 4, batch_records - 1);
    put(out, 8, 1), put(out, 8, 1), put(out, 8, -1), put(out, 2, -1), put(out, 4, -1);
    put(out, 4, batch_records);
    struct buffer scratch = {0};
    for (int i = 0; i < batch_records; i++) {
        scratch.length = 0;
        put(&scratch, 1, 0), put(&scratch, 1, 0);
        put_varint(&scratch, i), put_varint(&scratch, -1), put_varint(&scratch, record_size);
        need(&scratch, (size_t)record_size);
        memset(scratch.bytes + scratch.length, 'x', (size_t)record_size);
        scratch.length += (size_t)record_size;
        put_varint(&scratch, 0);
        put_varint(out, (int64_t)scratch.length);
        need(out, scratch.length);
        memcpy(out->bytes + out->length, scratch.bytes, scratch.length);
        out->length += scratch.length;
    }
    free(scratch.bytes);
    int64_t length = (int64_t)(out->length - length_at - 4);
    for (int i = 0; i < 4; i++)
        out->bytes[length_at + (size_t)i] = (uint8_t)(length >> (24 - 8 * i));
}

/* About 1 MiB of batches from `offset` on: one made once, copied, only its first offset differs. */
static void put_batches(struct buffer *out, int64_t offset)
{
    static __thread struct buffer one;
    if (!one.length)
        put_batch(&one, 0);
    size_t count = FETCH_BYTES / one.length > 0 ? FETCH_BYTES / one.length : 1;
    put(out, 4, (int64_t)(count * one.length));
    need(out, count * one.length);
    for (size_t i = 0; i < count; i++) {
        put(out, 8, offset + (int64_t)i * batch_records);
        memcpy(out->bytes + out->length, one.bytes + 8, one.length - 8);
        out->length += one.length - 8;
    }
}

static void answer_fetch(struct buffer *in, struct buffer *out)
{
    in->at += 17;
    put(out, 4, 0);
    int64_t topics = get(in, 4);
    put(out, 4, topics);
    for (int64_t t = 0; t < topics; t++) {
        size_t length;
        const char *name = get_text(in, &length);
        put_text(out, name, length);
        int64_t count = get(in, 4);
        put(out, 4, count);
        for (int64_t p = 0; p < count; p++) {
            put(out, 4, get(in, 4));
            put(out, 2, 0);
            put(out, 8, INT32_MAX), put(out, 8, INT32_MAX);
            put(out, 4, -1);
            put_batches(out, get(in, 8));
            get(in, 4);
        }
    }
}

static void answer(struct buffer *in, struct buffer *out)
{
    size_t length;
    int key = (int)get(in, 2), version = (int)get(in, 2);
    out->length = 0;
    put(out, 4, 0);
    put(out, 4, get(in, 4));
    get_text(in, &length);
    switch (key) {
    case 0: answer_produce(in, out, version); break;
    case 1: answer_fetch(in, out); break;
    case 3: answer_metadata(in, out, version); break;
    case 18: answer_api_versions(out, version); break;
    case 22: put(out, 4, 0), put(out, 2, 0), put(out, 8, 1), put(out, 2, 0); break;
    default: die("sink: request %d is not served", key);
    }
    size_t body = out->length - 4;
    for (int i = 0; i < 4; i++)
        out->bytes[i] = (uint8_t)(body >> (24 - 8 * i));
}

static int receive(int socket, void *bytes, size_t length, int flags)
{
    for (size_t done = 0; done < length;) {
        ssize_t got = recv(socket, bytes ? (uint8_t *)bytes + done : NULL, length - done, flags);
        if (got <= 0)
            return 0;
        done += (size_t)got;
    }
    return 1;
}

static void *serve(void *argument)
{
    int socket = (int)(intptr_t)argument, on = 1;
    struct buffer in = {.bytes = malloc(HEAD), .room = HEAD}, out = {0};
    uint8_t prefix[4];
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (in.bytes && receive(socket, prefix, 4, 0)) {
        size_t length = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 | (size_t)prefix[2] << 8 | prefix[3];
        /* The first 512 bytes hold all that is answered; of a TCP stream, MSG_TRUNC drops the rest uncopied. */
        in.length = length < 512 ? length : 512;
        in.at = 0;
        if (!receive(socket, in.bytes, in.length, MSG_WAITALL))
            break;
        if (length > in.length && in.bytes[1] == 0 && !receive(socket, NULL, length - in.length, MSG_TRUNC))
            break;
        if (length > in.length && in.bytes[1] != 0) {
            if (length > HEAD || !receive(socket, in.bytes + in.length, length - in.length, MSG_WAITALL))
                break;
            in.length = length;
        }
        answer(&in, &out);
        for (size_t sent = 0; sent < out.length;) {
            ssize_t wrote = send(socket, out.bytes + sent, out.length - sent, MSG_NOSIGNAL);
            if (wrote <= 0)
                goto closed;
            sent += (size_t)wrote;
        }
    }
closed:
    free(in.bytes);
    free(out.bytes);
    close(socket);
    return NULL;
}

int run_sink(const struct arguments *a)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    partitions = (int)number_argument(a, "partitions", 16);
    batch_records = (int)number_argument(a, "batch", 15);
    record_size = (int)number_argument(a, "size", 1024);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        die("sink: %s", strerror(errno));
    port = ntohs(address.sin_port);
    printf("{\"port\":%d}\n", port);
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        pthread_t thread;
        if (connection < 0)
            die("sink: accept: %s", strerror(errno));
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection))
            die("sink: no thread");
        pthread_detach(thread);
    }
}
