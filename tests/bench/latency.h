/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a gateway takes, as its neighbours see it: makes a batch that never runs out for each product, then sends
 * RATE orders a second, evenly. Their events are matched by order id. An order's time runs from just before it is sent
 * until its event is in the receiver's hands. The caller has the two clients of a broker: one sends, and one receives
 * in a thread of its own.
 */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct latency {
    double rate; /* orders per second */
    size_t products;
    size_t first; /* of the orders that are measured */
    size_t count; /* of all orders */
    _Atomic double *sent;
    double *arrived; /* 0: not yet */
    size_t seen;     /* orders that have arrived */
    _Atomic double deadline;
    double latest; /* by how much the sender was late */
};

struct latency_client {
    void *context;
    /* Sends a command with the product's SKU as its key. */
    void (*send)(void *context, const char *sku, const char *payload);
    /* Everything was sent: returns when the broker has it. */
    void (*finish)(void *context);
    /* Runs in a thread of its own. Passes each event to latency_note until latency_is_complete. */
    void (*receive)(void *context, struct latency *latency);
};

enum { LATENCY_POLL_MS = 100 }; /* how long receive may wait before it asks latency_is_complete again */

/* Words: RATE WARM-UP SECONDS PRODUCTS. Orders of the first WARM-UP seconds are not measured. Prints how many orders
 * were measured, how many of those got no event, the median, the 90th, 99th and 99.9th percentile and the longest time,
 * in milliseconds, and by how much the sender was late at most. */
void latency_measure(char **words, const struct latency_client *client);

/* Takes an event that has just arrived. Others than the first event of one of our orders are ignored. */
void latency_note(struct latency *latency, const void *payload, size_t len);

/* Whether every order has its event, or too much time has passed since the last order. */
bool latency_is_complete(const struct latency *latency);

#endif
