/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps librdkafka fetching. Its thread for a broker stops when enough is queued and does not notice that the queue
 * gets shorter: it looks again after a second, in which a queue that is small, because memory is bounded, would mostly
 * be empty. From 2.2 on that second is a setting, fetch.queue.backoff.ms. Before, it also looks again when something
 * else wakes it.
 */
#ifndef KAFKA_CONSUMER_FETCHING_H
#define KAFKA_CONSUMER_FETCHING_H

#include <stdbool.h>
#include <stdint.h>

struct consumer;

enum { FETCHING_QUEUED_MESSAGES = 10000 /* where it stops; one that waits costs some 400 bytes beside its own */ };

/* How often it looks again, where that is a setting. */
#define FETCHING_BACKOFF_MS "10"

/* What was taken since the queue grew last. */
struct fetching {
    uint64_t length; /* of the queue, after the last time that something was taken */
    uint64_t messages;
    uint64_t bytes;
};

/* Whether this librdkafka has no such setting. */
bool fetching_needs_waking(void);

/* After a batch was taken from the queue. Where it needs that, wakes librdkafka when half of what may be queued was
 * taken and nothing came.
 */
void fetching_note(struct consumer *self);

#endif
