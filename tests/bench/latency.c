/* SPDX-License-Identifier: Apache-2.0 */
/* See latency.h. */
#include "latency.h"

#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PATIENCE_S = 20, TEXT_MAX = 256, PREFIX = sizeof "order-" - 1 };

/* ---- the events -------------------------------------------------------------------------------------------------- */

void latency_note(struct latency *latency, const void *payload, size_t len)
{
    const char *id = NULL;
    size_t number;

    if (bench_member(payload, len, "orderid", &id) <= PREFIX)
        return; /* the stock, where commands and events are in one place */
    number = strtoul(id + PREFIX, NULL, 10);
    bench_require(number < latency->count, "an event of somebody else's order");
    if (latency->arrived[number] != 0)
        return;
    latency->arrived[number] = bench_now();
    latency->seen++;
}

bool latency_is_complete(const struct latency *latency)
{
    return latency->seen == latency->count || bench_now() >= latency->deadline;
}

struct receiving {
    const struct latency_client *client;
    struct latency *latency;
};

static void *receive(void *argument)
{
    struct receiving *receiving = argument;

    receiving->client->receive(receiving->client->context, receiving->latency);
    return NULL;
}

/* ---- the commands ------------------------------------------------------------------------------------------------ */

static void send_command(const struct latency_client *client, size_t product, const char *payload)
{
    char sku[32];

    (void)snprintf(sku, sizeof sku, "SKU-%zu", product);
    client->send(client->context, sku, payload);
}

static void make_stock(const struct latency_client *client, size_t products)
{
    char text[TEXT_MAX];

    for (size_t product = 0; product < products; product++) {
        (void)snprintf(text, sizeof text,
                       "{\"type\":\"CreateBatch\",\"ref\":\"batch-%zu\",\"sku\":\"SKU-%zu\",\"qty\":2147483647}",
                       product, product);
        send_command(client, product, text);
    }
}

static void sleep_until(double when)
{
    struct timespec time = {.tv_sec = (time_t)when};

    time.tv_nsec = (long)((when - (double)time.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0)
        ;
}

static void send_orders(struct latency *latency, const struct latency_client *client)
{
    double began = bench_now();
    char text[TEXT_MAX];

    for (size_t number = 0; number < latency->count; number++) {
        double due = began + (double)number / latency->rate;
        size_t product = (number * 7919) % latency->products; /* neighbours in time are other products */
        double late;

        sleep_until(due);
        late = bench_now() - due;
        if (number >= latency->first && late > latency->latest)
            latency->latest = late;
        (void)snprintf(text, sizeof text,
                       "{\"type\":\"Allocate\",\"orderid\":\"order-%zu\",\"sku\":\"SKU-%zu\",\"qty\":1}", number,
                       product);
        latency->sent[number] = bench_now();
        send_command(client, product, text);
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

void latency_measure(char **words, const struct latency_client *client)
{
    struct latency latency = {.rate = strtod(words[0], NULL), .deadline = 1e18};
    struct receiving receiving = {client, &latency};
    pthread_t receiver;

    latency.first = (size_t)(latency.rate * strtod(words[1], NULL));
    latency.count = latency.first + (size_t)(latency.rate * strtod(words[2], NULL));
    latency.products = strtoul(words[3], NULL, 10);
    latency.sent = calloc(latency.count, sizeof *latency.sent);
    latency.arrived = calloc(latency.count, sizeof *latency.arrived);
    bench_require(latency.rate > 0 && latency.products > 0, "a rate and a number of products");
    bench_require(latency.sent != NULL && latency.arrived != NULL, "no memory");
    make_stock(client, latency.products);
    bench_require(pthread_create(&receiver, NULL, receive, &receiving) == 0, "no thread");
    send_orders(&latency, client);
    client->finish(client->context);
    latency.deadline = bench_now() + (double)PATIENCE_S;
    (void)pthread_join(receiver, NULL);
    print(&latency);
    free(latency.sent);
    free(latency.arrived);
}
