/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_latency BROKERS IN OUT RATE WARM-UP SECONDS PRODUCTS: how long a gateway takes, as its neighbours see it. Makes
 * a batch that never runs out for each product, then produces RATE orders a second, evenly, to the topic IN; their
 * events are consumed from OUT and matched by order id. An order's time runs from just before it is produced until its
 * event is in the consumer's hands. Both clients send and fetch at once (no linger).
 *
 * Where both topics are the same it measures the broker alone.
 *
 * Prints how many orders were measured, how many of those got no event, the median, the 90th, 99th and 99.9th
 * percentile and the longest time, in milliseconds, and by how much the producer was late at most.
 */
#include "bench_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_S = 20, POLL_MS = 100 };

struct latency {
    const char *brokers;
    const char *in;
    const char *out;
    size_t first; /* of the orders that are measured */
    size_t count; /* of all orders */
    _Atomic double *sent;
    double *arrived; /* 0: not yet */
    _Atomic double deadline;
    double latest; /* by how much the producer was late */
};

/* ---- the events -------------------------------------------------------------------------------------------------- */

/* Whether it was the first event of one of our orders. */
static bool note(struct latency *latency, const rd_kafka_message_t *message)
{
    const char *id = NULL;
    size_t len = bench_member(message->payload, message->len, "orderid", &id);
    size_t number;

    if (len <= 6)
        return false; /* the stock, where both topics are the same */
    number = strtoul(id + 6, NULL, 10);
    bench_require(number < latency->count, "an event of somebody else's order");
    if (latency->arrived[number] != 0)
        return false;
    latency->arrived[number] = bench_now();
    return true;
}

static void *consume(void *argument)
{
    const char *const settings[] = {"fetch.wait.max.ms", "100", NULL};
    struct latency *latency = argument;
    rd_kafka_t *consumer = bench_consumer(latency->brokers, latency->out, settings);

    for (size_t seen = 0; seen < latency->count && bench_now() < latency->deadline;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, POLL_MS);

        if (message == NULL)
            continue;
        bench_require(message->err == 0, rd_kafka_message_errstr(message));
        seen += note(latency, message);
        rd_kafka_message_destroy(message);
    }
    bench_consumer_close(consumer);
    return NULL;
}

/* ---- the commands ------------------------------------------------------------------------------------------------ */

static void produce(rd_kafka_t *producer, const char *topic, size_t product, const char *payload)
{
    char sku[32];
    int len = snprintf(sku, sizeof sku, "SKU-%zu", product);

    bench_produce(producer, topic, sku, (size_t)len, payload, strlen(payload));
}

static void make_stock(rd_kafka_t *producer, const char *topic, size_t products)
{
    char text[256];

    for (size_t product = 0; product < products; product++) {
        (void)snprintf(text, sizeof text,
                       "{\"type\":\"CreateBatch\",\"ref\":\"batch-%zu\",\"sku\":\"SKU-%zu\",\"qty\":2147483647}",
                       product, product);
        produce(producer, topic, product, text);
    }
}

static void sleep_until(double when)
{
    struct timespec time = {.tv_sec = (time_t)when};

    time.tv_nsec = (long)((when - (double)time.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0)
        ;
}

static void send_orders(struct latency *latency, rd_kafka_t *producer, double rate, size_t products)
{
    double began = bench_now();
    char text[256];

    for (size_t number = 0; number < latency->count; number++) {
        double due = began + (double)number / rate;
        size_t product = (number * 7919) % products; /* neighbours in time are other products */
        double late;

        sleep_until(due);
        late = bench_now() - due;
        if (number >= latency->first && late > latency->latest)
            latency->latest = late;
        (void)snprintf(text, sizeof text,
                       "{\"type\":\"Allocate\",\"orderid\":\"order-%zu\",\"sku\":\"SKU-%zu\",\"qty\":1}", number,
                       product);
        latency->sent[number] = bench_now();
        produce(producer, latency->in, product, text);
    }
}

/* ---- the outcome ------------------------------------------------------------------------------------------------- */

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

static double percentile(const double *sorted, size_t count, double part)
{
    size_t at = (size_t)(part * (double)count);

    return count == 0 ? 0 : sorted[at < count ? at : count - 1] * 1e3;
}

static void print(const struct latency *latency)
{
    double *took = calloc(latency->count, sizeof *took);
    size_t count = 0;

    bench_require(took != NULL, "no memory");
    for (size_t number = latency->first; number < latency->count; number++)
        if (latency->arrived[number] != 0)
            took[count++] = latency->arrived[number] - latency->sent[number];
    qsort(took, count, sizeof *took, by_size);
    (void)printf("%zu %zu %.3f %.3f %.3f %.3f %.3f %.3f\n", latency->count - latency->first,
                 latency->count - latency->first - count, percentile(took, count, 0.5), percentile(took, count, 0.9),
                 percentile(took, count, 0.99), percentile(took, count, 0.999), percentile(took, count, 1),
                 latency->latest * 1e3);
    free(took);
}

int main(int argc, char **argv)
{
    const char *const settings[] = {"linger.ms", "0", NULL};
    struct latency latency = {.deadline = 1e18};
    rd_kafka_t *producer;
    pthread_t consumer;
    double rate;

    bench_require(argc == 8, "usage: bench_latency BROKERS IN OUT RATE WARM-UP SECONDS PRODUCTS");
    latency.brokers = argv[1];
    latency.in = argv[2];
    latency.out = argv[3];
    rate = strtod(argv[4], NULL);
    latency.first = (size_t)(rate * strtod(argv[5], NULL));
    latency.count = latency.first + (size_t)(rate * strtod(argv[6], NULL));
    latency.sent = calloc(latency.count, sizeof *latency.sent);
    latency.arrived = calloc(latency.count, sizeof *latency.arrived);
    bench_require(rate > 0 && latency.sent != NULL && latency.arrived != NULL, "no memory, or no rate");
    producer = bench_producer(latency.brokers, settings);
    make_stock(producer, latency.in, strtoul(argv[7], NULL, 10));
    bench_require(pthread_create(&consumer, NULL, consume, &latency) == 0, "no thread");
    send_orders(&latency, producer, rate, strtoul(argv[7], NULL, 10));
    bench_producer_close(producer);
    latency.deadline = bench_now() + (double)PATIENCE_S;
    (void)pthread_join(consumer, NULL);
    print(&latency);
    free(latency.sent);
    free(latency.arrived);
    return EXIT_SUCCESS;
}
