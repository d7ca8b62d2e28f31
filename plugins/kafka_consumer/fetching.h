/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps librdkafka fetching. Its broker thread stops when enough is queued, and does not notice that the queue gets
 * shorter: it checks again after one second. The queue is small, because memory is bounded, so it would be empty for
 * most of that second. From 2.2 on the interval is the setting fetch.queue.backoff.ms. Before 2.2 the thread also
 * checks whenever something wakes it.
 */
#ifndef KAFKA_CONSUMER_FETCHING_H
#define KAFKA_CONSUMER_FETCHING_H

#include <stdbool.h>
#include <stdint.h>

struct consumer;

/* The limit of the queue. A queued message takes about 400 bytes in addition to its own. */
enum { FETCHING_QUEUED_MESSAGES = 4000 };

/* The interval of checking again, where it is a setting. */
#define FETCHING_BACKOFF_MS "10"

/* What was taken from the queue since it last grew. */
struct fetching {
    uint64_t length; /* the length of the queue after the last batch was taken */
    uint64_t messages;
    uint64_t bytes;
};

/* Whether this version of librdkafka lacks the setting. */
bool fetching_needs_waking(void);

/* Call it after a batch was taken from the queue. If this version needs it, it wakes librdkafka when half of the limit
 * was taken and nothing was added. */
void fetching_note(struct consumer *self);

#endif
