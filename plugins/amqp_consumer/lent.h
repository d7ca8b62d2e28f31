/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The deliveries of an instance in the order in which they came: first those that the core has and has not settled,
 * then those that wait for a poll. A delivery is known by its number, which is its handle for the core. The lent
 * deliveries outlive the connection that they came from; their tags mean nothing on another one.
 */
#ifndef AMQP_CONSUMER_LENT_H
#define AMQP_CONSUMER_LENT_H

#include "amqp/content.h"
#include "amqp/headers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loan {
    struct rabbit_content *content;
    struct rabbit_headers headers; /* kept for the next delivery in this place */
    uint64_t generation;           /* of the connection */
    uint64_t tag;                  /* of the delivery, on that connection */
};

struct lent {
    struct loan *loans; /* a ring: number & (room - 1) */
    uint64_t room;
    uint64_t first;       /* the oldest that is not settled */
    uint64_t given;       /* the first that waits for a poll */
    uint64_t next;        /* behind the last */
    size_t waiting_bytes; /* of those that wait */
};

/* Adds a delivery, which is the ring's from then on. NULL: no memory, and it is still the caller's. */
struct loan *lent_add(struct lent *lent, struct rabbit_content *content);

/* The delivery of this number, which is in the ring. */
struct loan *lent_at(const struct lent *lent, uint64_t number);

/* Marks the first that waits as given to the core. */
void lent_give(struct lent *lent);

/* Frees the oldest, which the core has settled. */
void lent_free_first(struct lent *lent);

/* Frees those that wait: the broker delivers them again. */
void lent_drop_waiting(struct lent *lent);

/* Frees everything. */
void lent_done(struct lent *lent);

#endif
