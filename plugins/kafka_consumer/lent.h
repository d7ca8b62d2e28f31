/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages that the core has borrowed, in the order in which it received them, which is also the order in which it
 * settles them. The handle of a message is its number in that order.
 */
#ifndef KAFKA_CONSUMER_LENT_H
#define KAFKA_CONSUMER_LENT_H

#include "sources.h"

#include <gangway/message.h>

/* One borrowed message. The memory for headers stays with the place, for the next message there. */
struct loan {
    rd_kafka_message_t *message;
    struct source *source;
    struct gw_header *headers;
    size_t header_room;
};

/* A ring. The numbers from first to next are borrowed. */
struct lent {
    struct loan *loans;
    uint64_t room; /* a power of two, or 0 */
    uint64_t first;
    uint64_t next;
};

/* The place of the next message; lent_add makes it borrowed. NULL: no memory. */
struct loan *lent_place(struct lent *lent);

/* Marks the next place as borrowed. Returns its handle. */
uint64_t lent_add(struct lent *lent, rd_kafka_message_t *message, struct source *source);

/* Room for the headers of a message at this place. NULL: no memory. */
struct gw_header *loan_headers(struct loan *loan, size_t count);

/* The loan with this handle. NULL: it is not borrowed. */
struct loan *lent_find(const struct lent *lent, uint64_t handle);

/* Destroys the oldest message. */
void lent_give_back(struct lent *lent);

uint64_t lent_count(const struct lent *lent);

/* Destroys all of them, too. */
void lent_done(struct lent *lent);

#endif
