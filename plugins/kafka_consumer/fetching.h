/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps librdkafka fetching. Its thread for a broker stops when enough is queued and does not notice that the queue
 * gets shorter: it looks again when something else wakes it, or after a second (until 2.2, where this became the
 * setting fetch.queue.backoff.ms). A queue that is small, because memory is bounded, would be empty most of that
 * second.
 */
#ifndef KAFKA_CONSUMER_FETCHING_H
#define KAFKA_CONSUMER_FETCHING_H

#include <stdint.h>

struct consumer;

enum { FETCHING_QUEUED_MESSAGES = 10000 /* where it stops; one that waits costs some 400 bytes beside its own */ };

/* What was taken since the queue grew last. */
struct fetching {
    uint64_t length; /* of the queue, after the last time that something was taken */
    uint64_t messages;
    uint64_t bytes;
};

/* After a batch was taken from the queue. Wakes librdkafka when half of what may be queued was taken and nothing came.
 */
void fetching_note(struct consumer *self);

#endif
